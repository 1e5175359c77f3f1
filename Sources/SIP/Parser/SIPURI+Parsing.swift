extension SIPURI {
    /// Reads a whole text.
    package static func parse(_ text: String) throws(SIPParseError) -> SIPURI {
        let bytes = Array(text.utf8)
        return try parse(bytes, in: 0..<bytes.count)
    }

    static func parse(_ bytes: [UInt8], in range: Range<Int>) throws(SIPParseError) -> SIPURI {
        var reader = ByteReader(bytes, in: range)
        let name = reader.run { $0.isAlphanumeric || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        guard !name.isEmpty, !bytes[name.lowerBound].isDigit, reader.take(":") else {
            reader.position = range.lowerBound
            throw reader.error("URI scheme expected")
        }
        let isSIP = reader.spells("sip", in: name)
        guard isSIP || reader.spells("sips", in: name) else {
            return try parseOpaque(&reader, scheme: reader.text(name).lowercasedASCII)
        }
        var uri = SIPURI(scheme: isSIP ? .sip : .sips, user: nil, host: "")
        if let at = bytes[reader.position..<reader.end].firstIndex(of: UInt8(ascii: "@")) {
            try parseUser(&reader, upTo: at, into: &uri)
        }
        let host = reader.text(try reader.host())
        uri.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        if reader.take(":") { uri.port = try reader.port() }
        while reader.take(";") { uri.parameters.items.append(try parseParameter(&reader)) }
        if reader.take("?") { uri.headers = try parseHeaders(&reader) }
        guard reader.isAtEnd else { throw reader.error("garbage in URI") }
        return uri
    }

    private static func parseOpaque(_ reader: inout ByteReader, scheme: String) throws(SIPParseError) -> SIPURI {
        let rest = reader.run { $0 > 0x20 && $0 != 0x7F && !"<>\"".utf8.contains($0) }
        guard !rest.isEmpty, reader.isAtEnd else { throw reader.error("garbage in URI") }
        return SIPURI(scheme: scheme, opaque: reader.text(rest))
    }

    private static func parseUser(_ reader: inout ByteReader, upTo at: Int, into uri: inout SIPURI) throws(SIPParseError) {
        let user = try escapedRun(&reader, accepting: isUserCharacter)
        guard !user.isEmpty else { throw reader.error("empty user in URI") }
        uri.escapedUser = reader.text(user)
        if reader.take(":") { uri.password = reader.text(try escapedRun(&reader, accepting: isUserCharacter)) }
        guard reader.position == at, reader.take("@") else { throw reader.error("character not allowed in the user of a URI") }
    }

    /// Accepted characters and `%HH`.
    private static func escapedRun(
        _ reader: inout ByteReader, accepting accepted: (UInt8) -> Bool
    ) throws(SIPParseError) -> Range<Int> {
        let start = reader.position
        while let byte = reader.current {
            if byte == UInt8(ascii: "%") {
                let next = reader.position + 3
                guard next <= reader.end, reader.bytes[next - 2].hexadecimalValue != nil, reader.bytes[next - 1].hexadecimalValue != nil
                else { throw reader.error("broken escape in URI") }
                reader.position = next
            } else if accepted(byte) {
                reader.position += 1
            } else {
                break
            }
        }
        return start..<reader.position
    }

    private static let parameterMarks = UInt8.bits("[]/:&+$")
    private static let headerMarks = UInt8.bits("[]/?:+$")

    private static func parseParameter(_ reader: inout ByteReader) throws(SIPParseError) -> Parameters.Item {
        func accepted(_ byte: UInt8) -> Bool {
            byte.isUnreserved || byte < 0x80 && parameterMarks & (1 << UInt128(byte)) != 0
        }
        let name = try escapedRun(&reader, accepting: accepted)
        guard !name.isEmpty else { throw reader.error("parameter name expected in URI") }
        guard reader.take("=") else { return .init(name: reader.text(name), value: nil) }
        let value = try escapedRun(&reader, accepting: accepted)
        guard !value.isEmpty else { throw reader.error("parameter value expected in URI") }
        return .init(name: reader.text(name), value: reader.text(value))
    }

    private static func parseHeaders(_ reader: inout ByteReader) throws(SIPParseError) -> [Header] {
        func accepted(_ byte: UInt8) -> Bool {
            byte.isUnreserved || byte < 0x80 && headerMarks & (1 << UInt128(byte)) != 0
        }
        var headers: [Header] = []
        repeat {
            let name = try escapedRun(&reader, accepting: accepted)
            guard !name.isEmpty, reader.take("=") else { throw reader.error("header expected in URI") }
            let value = try escapedRun(&reader, accepting: accepted)
            headers.append(Header(name: reader.text(name), value: reader.text(value)))
        } while reader.take("&")
        return headers
    }
}
