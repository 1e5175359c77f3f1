/// A value of From, To, Contact, Route or Record-Route: `"Display" <uri>;params` or a bare URI (RFC 3261 §20.10).
package struct NameAddress: Hashable, Sendable {
    /// The display name without quotes and escapes.
    package var display: String?
    package var uri: SIPURI
    /// Parameters of the header, not of the URI.
    package var parameters: Parameters

    package init(display: String? = nil, uri: SIPURI, parameters: Parameters = Parameters()) {
        self.display = display
        self.uri = uri
        self.parameters = parameters
    }

    package var tag: String? { parameters["tag"] }

    /// As a header value; the URI always in angle brackets, so its parameters stay its own.
    package var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(192)
        write(to: &bytes)
        return bytes.text
    }

    func write(to bytes: inout [UInt8]) {
        if let display, !display.isEmpty {
            Self.quote(display, to: &bytes)
            bytes.append(0x20)
        }
        bytes.append(UInt8(ascii: "<"))
        uri.write(to: &bytes)
        bytes.append(UInt8(ascii: ">"))
        parameters.write(to: &bytes)
    }

    /// As a quoted string; line ends would end the header and become spaces.
    static func quoted(_ display: String) -> String {
        var bytes: [UInt8] = []
        quote(display, to: &bytes)
        return bytes.text
    }

    private static func quote(_ display: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        display.withBytes { display in
            for byte in display {
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                    bytes.append(UInt8(ascii: "\\"))
                    bytes.append(byte)
                case .cr, .lf: bytes.append(0x20)
                default: bytes.append(byte)
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Reads a whole text.
    package static func parse(_ text: String) throws(SIPParseError) -> NameAddress {
        return try ByteReader.reading(text) { (reader: inout ByteReader) throws(SIPParseError) -> NameAddress in
            let address = try parse(&reader)
            try reader.expectEnd("address")
            return address
        }
    }

    static func parse(_ reader: inout ByteReader) throws(SIPParseError) -> NameAddress {
        reader.skipWhitespace()
        let start = reader.position
        if reader.current == UInt8(ascii: "\"") {
            let quoted = try reader.quotedString()
            reader.skipWhitespace()
            return try parseBracketed(&reader, display: unquoted(reader.bytes, in: quoted))
        }
        // display-name = *(token LWS): only then may a "<" follow. UTF-8 is let through, peers send it.
        _ = reader.run { $0.isToken || $0.isWhitespace || $0 >= 0x80 }
        if reader.current == UInt8(ascii: "<") {
            let display = collapsed(reader.bytes, in: start..<reader.position)
            return try parseBracketed(&reader, display: display)
        }
        reader.position = start
        // RFC 3261 §20.10: without brackets, whatever follows a semicolon belongs to the header.
        let spec = reader.run {
            $0 > 0x20 && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: "\"")
        }
        // §20: a URI with a comma, question mark or semicolon MUST be in angle brackets.
        guard reader.firstIndex(of: UInt8(ascii: "?"), in: spec) == nil else {
            throw SIPParseError("URI with headers outside angle brackets", at: spec.lowerBound)
        }
        let uri = try SIPURI.parse(spec, of: reader)
        return NameAddress(display: nil, uri: uri, parameters: try reader.parameters())
    }

    private static func parseBracketed(_ reader: inout ByteReader, display: String?) throws(SIPParseError) -> NameAddress {
        guard reader.take("<") else { throw reader.error("\"<\" expected") }
        let range = reader.run(upTo: UInt8(ascii: ">"))
        guard reader.take(">") else { throw reader.error("\">\" expected") }
        let uri = try SIPURI.parse(range, of: reader)
        return NameAddress(display: display, uri: uri, parameters: try reader.parameters())
    }

    /// A quoted string, of which `range` holds the quotes too, without them and its escapes.
    static func unquoted(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) -> String {
        let inner = range.count < 2 ? range.upperBound..<range.upperBound : range.lowerBound + 1..<range.upperBound - 1
        let hasEscape = bytes.firstIndex(of: UInt8(ascii: "\\"), in: inner) != nil
        guard hasEscape else { return bytes.text(in: inner) }
        var plain: [UInt8] = []
        var escaped = false
        for index in inner {
            let byte = bytes[index]
            if !escaped, byte == UInt8(ascii: "\\") {
                escaped = true
            } else {
                plain.append(byte)
                escaped = false
            }
        }
        return plain.text
    }

    /// Words with one space between; nil when there are none.
    private static func collapsed(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) -> String? {
        guard !range.isEmpty else { return nil }
        var words: [UInt8] = []
        words.reserveCapacity(range.count)
        var isBehindSpace = false
        for index in range {
            let byte = bytes[index]
            if byte.isWhitespace {
                isBehindSpace = true
            } else {
                if isBehindSpace, !words.isEmpty { words.append(0x20) }
                words.append(byte)
                isBehindSpace = false
            }
        }
        return words.isEmpty ? nil : words.text
    }
}
