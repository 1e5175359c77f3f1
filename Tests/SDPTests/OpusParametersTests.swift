import Testing

@testable import SDP

@Suite struct OpusParametersTests {
    @Test func allOfThem() {
        let read = OpusParameters(
            parsing: "maxplaybackrate=16000; sprop-maxcapturerate=8000;maxaveragebitrate=20000 ;stereo=1; cbr = 1;useinbandfec=1;usedtx=1;"
                + "sprop-stereo=1;minptime=10;")
        var expected = OpusParameters()
        expected.maximumPlaybackRate = 16_000
        expected.maximumCaptureRate = 8_000
        expected.maximumAverageBitrate = 20_000
        expected.wantsStereo = true
        expected.sendsStereo = true
        expected.wantsConstantBitrate = true
        expected.usesInbandFEC = true
        expected.usesDTX = true
        expected.minimumPacketTime = 10
        #expect(read == expected)
        #expect(OpusParameters(parsing: read.text ?? "") == read)
    }

    /// RFC 7587 §6.1: what holds where nothing is written.
    @Test(arguments: [
        "", ";", "=", "=1", "useinbandfec", "useinbandfec=", "x=1;;y", "useinbandfec=0;stereo=0", "stereo=2", "maxplaybackrate=x",
    ])
    func defaults(text: String) {
        let read = OpusParameters(parsing: text)
        #expect(read == OpusParameters() && read.text == nil)
        #expect(read.maximumPlaybackRate == 48_000 && read.maximumAverageBitrate == nil && !read.usesInbandFEC && !read.wantsStereo)
    }

    @Test(
        arguments: [
            ("maxaveragebitrate=1", 6_000), ("maxaveragebitrate=9999999", 510_000), ("maxaveragebitrate=0", nil),
            ("maxaveragebitrate=99999999999999999999", nil), ("maxaveragebitrate=-64000", nil), ("maxaveragebitrate=64000x", nil),
            ("maxaveragebitrate=64000;maxaveragebitrate=9000", 64_000), ("MaxAverageBitrate=64000", 64_000),
            ("maxaveragebitrate=64 000", nil),
        ] as [(String, Int?)])
    func bitrates(text: String, expected: Int?) {
        #expect(OpusParameters(parsing: text).maximumAverageBitrate == expected)
    }

    @Test(arguments: [
        ("maxplaybackrate=4000", 48_000), ("maxplaybackrate=8000", 8_000), ("maxplaybackrate=24000", 24_000),
        ("maxplaybackrate=96000", 48_000),
    ])
    func rates(text: String, expected: Int) {
        #expect(OpusParameters(parsing: text).maximumPlaybackRate == expected)
    }

    @Test(arguments: [("minptime=10", 10), ("minptime=2", nil), ("minptime=121", nil)] as [(String, Int?)])
    func packetTimes(text: String, expected: Int?) {
        #expect(OpusParameters(parsing: text).minimumPacketTime == expected)
    }

    /// What browsers, baresip and FreeSWITCH write.
    @Test func asOthersWriteThem() {
        #expect(OpusParameters(parsing: "minptime=10;useinbandfec=1").usesInbandFEC)
        #expect(OpusParameters(parsing: "stereo=1;sprop-stereo=1").sendsStereo)
        let exchange = OpusParameters(
            parsing: "useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40")
        #expect(exchange.usesInbandFEC && exchange.maximumAverageBitrate == 30_000 && exchange.minimumPacketTime == 10)
    }

    @Test func ours() {
        #expect(OpusParameters.speech.text == "maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1")
    }

    @Test(arguments: [UInt64(1), 2]) func anyTextIsRead(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "maxplaybackrate", "stereo", "cbr", "=", "=", ";", ";", " ", "1", "0", "48000", "é", "\u{0}", "-", "usedtx", "minptime",
        ]
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }
                .joined()
            let read = OpusParameters(parsing: text)
            #expect(OpusParameters(parsing: read.text ?? "") == read, "\(text)")
        }
    }
}
