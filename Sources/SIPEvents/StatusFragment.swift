import SIP

/// How far a referred request has come, as the body of a NOTIFY: the first line of its response (RFC 3515 §2.4.5, RFC 3420).
package struct StatusFragment: Hashable, Sendable {
    package var status: StatusCode
    package var reason: String

    package init(_ status: StatusCode, reason: String? = nil) {
        self.status = status
        self.reason = reason ?? status.reason
    }

    package static let mediaType = "message/sipfrag"
    package static let contentType = "message/sipfrag;version=2.0"

    package var body: Body {
        // The phrase may have come from a peer: what it cannot hold would be another line.
        let phrase = reason.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
        return Body(contentType: Self.contentType, bytes: Array("SIP/2.0 \(status.code) ".utf8) + phrase + [0x0D, 0x0A])
    }

    /// Reads the first line of a body; headers that follow it mean nothing here. nil when it is no status line.
    package init?(_ body: Body) {
        guard Self.isMediaType(body.contentType) else { return nil }
        let line = body.bytes.prefix { $0 != 0x0D && $0 != 0x0A }
        let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, String(decoding: parts[0], as: UTF8.self).equalsIgnoringCase("SIP/2.0"), parts[1].count == 3,
            parts[1].allSatisfy({ (0x30...0x39).contains($0) }), let code = Int(String(decoding: parts[1], as: UTF8.self)),
            let status = StatusCode(code)
        else { return nil }
        self.status = status
        reason = parts.count > 2 ? String(decoding: parts[2], as: UTF8.self) : ""
    }

    package static func isMediaType(_ contentType: String) -> Bool {
        let type = contentType.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        return String(type.filter { $0 != " " && $0 != "\t" }).equalsIgnoringCase(mediaType)
    }
}
