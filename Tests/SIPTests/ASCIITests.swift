import Testing

@testable import SIP

@Suite struct ASCIITests {
    @Test func classesOfAllBytes() {
        let marks = Array("-.!%*_+`'~".utf8)
        for byte in UInt8.min...UInt8.max {
            let isLetterOrDigit = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            #expect(byte.isAlphanumeric == isLetterOrDigit)
            #expect(byte.isToken == (isLetterOrDigit || marks.contains(byte)))
        }
    }
}
