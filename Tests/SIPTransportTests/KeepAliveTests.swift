import Testing

@testable import SIPTransport

@Suite struct KeepAliveTests {
    private static let binding: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 7, count: 12)

    private static let keepAlives: [[UInt8]] = [
        [], [0], [0, 0, 0, 0], [0x0D, 0x0A], [0x0D, 0x0A, 0x0D, 0x0A], binding, [0x01, 0x01] + binding.dropFirst(2),
    ]

    @Test(arguments: keepAlives)
    func theseAreNoMessages(_ datagram: [UInt8]) {
        #expect(KeepAlive.fills(datagram: datagram))
    }

    @Test func theseAre() {
        #expect(!KeepAlive.fills(datagram: Array("INVITE sip:a SIP/2.0\r\n".utf8)))
        #expect(!KeepAlive.fills(datagram: Array("\r\n\r\nINVITE sip:a SIP/2.0\r\n".utf8)))
        // What only begins like STUN is for the parser to refuse.
        #expect(!KeepAlive.fills(datagram: Array(Self.binding.prefix(19))))
        #expect(!KeepAlive.fills(datagram: [0, 1, 0, 0] + Array(repeating: 1, count: 16)))
    }

    @Test func onePairOfBytesIsAPongAndTwoAreAPing() {
        #expect(KeepAlive.isPong([0x0D, 0x0A]))
        #expect(KeepAlive.isPong(Array("\r\nSIP/2.0 200 OK".utf8)))
        #expect(!KeepAlive.isPong([0x0D, 0x0A, 0x0D, 0x0A]))
        #expect(!KeepAlive.isPong([0x0D]))
        #expect(!KeepAlive.isPong([]))
    }
}
