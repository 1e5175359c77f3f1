import Testing

@testable import Capture

@Suite struct DissectionTests {
    private static let payload: [UInt8] = [0x80, 8, 0, 1, 9]

    private func dissect(_ link: UInt16, _ bytes: [UInt8], original: Int? = nil) -> Dissection {
        Dissection(CapturedFrame(time: 0, link: LinkType(link), bytes: bytes, originalLength: original ?? bytes.count, offset: 0))
    }

    private func payload(_ dissection: Dissection) -> [UInt8]? {
        guard case .datagram(let datagram) = dissection else { return nil }
        return datagram.payload
    }

    private static let fourth = CaptureBytes.ipv4(CaptureBytes.udp(payload))
    private static let sixth = CaptureBytes.ipv6(CaptureBytes.udp(payload))
    private static let cooked: [UInt8] = [0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0]

    static let links: [(UInt16, [UInt8])] = [
        (1, CaptureBytes.ethernet(fourth)), (1, CaptureBytes.ethernet(sixth, type: [0x86, 0xDD])),
        (1, CaptureBytes.ethernet(fourth, tags: [0x81, 0, 0, 7])),
        (1, CaptureBytes.ethernet(sixth, tags: [0x88, 0xA8, 0, 7, 0x81, 0, 0, 9], type: [0x86, 0xDD])),
        (113, cooked + [8, 0] + fourth), (113, cooked + [0x81, 0, 0, 7, 8, 0] + fourth),
        (276, [8, 0] + [UInt8](repeating: 0, count: 18) + fourth), (276, [0x86, 0xDD] + [UInt8](repeating: 0, count: 18) + sixth),
        (0, [2, 0, 0, 0] + fourth), (0, [0, 0, 0, 30] + sixth), (108, [0, 0, 0, 2] + fourth),
        (101, fourth), (101, sixth), (12, fourth), (14, sixth), (228, fourth), (229, sixth),
        // What fills a short Ethernet frame up is no payload.
        (1, CaptureBytes.ethernet(fourth + [UInt8](repeating: 0, count: 13))),
    ]

    @Test(arguments: links) func everyLinkTypeIsSeenThrough(link: UInt16, bytes: [UInt8]) {
        #expect(payload(dissect(link, bytes)) == Self.payload)
    }

    @Test func addressesAndPortsAreTold() {
        guard case .datagram(let fourth) = dissect(101, Self.fourth), case .datagram(let sixth) = dissect(101, Self.sixth) else {
            Issue.record("no datagram")
            return
        }
        #expect(fourth.source.description == "192.0.2.1:4000" && fourth.destination.description == "192.0.2.2:5004")
        #expect(sixth.source.description == "[2001:db8::1]:4000" && sixth.destination.description == "[2001:db8::2]:5004")
    }

    @Test(arguments: [
        ([UInt8](repeating: 0, count: 16), "::"),
        ([0x20, 1, 0xD, 0xB8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8:0:1::1"),
        ([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 0, 0, 8], "1:2:3:4:5:6:0:8"),
        ([0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "fe80::"), ([10, 0, 255, 1], "10.0.255.1"),
    ]) func addressesAreWrittenAsRFC5952Wants(bytes: [UInt8], text: String) {
        #expect(CapturedAddress(bytes)?.description == text)
    }

    @Test func fragmentsAreNotTakenForDatagrams() {
        #expect(dissect(101, CaptureBytes.ipv4(CaptureBytes.udp(Self.payload), fragment: 0x2000)) == .fragment)
        #expect(dissect(101, CaptureBytes.ipv4(CaptureBytes.udp(Self.payload), fragment: 0x0010)) == .fragment)
        // "Do not fragment" is no fragment.
        #expect(payload(dissect(101, CaptureBytes.ipv4(CaptureBytes.udp(Self.payload), fragment: 0x4000))) == Self.payload)
        let udp = CaptureBytes.udp(Self.payload)
        #expect(dissect(101, CaptureBytes.ipv6([17, 0, 0, 1, 0, 0, 0, 1] + udp, next: 44)) == .fragment)
        #expect(payload(dissect(101, CaptureBytes.ipv6([17, 0, 0, 0, 0, 0, 0, 1] + udp, next: 44))) == Self.payload)
    }

    @Test func extensionHeadersAreSteppedOver() {
        let options: [UInt8] = [60, 0, 0, 0, 0, 0, 0, 0]
        let routing: [UInt8] = [17, 1] + [UInt8](repeating: 0, count: 14)
        #expect(payload(dissect(101, CaptureBytes.ipv6(options + routing + CaptureBytes.udp(Self.payload), next: 0))) == Self.payload)
        let endless = (0..<20).flatMap { _ in [UInt8](arrayLiteral: 0, 0, 0, 0, 0, 0, 0, 0) }
        #expect(dissect(101, CaptureBytes.ipv6(endless, next: 0)) == .other)
    }

    @Test func whatTheCaptureDidNotKeepIsCut() {
        let whole = CaptureBytes.ethernet(Self.fourth)
        #expect(dissect(1, Array(whole[..<(whole.count - 1)]), original: whole.count) == .cut)
        #expect(dissect(1, Array(whole[..<36]), original: whole.count) == .cut)
    }

    @Test func everyPrefixAndEveryOtherPacketIsHarmless() {
        for (link, bytes) in Self.links {
            for length in 0..<bytes.count - 13 { #expect(payload(dissect(link, Array(bytes[..<length]))) == nil) }
        }
        #expect(dissect(101, CaptureBytes.ipv4(CaptureBytes.udp([]), next: 6)) == .other)
        #expect(dissect(1, CaptureBytes.ethernet(Self.fourth, type: [8, 6])) == .other)
        #expect(dissect(127, Self.fourth) == .unknownLink)
        var short = Self.fourth
        short[25] = 7
        #expect(dissect(101, short) == .other)
    }
}
