import Testing

@testable import SDP

@Suite struct LiteralAddressTests {
    @Test(
        arguments: [
            ("0.0.0.0", 0), ("198.51.100.7", 0xC633_6407), ("255.255.255.255", 0xFFFF_FFFF), ("10.0.0.1", 0x0A00_0001),
        ] as [(String, UInt32)]) func dotted(text: String, number: UInt32)
    {
        #expect(LiteralAddress.ipv4(text) == number)
    }

    @Test(arguments: [
        "", ".", "...", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "1.2.3.1000", "01.2.3.4", "1.2.3.00",
        "+1.2.3.4", "1.2.3.4 ", "1.2.3.x", "host.example", "99999999999999999999.1.1.1", "1.2.3.4/127", "١.2.3.4",
    ]) func notDotted(text: String) {
        #expect(LiteralAddress.ipv4(text) == nil)
    }

    @Test(
        arguments: [
            ("::", 0), ("::1", 1), ("1::", 1 << 112), ("2001:DB8::a", 0x2001_0DB8 << 96 | 0xA),
            ("1:2:3:4:5:6:7:8", 0x1_0002_0003_0004_0005_0006_0007_0008),
            ("::ffff:1.2.3.4", 0xFFFF_0102_0304), ("1:2:3:4:5:6:1.2.3.4", 0x1_0002_0003_0004_0005_0006_0102_0304),
            ("1:2:3:4:5:6:7::", 0x1_0002_0003_0004_0005_0006_0007_0000), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", .max),
        ] as [(String, UInt128)]) func groups(text: String, number: UInt128)
    {
        #expect(LiteralAddress.ipv6(text) == number)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2::3",
        "12345::",
        "g::", "::1%eth0", "::1.2.3", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4", "[::1]", "::é", "host.example",
        "0000:0000:0000:0000:0000:0000:0000:0000:000000",
    ]) func notGroups(text: String) {
        #expect(LiteralAddress.ipv6(text) == nil)
    }

    @Test func whatAddressesAreFor() {
        #expect(ConnectionAddress("0.0.0.0").isUnspecified && ConnectionAddress("::").isUnspecified)
        #expect(ConnectionAddress("a.INValid").isUnspecified && ConnectionAddress(family: .ipv6, text: "b.invalid").isUnspecified)
        #expect(!ConnectionAddress(".invalid").isUnspecified && !ConnectionAddress("a.invalid.").isUnspecified)
        #expect(!ConnectionAddress("axinvalid").isUnspecified && !ConnectionAddress("a\u{0E}invalid").isUnspecified)
        #expect(ConnectionAddress("223.255.255.255").isUnicastLiteral && !ConnectionAddress("224.0.0.1").isUnicastLiteral)
        #expect(ConnectionAddress("fe80::1").isUnicastLiteral && !ConnectionAddress("ff02::1").isUnicastLiteral)
        #expect(ConnectionAddress("198.51.100.7").bytes == [198, 51, 100, 7])
        #expect(ConnectionAddress("::ffff:198.51.100.7").bytes == [198, 51, 100, 7])
        #expect(ConnectionAddress("2001:db8::1").bytes == [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(ConnectionAddress("host.example").bytes == nil)
    }
}
