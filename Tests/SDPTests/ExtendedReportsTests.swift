import Testing

@testable import SDP

/// `a=rtcp-xr` (RFC 3611 §5).
@Suite struct ExtendedReportsTests {
    private static let able = {
        var capabilities = AudioCapabilities()
        capabilities.voipMetrics = true
        return capabilities
    }()

    private func offer(_ atSession: String, _ atStream: String) throws -> SessionDescription {
        func line(_ value: String) -> String { value.isEmpty ? "" : "a=\(value)\r\n" }
        let text =
            "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\(line(atSession))m=audio 4000 RTP/AVP 0\r\n"
            + line(atStream)
        return try SessionDescription(parsing: Array(text.utf8))
    }

    @Test(arguments: [
        ("", "", false), ("rtcp-xr:voip-metrics", "", true), ("", "rtcp-xr:voip-metrics", true),
        ("", "rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics", true), ("", "rtcp-xr", false),
        ("", "rtcp-xr:", false), ("", "rtcp-xr:stat-summary=loss", false), ("", "rtcp-xr:voip-metrics2 no-voip-metrics", false),
        // What stands at the stream counts for it (RFC 8866 §5.13).
        ("rtcp-xr:voip-metrics", "rtcp-xr:pkt-loss-rle", false), ("rtcp-xr:pkt-loss-rle", "rtcp-xr:  voip-metrics", true),
    ])
    func whoAsksIsToldAndAsked(atSession: String, atStream: String, asks: Bool) throws {
        let offer = try offer(atSession, atStream)
        let negotiated = try OfferAnswer.answer(to: offer, Self.able, local: Samples.local)
        #expect(negotiated.audio?.reportsVoIPMetrics == asks)
        #expect(negotiated.answer.media[0]["rtcp-xr"]?.value == (asks ? "voip-metrics" : nil))
        let unable = try OfferAnswer.answer(to: offer, AudioCapabilities(), local: Samples.local)
        #expect(unable.audio?.reportsVoIPMetrics == false && unable.answer.media[0]["rtcp-xr"] == nil)
    }

    @Test func whoIsOfferedItMayTakeIt() throws {
        let offer = OfferAnswer.offer(Self.able, local: Samples.local)
        #expect(offer.media[0]["rtcp-xr"]?.value == "voip-metrics")
        #expect(OfferAnswer.offer(AudioCapabilities(), local: Samples.local).media[0]["rtcp-xr"] == nil)
        let peer = LocalMedia(address: "198.51.100.1", port: 4000, sessionID: 7, sessionVersion: 1)
        for capabilities in [Self.able, AudioCapabilities()] {
            let answer = try OfferAnswer.answer(to: offer, capabilities, local: peer).answer
            let agreed = try OfferAnswer.accept(answer, to: offer, Self.able)
            #expect(agreed.reportsVoIPMetrics == capabilities.voipMetrics)
        }
        // A later offer that changes nothing is the same description.
        #expect(OfferAnswer.offer(Self.able, local: Samples.local, previous: offer) == offer)
    }

    @Test func itIsExplained() {
        let text = SDPExplanation(of: Array(Samples.linphone.utf8), Self.able, local: [Samples.local]).text
        #expect(text.contains("line 7: the peer is told in RTCP how it sounds, and asked the same [RFC 3611 section 5.2]"))
        #expect(text.contains("a=rtcp-xr:voip-metrics"))
    }
}
