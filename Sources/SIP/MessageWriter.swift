/// Writes a message to bytes, header by header (RFC 3261 §7).
///
/// A line end inside a value would begin a header of somebody else's choice, so it becomes a space.
package struct MessageWriter: Sendable {
    private var bytes: [UInt8] = []

    package init(method: SIPMethod, uri: String) {
        bytes.reserveCapacity(1024)
        bytes.append(text: method.name)
        bytes.append(0x20)
        appendValue(uri)
        bytes.append(text: " SIP/2.0\r\n")
    }

    package init(status: StatusCode, reason: String? = nil) {
        bytes.reserveCapacity(1024)
        bytes.append(text: "SIP/2.0 ")
        bytes.append(number: status.code)
        bytes.append(0x20)
        appendValue(reason ?? status.reason)
        endLine()
    }

    package mutating func add(_ id: HeaderID, _ value: String) {
        // `.other` has no name.
        guard id != .other else { return }
        begin(id)
        appendValue(value)
        endLine()
    }

    /// Adds a header; one whose name is no token is left out.
    package mutating func add(named name: String, _ value: String) {
        guard name.isSIPToken else { return }
        bytes.append(text: name)
        endName()
        appendValue(value)
        endLine()
    }

    /// Adds an address, without a text in between.
    package mutating func add(_ id: HeaderID, _ address: NameAddress) { add(id) { address.write(to: &$0) } }

    /// Adds a Via, without a text in between.
    package mutating func add(_ id: HeaderID, _ via: Via) { add(id) { via.write(to: &$0) } }

    /// Adds a CSeq, without a text in between.
    package mutating func add(_ id: HeaderID, _ cseq: CSeq) { add(id) { cseq.write(to: &$0) } }

    /// Adds what a scenario or a caller asks for, except headers that only the stack may write.
    package mutating func add(extra headers: [(String, String)]) {
        for (name, value) in headers where !Self.isReserved(name) { add(named: name, value) }
    }

    /// Ends the message with Content-Type, Content-Length and the body. The length is always written, as a stream needs it.
    package consuming func finish(_ body: Body? = nil) -> [UInt8] {
        if let body { add(.contentType, body.contentType) }
        begin(.contentLength)
        bytes.append(number: body?.bytes.count ?? 0)
        endLine()
        endLine()
        if let body { bytes.append(contentsOf: body.bytes) }
        return bytes
    }

    private static func isReserved(_ name: String) -> Bool {
        switch HeaderID(Array(name.utf8)) {
        case .via, .from, .to, .callID, .cseq, .maxForwards, .recordRoute, .route, .contentLength, .contentType: true
        default: false
        }
    }

    private mutating func add(_ id: HeaderID, _ write: (inout [UInt8]) -> Void) {
        guard id != .other else { return }
        begin(id)
        let start = bytes.count
        write(&bytes)
        flatten(from: start)
        endLine()
    }

    private mutating func begin(_ id: HeaderID) {
        id.spelling.withUTF8Buffer { bytes.append(contentsOf: $0) }
        endName()
    }

    private mutating func endName() {
        bytes.append(UInt8(ascii: ":"))
        bytes.append(0x20)
    }

    private mutating func endLine() {
        bytes.append(.cr)
        bytes.append(.lf)
    }

    private mutating func appendValue(_ text: String) {
        let start = bytes.count
        bytes.append(text: text)
        flatten(from: start)
    }

    /// Makes spaces of the line ends and zeros of a value.
    private mutating func flatten(from start: Int) {
        bytes.withUnsafeMutableBufferPointer { bytes in
            // Looked at without an early way out, many bytes go in one step; there is hardly ever anything to mend.
            var forbidden: UInt8 = 0
            for index in start..<bytes.count { forbidden |= Self.isForbidden(bytes[index]) ? 1 : 0 }
            guard forbidden != 0 else { return }
            for index in start..<bytes.count where Self.isForbidden(bytes[index]) { bytes[index] = 0x20 }
        }
    }

    @inline(__always) private static func isForbidden(_ byte: UInt8) -> Bool { byte == .cr || byte == .lf || byte == 0 }
}
