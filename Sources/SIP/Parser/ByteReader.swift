/// Reads one value of a message, byte by byte, never past its end.
struct ByteReader {
    let bytes: [UInt8]
    var position: Int
    let end: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = min(range.upperBound, bytes.count)
    }

    init(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes, in: 0..<bytes.count)
    }

    var current: UInt8? { position < end ? bytes[position] : nil }
    var isAtEnd: Bool { position >= end }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// Whether `range` holds `text`, which is given in small letters, in any case.
    func spells(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for index in 0..<text.count where bytes[range.lowerBound + index].lowercased != text[index] { return false }
            return true
        }
    }

    func error(_ reason: String) -> SIPParseError {
        SIPParseError(reason, at: position)
    }

    /// Folded lines count as white space (RFC 3261 §7.3.1: LWS).
    mutating func skipWhitespace() {
        while position < end, bytes[position].isWhitespace { position += 1 }
    }

    @inline(__always) mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(truncatingIfNeeded: character.value) else { return false }
        position += 1
        return true
    }

    /// Takes `character` with white space around it, as SEMI, EQUAL, SLASH and COLON are defined (RFC 3261 §25.1).
    mutating func takeSeparator(_ character: Unicode.Scalar) -> Bool {
        let start = position
        skipWhitespace()
        guard take(character) else {
            position = start
            return false
        }
        skipWhitespace()
        return true
    }

    @inline(__always) mutating func run(while accepted: (UInt8) -> Bool) -> Range<Int> {
        let start = position
        while position < end, accepted(bytes[position]) { position += 1 }
        return start..<position
    }

    mutating func token(_ what: String) throws(SIPParseError) -> Range<Int> {
        let range = run(while: \.isToken)
        guard !range.isEmpty else { throw error("\(what) expected") }
        return range
    }

    /// Digits of a number not above `limit`.
    mutating func number(_ what: String, upTo limit: UInt64) throws(SIPParseError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        while position < end, bytes[position].isDigit {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = scaled.addingReportingOverflow(UInt64(bytes[position] - 0x30))
            guard !overflow, !carried, sum <= limit else { throw error("\(what) is too large") }
            value = sum
            position += 1
        }
        guard position > start else { throw error("\(what) is not a number") }
        return value
    }

    /// A quoted string with its quotes; a backslash takes the next byte with it (RFC 3261 §25.1 quoted-pair).
    mutating func quotedString() throws(SIPParseError) -> Range<Int> {
        let start = position
        guard take("\"") else { throw error("quoted string expected") }
        while let byte = current {
            position += 1
            if byte == UInt8(ascii: "\"") { return start..<position }
            if byte == UInt8(ascii: "\\") {
                guard !isAtEnd else { break }
                position += 1
            }
        }
        position = start
        throw error("quoted string without end")
    }

    mutating func expectEnd(_ what: String) throws(SIPParseError) {
        skipWhitespace()
        guard isAtEnd else { throw error("garbage after \(what)") }
    }

    /// `*( SEMI name [ EQUAL value ] )` after a header value.
    mutating func parameters() throws(SIPParseError) -> Parameters {
        var parameters = Parameters()
        while takeSeparator(";") {
            let name = text(try token("parameter name"))
            guard takeSeparator("=") else {
                parameters.items.append(.init(name: name, value: nil))
                continue
            }
            let value: Range<Int>
            if current == UInt8(ascii: "\"") {
                value = try quotedString()
            } else {
                // gen-value is token, host or quoted-string; more is let through, but never what ends a value.
                value = run { $0 > 0x20 && $0 != 0x7F && !Self.valueEnds($0) }
                guard !value.isEmpty else { throw error("value of parameter \(name) expected") }
            }
            parameters.items.append(.init(name: name, value: text(value)))
        }
        return parameters
    }

    private static func valueEnds(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "<")
            || byte == UInt8(ascii: ">")
    }

    /// A host: name, IPv4 address, or IPv6 reference in brackets (RFC 3261 §25.1). The brackets are part of the result.
    mutating func host() throws(SIPParseError) -> Range<Int> {
        let start = position
        if take("[") {
            let inner = run { $0.hexadecimalValue != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
            guard inner.count >= 2, bytes[inner].contains(UInt8(ascii: ":")), take("]") else { throw error("IPv6 reference is broken") }
            return start..<position
        }
        // The underscore is no host character, but names with it are in use.
        let range = run { $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
        guard !range.isEmpty else { throw error("host expected") }
        return range
    }

    /// A port after its colon. 0 cannot be sent to, but some write it; it is kept.
    mutating func port() throws(SIPParseError) -> UInt16 {
        UInt16(truncatingIfNeeded: try number("port", upTo: 65_535))
    }
}

extension ByteReader {
    /// The elements of a comma-separated list; commas inside quotes and angle brackets do not separate.
    mutating func listElements() throws(SIPParseError) -> [Range<Int>] {
        var elements: [Range<Int>] = []
        skipWhitespace()
        var start = position
        var insideBrackets = false
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                _ = try quotedString()
                continue
            case UInt8(ascii: "<"): insideBrackets = true
            case UInt8(ascii: ">"): insideBrackets = false
            case UInt8(ascii: ",") where !insideBrackets:
                elements.append(trimmed(start..<position))
                start = position + 1
            default: break
            }
            position += 1
        }
        elements.append(trimmed(start..<position))
        return elements.filter { !$0.isEmpty }
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, bytes[lower].isWhitespace { lower += 1 }
        while upper > lower, bytes[upper - 1].isWhitespace { upper -= 1 }
        return lower..<upper
    }
}
