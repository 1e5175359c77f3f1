/// One challenge or one proof of identity: a scheme and its parameters, `Digest realm="...", nonce="..."`.
///
/// WWW-Authenticate, Proxy-Authenticate, Authorization and Proxy-Authorization hold such values (RFC 3261 §20.7, §20.27, §20.28,
/// §20.44). Each should stand in a header of its own (§7.3.1), but some peers write several challenges into one line, as HTTP
/// allows, so both are read.
package struct AuthenticationValue: Hashable, Sendable {
    package enum Parts: Hashable, Sendable {
        /// Raw values, with their quotes.
        case parameters(Parameters)
        /// What follows the scheme when it is no list of parameters, as `Basic` and `Bearer` have it.
        case opaque(String)
    }

    /// As written; compared without regard to case.
    package var scheme: String
    package var parts: Parts

    /// The most parameters of one value, and the most values of one message: a real one has about ten, and three.
    static let maximumCount = 32

    package init(scheme: String, parts: Parts = .parameters(Parameters())) {
        self.scheme = scheme
        self.parts = parts
    }

    package var isDigest: Bool { scheme.equalsIgnoringCase("Digest") }

    /// A parameter without the quotes and escapes of a quoted string; nil when it is absent.
    package subscript(name: String) -> String? {
        guard case .parameters(let parameters) = parts else { return nil }
        return parameters.plain(name)
    }

    /// Adds a parameter, as a quoted string or as the token it is.
    package mutating func add(_ name: String, _ value: String, isQuoted: Bool) {
        guard case .parameters(var parameters) = parts, name.isSIPToken else { return }
        parameters.items.append(.init(name: name, value: isQuoted || !value.isSIPToken ? NameAddress.quoted(value) : value))
        parts = .parameters(parameters)
    }

    package var text: String {
        switch parts {
        case .opaque(let text): text.isEmpty ? scheme : "\(scheme) \(text)"
        case .parameters(let parameters):
            scheme + " " + parameters.items.map { "\($0.name)=\($0.value ?? "\"\"")" }.joined(separator: ", ")
        }
    }

    /// The values of one header text.
    package static func list(_ text: String) throws(SIPParseError) -> [AuthenticationValue] {
        return try ByteReader.reading(text) { (reader: inout ByteReader) throws(SIPParseError) -> [AuthenticationValue] in
            return try list(&reader)
        }
    }

    /// A comma stands before a parameter as well as before the next challenge: a token that an equals sign follows is a
    /// parameter, any other one begins a value (RFC 9110 §11.6.1 knows the trap).
    static func list(_ reader: inout ByteReader) throws(SIPParseError) -> [AuthenticationValue] {
        var values: [AuthenticationValue] = []
        repeat {
            // Empty elements of a list are allowed (RFC 3261 §25.1 does not, RFC 9110 §5.6.1 does).
            reader.skipWhitespace()
            if reader.isAtEnd || reader.current == UInt8(ascii: ",") { continue }
            let start = reader.position
            let name = reader.text(try reader.token("authentication scheme"))
            if reader.takeSeparator("=") {
                guard var last = values.popLast() else {
                    reader.position = start
                    throw reader.error("authentication scheme expected")
                }
                try last.readValue(of: name, &reader)
                values.append(last)
            } else {
                guard values.count < maximumCount else { throw reader.error("too many authentication values") }
                values.append(try first(of: name, &reader))
            }
        } while reader.takeSeparator(",")
        try reader.expectEnd("authentication value")
        return values
    }

    /// A value from what follows its scheme: its first parameter, or all there is when that is none.
    private static func first(of scheme: String, _ reader: inout ByteReader) throws(SIPParseError) -> AuthenticationValue {
        var value = AuthenticationValue(scheme: scheme)
        let gap = reader.position
        reader.skipWhitespace()
        if reader.isAtEnd || reader.current == UInt8(ascii: ",") { return value }
        guard reader.position > gap else { throw reader.error("white space after the authentication scheme expected") }
        let start = reader.position
        let name = reader.run { $0.isToken }
        // `abc==` and `abc=` are the padded text of Basic or Bearer.
        if !name.isEmpty, reader.takeSeparator("="), let next = reader.current, next != UInt8(ascii: "="), next != UInt8(ascii: ",") {
            try value.readValue(of: reader.text(name), &reader)
        } else {
            reader.position = start
            let blob = reader.run { !$0.isWhitespace && $0 != UInt8(ascii: ",") }
            value.parts = .opaque(reader.text(blob))
        }
        return value
    }

    private mutating func readValue(of name: String, _ reader: inout ByteReader) throws(SIPParseError) {
        guard case .parameters(var parameters) = parts else { throw reader.error("parameter after an opaque authentication value") }
        // RFC 7616 §3.3: no parameter twice. Two uris or two responses would let two readers see two requests.
        guard !parameters.contains(name) else { throw reader.error("authentication parameter \(name) stands twice") }
        guard parameters.items.count < Self.maximumCount else { throw reader.error("too many authentication parameters") }
        let range: Range<Int>
        if reader.current == UInt8(ascii: "\"") {
            range = try reader.quotedString()
        } else {
            // Some leave the quotes out where they belong: anything up to what ends a value.
            range = reader.run { !$0.isWhitespace && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") }
            guard !range.isEmpty, reader.bytes[range.lowerBound] != UInt8(ascii: "=") else {
                throw reader.error("value of authentication parameter \(name) expected")
            }
        }
        parameters.items.append(.init(name: name, value: reader.text(range)))
        parts = .parameters(parameters)
    }
}

extension SIPMessage {
    /// The values of one of the four headers, over all its fields in order.
    package func authenticationValues(of id: HeaderID) throws(SIPParseError) -> [AuthenticationValue] {
        var values: [AuthenticationValue] = []
        for field in fields where field.id == id {
            try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> Void in
                values += try AuthenticationValue.list(&reader)
                guard values.count <= AuthenticationValue.maximumCount else { throw reader.error("too many authentication values") }
            }
        }
        return values
    }
}
