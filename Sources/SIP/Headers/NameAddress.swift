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
        var text = ""
        if let display, !display.isEmpty { text = Self.quoted(display) + " " }
        return text + "<\(uri.text)>" + parameters.text
    }

    /// As a quoted string; line ends would end the header and become spaces.
    static func quoted(_ display: String) -> String {
        var text = "\""
        for scalar in display.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\" + String(scalar)
            case "\r", "\n": text += " "
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// Reads a whole text.
    package static func parse(_ text: String) throws(SIPParseError) -> NameAddress {
        var reader = ByteReader(text)
        let address = try parse(&reader)
        try reader.expectEnd("address")
        return address
    }

    static func parse(_ reader: inout ByteReader) throws(SIPParseError) -> NameAddress {
        reader.skipWhitespace()
        let start = reader.position
        if reader.current == UInt8(ascii: "\"") {
            let quoted = try reader.quotedString()
            reader.skipWhitespace()
            return try parseBracketed(&reader, display: unquoted(reader.bytes[quoted]))
        }
        // display-name = *(token LWS): only then may a "<" follow. UTF-8 is let through, peers send it.
        _ = reader.run { $0.isToken || $0.isWhitespace || $0 >= 0x80 }
        if reader.current == UInt8(ascii: "<") {
            let words = reader.bytes[start..<reader.position]
            return try parseBracketed(&reader, display: collapsed(words))
        }
        reader.position = start
        // RFC 3261 §20.10: without brackets, whatever follows a semicolon belongs to the header.
        let spec = reader.run {
            $0 > 0x20 && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: "\"")
        }
        // §20: a URI with a comma, question mark or semicolon MUST be in angle brackets.
        guard !reader.bytes[spec].contains(UInt8(ascii: "?")) else {
            throw SIPParseError("URI with headers outside angle brackets", at: spec.lowerBound)
        }
        let uri = try SIPURI.parse(reader.bytes, in: spec)
        return NameAddress(display: nil, uri: uri, parameters: try reader.parameters())
    }

    private static func parseBracketed(_ reader: inout ByteReader, display: String?) throws(SIPParseError) -> NameAddress {
        guard reader.take("<") else { throw reader.error("\"<\" expected") }
        let range = reader.run { $0 != UInt8(ascii: ">") }
        guard reader.take(">") else { throw reader.error("\">\" expected") }
        let uri = try SIPURI.parse(reader.bytes, in: range)
        return NameAddress(display: display, uri: uri, parameters: try reader.parameters())
    }

    /// A quoted string without its quotes and escapes.
    static func unquoted(_ quoted: ArraySlice<UInt8>) -> String {
        var plain: [UInt8] = []
        var escaped = false
        for byte in quoted.dropFirst().dropLast() {
            if !escaped, byte == UInt8(ascii: "\\") {
                escaped = true
            } else {
                plain.append(byte)
                escaped = false
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// Words with one space between; nil when there are none.
    private static func collapsed(_ words: ArraySlice<UInt8>) -> String? {
        let parts = words.split(whereSeparator: \.isWhitespace)
        return parts.isEmpty ? nil : parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}
