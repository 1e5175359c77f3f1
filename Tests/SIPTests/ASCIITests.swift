import Testing

@testable import SIP

@Suite struct ASCIITests {
    @Test func constantsAreWhatTheirNamesSay() {
        #expect(UInt8.tokenMarks == UInt8.bits("-.!%*_+`'~"))
        #expect(UInt8.wordMarks == UInt8.bits("()<>:\\\"/[]?{}"))
        #expect(UInt8.unreservedMarks == UInt8.bits("-_.!~*'()"))
        #expect(SIPURI.userMarks == UInt8.bits("&=+$,;?/"))
    }

    @Test func classesOfAllBytes() {
        let marks = Array("-.!%*_+`'~".utf8)
        for byte in UInt8.min...UInt8.max {
            let isLetterOrDigit = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            #expect(byte.isAlphanumeric == isLetterOrDigit)
            #expect(byte.isToken == (isLetterOrDigit || marks.contains(byte)))
        }
    }
}
