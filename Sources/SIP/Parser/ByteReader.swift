/// Reads one value of a message, byte by byte, never past its end.
///
/// The bytes are borrowed from their array for as long as `reading` runs, since to count references for each value costs more
/// than to read it. So no reader may be kept, and whoever looks at `bytes` keeps within `end`: nothing else checks it.
struct ByteReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var position: Int
    let end: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        self.bytes = bytes
        self.end = min(range.upperBound, bytes.count)
        self.position = range.lowerBound
    }

    /// Reads `range` of `bytes`; what lies beyond their end is not there.
    @inline(__always) static func reading<Result>(
        _ bytes: [UInt8], in range: Range<Int>, _ read: (inout ByteReader) throws(SIPParseError) -> Result
    ) throws(SIPParseError) -> Result {
        try bytes.withUnsafeBufferPointer { (bytes) throws(SIPParseError) -> Result in
            var reader = ByteReader(bytes, in: range)
            return try read(&reader)
        }
    }

    /// Reads a whole text.
    @inline(__always) static func reading<Result>(
        _ text: String, _ read: (inout ByteReader) throws(SIPParseError) -> Result
    ) throws(SIPParseError) -> Result {
        let bytes = Array(text.utf8)
        return try reading(bytes, in: 0..<bytes.count, read)
    }

    @inline(__always) var current: UInt8? { position < end ? bytes[position] : nil }
    @inline(__always) var isAtEnd: Bool { position >= end }

    func text(_ range: Range<Int>) -> String { bytes.text(in: range) }

    /// Whether `range` holds `text`, which is given in small letters, in any case.
    func spells(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for index in 0..<text.count where bytes[range.lowerBound + index].lowercased != text[index] { return false }
            return true
        }
    }

    /// Whether `range` holds `text` in any case.
    func spells(_ text: String, in range: Range<Int>) -> Bool {
        text.withBytes { text in
            guard range.count == text.count else { return false }
            for index in 0..<text.count where bytes[range.lowerBound + index].lowercased != text[index].lowercased { return false }
            return true
        }
    }

    func error(_ reason: String) -> SIPParseError {
        SIPParseError(reason, at: position)
    }

    /// Folded lines count as white space (RFC 3261 §7.3.1: LWS).
    @inline(__always) mutating func skipWhitespace() {
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
        var index = start
        while index < end, accepted(bytes[index]) { index += 1 }
        position = index
        return start..<index
    }

    @inline(__always) mutating func run(of accepted: ByteSet) -> Range<Int> {
        run { accepted.contains($0) }
    }

    /// What stands before `byte`; all there is when it does not come.
    mutating func run(upTo byte: UInt8) -> Range<Int> {
        let start = position
        position = firstIndex(of: byte, in: start..<max(start, end)) ?? max(start, end)
        return start..<position
    }

    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        bytes.firstIndex(of: byte, in: range)
    }

    mutating func token(_ what: String) throws(SIPParseError) -> Range<Int> {
        let range = run(of: .token)
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
        guard takeSeparator(";") else { return Parameters() }
        var items: [Parameters.Item] = []
        items.reserveCapacity(2)
        repeat { items.append(try parameter()) } while takeSeparator(";")
        return Parameters(items: items)
    }

    private mutating func parameter() throws(SIPParseError) -> Parameters.Item {
        let name = text(try token("parameter name"))
        guard takeSeparator("=") else { return .init(name: name, value: nil) }
        if current == UInt8(ascii: "\"") { return .init(name: name, value: text(try quotedString())) }
        // gen-value is token, host or quoted-string; more is let through, but never what ends a value.
        let value = run { $0 > 0x20 && $0 != 0x7F && !Self.valueEnds($0) }
        guard !value.isEmpty else { throw error("value of parameter \(name) expected") }
        return .init(name: name, value: text(value))
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
            guard inner.count >= 2, firstIndex(of: UInt8(ascii: ":"), in: inner) != nil, take("]") else {
                throw error("IPv6 reference is broken")
            }
            return start..<position
        }
        // The underscore is no host character, but names with it are in use.
        let range = run { $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
        guard !range.isEmpty else { throw error("host expected") }
        return range
    }

    /// What `host()` found, without the brackets.
    func plainHost(_ range: Range<Int>) -> String {
        guard bytes[range.lowerBound] == UInt8(ascii: "[") else { return text(range) }
        return text(range.lowerBound + 1..<range.upperBound - 1)
    }

    /// A port after its colon. 0 cannot be sent to, but some write it; it is kept.
    mutating func port() throws(SIPParseError) -> UInt16 {
        UInt16(truncatingIfNeeded: try number("port", upTo: 65_535))
    }
}

extension ByteReader {
    /// The next element that is not empty of a comma-separated list, nil behind the last; commas inside quotes and angle
    /// brackets do not separate.
    mutating func nextElement() throws(SIPParseError) -> Range<Int>? {
        while !isAtEnd {
            let element = try element()
            if !element.isEmpty { return element }
        }
        return nil
    }

    /// Up to the next comma, which is taken.
    private mutating func element() throws(SIPParseError) -> Range<Int> {
        let start = position
        var insideBrackets = false
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                _ = try quotedString()
                continue
            case UInt8(ascii: "<"): insideBrackets = true
            case UInt8(ascii: ">"): insideBrackets = false
            case UInt8(ascii: ",") where !insideBrackets:
                position += 1
                return bytes.trimmed(start..<position - 1)
            default: break
            }
            position += 1
        }
        return bytes.trimmed(start..<position)
    }
}
