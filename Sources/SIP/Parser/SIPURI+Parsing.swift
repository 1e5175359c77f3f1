extension SIPURI {
    /// Reads a whole text.
    package static func parse(_ text: String) throws(SIPParseError) -> SIPURI {
        try ByteReader.reading(text, parse)
    }

    /// Reads a part of what `reader` reads.
    static func parse(_ range: Range<Int>, of reader: ByteReader) throws(SIPParseError) -> SIPURI {
        var part = ByteReader(reader.bytes, in: range)
        return try parse(&part)
    }

    /// Reads up to the end.
    static func parse(_ reader: inout ByteReader) throws(SIPParseError) -> SIPURI {
        let start = reader.position
        let name = reader.run { $0.isAlphanumeric || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        guard !name.isEmpty, !reader.bytes[name.lowerBound].isDigit, reader.take(":") else {
            reader.position = start
            throw reader.error("URI scheme expected")
        }
        let isSIP = reader.spells("sip", in: name)
        guard isSIP || reader.spells("sips", in: name) else {
            return try parseOpaque(&reader, scheme: reader.text(name).lowercasedASCII)
        }
        var (user, password): (String?, String?)
        if let at = reader.firstIndex(of: UInt8(ascii: "@"), in: reader.position..<reader.end) {
            user = try parseUser(&reader)
            if reader.take(":") { password = reader.text(try escapedRun(&reader, accepting: .uriUser)) }
            guard reader.position == at, reader.take("@") else { throw reader.error("character not allowed in the user of a URI") }
        }
        let host = reader.plainHost(try reader.host())
        let port = reader.take(":") ? try reader.port() : nil
        let parameters = try parseParameters(&reader)
        let headers = reader.take("?") ? try parseHeaders(&reader) : []
        guard reader.isAtEnd else { throw reader.error("garbage in URI") }
        return SIPURI(
            scheme: isSIP ? .sip : .sips, escapedUser: user, password: password, host: host, port: port, parameters: parameters,
            headers: headers)
    }

    private static func parseOpaque(_ reader: inout ByteReader, scheme: String) throws(SIPParseError) -> SIPURI {
        let rest = reader.run { $0 > 0x20 && $0 != 0x7F && !"<>\"".utf8.contains($0) }
        guard !rest.isEmpty, reader.isAtEnd else { throw reader.error("garbage in URI") }
        return SIPURI(scheme: scheme, opaque: reader.text(rest))
    }

    private static func parseUser(_ reader: inout ByteReader) throws(SIPParseError) -> String {
        let user = try escapedRun(&reader, accepting: .uriUser)
        guard !user.isEmpty else { throw reader.error("empty user in URI") }
        return reader.text(user)
    }

    /// Accepted characters and `%HH`.
    @inline(__always) private static func escapedRun(
        _ reader: inout ByteReader, accepting accepted: ByteSet
    ) throws(SIPParseError) -> Range<Int> {
        let start = reader.position
        _ = reader.run(of: accepted)
        // No set has "%" in it, and most parts have no escape.
        while reader.take("%") {
            let next = reader.position + 2
            guard next <= reader.end, reader.bytes[next - 2].hexadecimalValue != nil, reader.bytes[next - 1].hexadecimalValue != nil
            else {
                reader.position -= 1
                throw reader.error("broken escape in URI")
            }
            reader.position = next
            _ = reader.run(of: accepted)
        }
        return start..<reader.position
    }

    private static func parseParameters(_ reader: inout ByteReader) throws(SIPParseError) -> Parameters {
        guard reader.current == UInt8(ascii: ";") else { return Parameters() }
        var items: [Parameters.Item] = []
        items.reserveCapacity(2)
        while reader.take(";") { items.append(try parseParameter(&reader)) }
        return Parameters(items: items)
    }

    private static func parseParameter(_ reader: inout ByteReader) throws(SIPParseError) -> Parameters.Item {
        let name = try escapedRun(&reader, accepting: .uriParameter)
        guard !name.isEmpty else { throw reader.error("parameter name expected in URI") }
        guard reader.take("=") else { return .init(name: reader.text(name), value: nil) }
        let value = try escapedRun(&reader, accepting: .uriParameter)
        guard !value.isEmpty else { throw reader.error("parameter value expected in URI") }
        return .init(name: reader.text(name), value: reader.text(value))
    }

    private static func parseHeaders(_ reader: inout ByteReader) throws(SIPParseError) -> [Header] {
        var headers: [Header] = []
        repeat {
            let name = try escapedRun(&reader, accepting: .uriHeader)
            guard !name.isEmpty, reader.take("=") else { throw reader.error("header expected in URI") }
            let value = try escapedRun(&reader, accepting: .uriHeader)
            headers.append(Header(name: reader.text(name), value: reader.text(value)))
        } while reader.take("&")
        return headers
    }
}
