/// Writes a message to bytes, header by header (RFC 3261 §7).
///
/// A line end inside a value would begin a header of somebody else's choice, so it becomes a space.
package struct MessageWriter: Sendable {
    private var bytes: [UInt8] = []

    package init(method: SIPMethod, uri: String) {
        bytes.reserveCapacity(1024)
        append(method.name)
        bytes.append(0x20)
        appendValue(uri)
        append(" SIP/2.0\r\n")
    }

    package init(status: StatusCode, reason: String? = nil) {
        bytes.reserveCapacity(1024)
        append("SIP/2.0 \(status.code) ")
        appendValue(reason ?? status.reason)
        append("\r\n")
    }

    package mutating func add(_ id: HeaderID, _ value: String) { add(named: id.name, value) }

    /// Adds a header; one whose name is no token is left out.
    package mutating func add(named name: String, _ value: String) {
        guard name.isSIPToken else { return }
        append(name)
        append(": ")
        appendValue(value)
        append("\r\n")
    }

    /// Adds what a scenario or a caller asks for, except headers that only the stack may write.
    package mutating func add(extra headers: [(String, String)]) {
        for (name, value) in headers where !Self.isReserved(name) { add(named: name, value) }
    }

    /// Ends the message with Content-Type, Content-Length and the body. The length is always written, as a stream needs it.
    package consuming func finish(_ body: Body? = nil) -> [UInt8] {
        if let body { add(.contentType, body.contentType) }
        add(.contentLength, String(body?.bytes.count ?? 0))
        append("\r\n")
        if let body { bytes += body.bytes }
        return bytes
    }

    private static func isReserved(_ name: String) -> Bool {
        switch HeaderID(Array(name.utf8)) {
        case .via, .from, .to, .callID, .cseq, .maxForwards, .recordRoute, .route, .contentLength, .contentType: true
        default: false
        }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func appendValue(_ text: String) {
        for byte in text.utf8 { bytes.append(byte == .cr || byte == .lf || byte == 0 ? 0x20 : byte) }
    }
}
