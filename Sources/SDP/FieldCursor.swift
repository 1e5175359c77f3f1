/// Cuts a stretch of bytes into fields where it stands, so that text is made of nothing but what is kept. Several separators in a row count
/// as one, and those at the ends as none: stray blanks change no meaning.
struct FieldCursor {
    /// What is not read yet.
    private(set) var rest: Range<Int>

    init(_ range: Range<Int>) {
        rest = range
    }

    /// The next field, nil at the end. It takes one separator with it, so that `rest` is the text behind, blanks and all.
    mutating func next(in bytes: Span<UInt8>, before separator: UInt8 = UInt8(ascii: " ")) -> Range<Int>? {
        let limit = rest.upperBound
        var start = rest.lowerBound
        while start < limit, bytes[start] == separator { start += 1 }
        var end = start
        while end < limit, bytes[end] != separator { end += 1 }
        rest = min(end + 1, limit)..<limit
        return start < end ? start..<end : nil
    }

    /// The last field, nil when there is none left.
    mutating func last(in bytes: Span<UInt8>) -> Range<Int>? {
        let limit = rest.lowerBound
        var end = rest.upperBound
        while end > limit, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        var start = end
        while start > limit, bytes[start - 1] != UInt8(ascii: " ") { start -= 1 }
        rest = limit..<start
        return start < end ? start..<end : nil
    }
}
