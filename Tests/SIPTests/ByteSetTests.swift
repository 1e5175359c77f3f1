import Testing

@testable import SIP

@Suite struct ByteSetTests {
    private static let alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let unreserved = alphanumerics + "-_.!~*'()"

    @Test func constantsAreWhatTheirNamesSay() {
        #expect(ByteSet.token == ByteSet(Self.alphanumerics + "-.!%*_+`'~"))
        #expect(ByteSet.word == ByteSet(Self.alphanumerics + "-.!%*_+`'~" + "()<>:\\\"/[]?{}"))
        #expect(ByteSet.unreserved == ByteSet(Self.unreserved))
        #expect(ByteSet.uriUser == ByteSet(Self.unreserved + "&=+$,;?/"))
        #expect(ByteSet.uriParameter == ByteSet(Self.unreserved + "[]/:&+$"))
        #expect(ByteSet.uriHeader == ByteSet(Self.unreserved + "[]/?:+$"))
    }

    @Test func containsWhatItWasMadeOfAndNothingElse() {
        let members = Array("\u{0}?@\u{7F} ;".utf8)
        let set = ByteSet("\u{0}?@\u{7F} ;ä")
        for byte in UInt8.min...UInt8.max { #expect(set.contains(byte) == members.contains(byte)) }
    }
}
