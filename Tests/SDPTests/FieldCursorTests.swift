import Testing

@testable import SDP

@Suite struct FieldCursorTests {
    private func fields(_ text: String, separator: UInt8 = UInt8(ascii: " ")) -> [String] {
        let bytes = Array(text.utf8)
        var cursor = FieldCursor(0..<bytes.count)
        var fields: [String] = []
        while let field = cursor.next(in: bytes.span, before: separator) { fields.append(bytes.span.text(field)) }
        return fields
    }

    private func number(_ text: String, upTo limit: UInt16 = .max) -> UInt16? {
        Array(text.utf8).span.number(0..<text.utf8.count, upTo: limit)
    }

    @Test func blanksAreNoFields() {
        #expect(fields("") == [] && fields("  ") == [])
        #expect(fields("a") == ["a"] && fields(" a  bc ") == ["a", "bc"])
        #expect(fields("/a//b/", separator: UInt8(ascii: "/")) == ["a", "b"])
    }

    @Test func theRestIsWhatStandsBehindOneBlank() {
        let bytes = Array(" a  b ".utf8)
        var cursor = FieldCursor(0..<bytes.count)
        _ = cursor.next(in: bytes.span)
        #expect(bytes.span.text(cursor.rest) == " b ")
    }

    @Test func fromBothEnds() {
        let bytes = Array(" one two  three ".utf8)
        var cursor = FieldCursor(0..<bytes.count)
        #expect(cursor.last(in: bytes.span).map { bytes.span.text($0) } == "three")
        #expect(cursor.next(in: bytes.span).map { bytes.span.text($0) } == "one")
        #expect(cursor.last(in: bytes.span).map { bytes.span.text($0) } == "two")
        #expect(cursor.last(in: bytes.span) == nil && cursor.next(in: bytes.span) == nil && cursor.rest.isEmpty)
    }

    @Test func numbers() {
        #expect(number("0") == 0 && number("65535") == 65_535 && number("+08") == 8 && number("-00") == 0)
        for text in ["", "+", "-", "-1", "65536", "1x", " 1", "1 ", "++1", "99999999999999999999999999"] {
            #expect(number(text) == nil, "\(text)")
        }
        #expect(number("127", upTo: 127) == 127 && number("128", upTo: 127) == nil)
    }

    @Test func leadingNumbers() {
        func leading(_ text: String) -> Int? { Array(text.utf8).span.leadingNumber(0..<text.utf8.count) }
        #expect(leading("20") == 20 && leading("  20.0") == 20 && leading("123456789 ") == 123_456_789)
        #expect(leading("") == nil && leading("x1") == nil && leading("+1") == nil && leading("1234567890") == nil)
    }

    @Test func wordsAreHeldLetterForLetter() {
        let bytes = Array("PCMU".utf8)
        #expect(bytes.span.holds("PCMU", at: 0..<4) && bytes.span.holds("CM", at: 1..<3) && bytes.span.holds("", at: 2..<2))
        #expect(!bytes.span.holds("PCM", at: 0..<4) && !bytes.span.holds("pcmu", at: 0..<4))
    }
}
