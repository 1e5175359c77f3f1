import Testing

@testable import SDP

/// Each form that an offer may have, and what is answered to it.
@Suite struct OfferFormsTests {
    struct Form: CustomTestStringConvertible {
        var testDescription: String
        /// What follows `t=`, or with `s` what follows `s=`.
        var offer: String
        /// The answer's `m=` values.
        var media: [String]
        var direction = MediaDirection.sendReceive
        var remote = "198.51.100.1:4000"
        var rtcp = "198.51.100.1:4001"
        var event: UInt8?
        /// Lines that the answer has, and those it must not have.
        var has: [String] = []
        var hasNot: [String] = []

        init(
            _ name: String, _ offer: String, _ media: [String], direction: MediaDirection = .sendReceive,
            remote: String = "198.51.100.1:4000", rtcp: String = "198.51.100.1:4001", event: UInt8? = nil, has: [String] = [],
            hasNot: [String] = []
        ) {
            testDescription = name
            (self.offer, self.media, self.direction, self.remote, self.rtcp) = (offer, media, direction, remote, rtcp)
            (self.event, self.has, self.hasNot) = (event, has, hasNot)
        }

        var text: String {
            let connection = offer.contains("c=") && offer.hasPrefix("c=") ? "" : "c=IN IP4 198.51.100.1\n"
            return "v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\n\(connection)\(offer)\n"
        }
    }

    static let holds = [
        Form("hold: sendonly", "t=0 0\nm=audio 4000 RTP/AVP 0\na=sendonly", ["audio 20000 RTP/AVP 0"], direction: .receiveOnly),
        Form("hold: inactive", "t=0 0\nm=audio 4000 RTP/AVP 0\na=inactive", ["audio 20000 RTP/AVP 0"], direction: .inactive),
        Form(
            "hold: sendonly for the session", "t=0 0\na=sendonly\nm=audio 4000 RTP/AVP 0", ["audio 20000 RTP/AVP 0"],
            direction: .receiveOnly,
            has: ["a=recvonly"]),
        Form(
            "the stream's direction wins", "t=0 0\na=inactive\nm=audio 4000 RTP/AVP 0\na=recvonly", ["audio 20000 RTP/AVP 0"],
            direction: .sendOnly),
        Form(
            "hold: 0.0.0.0", "c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 0", ["audio 20000 RTP/AVP 0"], direction: .receiveOnly,
            remote: "0.0.0.0:4000", rtcp: "0.0.0.0:4001"),
        Form(
            "hold: 0.0.0.0 and inactive", "c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 0\na=inactive", ["audio 20000 RTP/AVP 0"],
            direction: .inactive, remote: "0.0.0.0:4000", rtcp: "0.0.0.0:4001"),
        // Nothing may be sent to it, so its family does not matter: what the media plane gets is of our own.
        Form(
            "hold: ::", "c=IN IP6 ::\nm=audio 4000 RTP/AVP 0", ["audio 20000 RTP/AVP 0"], direction: .receiveOnly, remote: "0.0.0.0:4000",
            rtcp: "0.0.0.0:4001"),
        Form(
            "hold: a name below .invalid", "c=IN IP6 hold.invalid\nm=audio 4000 RTP/AVP 0", ["audio 20000 RTP/AVP 0"],
            direction: .receiveOnly, remote: "0.0.0.0:4000", rtcp: "0.0.0.0:4001"),
        Form(
            "hold: the stream's own c=", "t=0 0\nm=audio 4000 RTP/AVP 0\nc=IN IP4 0.0.0.0", ["audio 20000 RTP/AVP 0"],
            direction: .receiveOnly, remote: "0.0.0.0:4000", rtcp: "0.0.0.0:4001"),
    ]

    static let streams = [
        Form(
            "a second audio is refused in its place", "t=0 0\nm=audio 4000 RTP/AVP 0\nm=audio 5000 RTP/AVP 8 0",
            ["audio 20000 RTP/AVP 0", "audio 0 RTP/AVP 8"]),
        Form(
            "the first that can be used is taken", "t=0 0\nm=audio 0 RTP/AVP 0\nm=audio 3000 RTP/AVP 18\nm=audio 4000 RTP/AVP 8",
            ["audio 0 RTP/AVP 0", "audio 0 RTP/AVP 18", "audio 20000 RTP/AVP 8"]),
        Form(
            "video and fax are refused in their places",
            "t=0 0\nm=video 5000 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 4000 RTP/AVP 0\nm=image 6000 udptl t38\na=T38FaxVersion:0",
            ["video 0 RTP/AVP 96", "audio 20000 RTP/AVP 0", "image 0 udptl t38"], hasNot: ["a=rtpmap:96 H264/90000", "a=T38FaxVersion:0"]),
        Form(
            "anything else too", "t=0 0\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\nm=message 7 TCP/MSRP *\nm=audio 4000 RTP/AVP 0",
            ["application 0 UDP/DTLS/SCTP webrtc-datachannel", "message 0 TCP/MSRP *", "audio 20000 RTP/AVP 0"]),
        Form(
            "a fallback beside SRTP", "t=0 0\nm=audio 3000 RTP/SAVP 0\na=crypto:1 X inline:y\nm=audio 4000 RTP/AVP 0",
            ["audio 0 RTP/SAVP 0", "audio 20000 RTP/AVP 0"], hasNot: ["a=crypto:1 X inline:y"]),
        Form(
            "feedback is none where the answer names no kind of it",
            "t=0 0\nm=audio 4000 RTP/AVPF 0\na=rtcp-fb:* nack\nm=audio 3000 RTP/AVP 0",
            ["audio 20000 RTP/AVPF 0", "audio 0 RTP/AVP 0"], hasNot: ["a=rtcp-fb:* nack"]),
        Form(
            "keys and feedback under RTP/AVP say nothing", "t=0 0\nm=audio 4000 RTP/AVP 0\na=crypto:1 X inline:y\na=rtcp-fb:* nack",
            ["audio 20000 RTP/AVP 0"], hasNot: ["a=crypto:1 X inline:y", "a=rtcp-fb:* nack"]),
        Form("two ports", "t=0 0\nm=audio 4000/2 RTP/AVP 0", ["audio 20000 RTP/AVP 0"]),
    ]

    static let attributes = [
        Form(
            "a bundle: no group, the names given back",
            "t=0 0\na=group:BUNDLE a v\nm=audio 4000 RTP/AVP 0\na=mid:a\na=rtcp-mux\nm=video 4000 RTP/AVP 96\na=mid:v\na=bundle-only",
            ["audio 20000 RTP/AVP 0", "video 0 RTP/AVP 96"], rtcp: "198.51.100.1:4000", has: ["a=mid:a", "a=mid:v", "a=rtcp-mux"],
            hasNot: ["a=group:BUNDLE a v", "a=bundle-only"]),
        Form(
            "audio in a bundle alone is not taken",
            "t=0 0\na=group:BUNDLE v a b\nm=video 3000 RTP/AVP 96\na=mid:v\nm=audio 0 RTP/AVP 0\na=mid:a\na=bundle-only\nm=audio 4000 RTP/AVP 8\na=mid:b",
            ["video 0 RTP/AVP 96", "audio 0 RTP/AVP 0", "audio 20000 RTP/AVP 8"], has: ["a=mid:b"]),
        Form(
            "a name that is none", "t=0 0\nm=audio 4000 RTP/AVP 0\na=mid:x y", ["audio 20000 RTP/AVP 0"], hasNot: ["a=mid:x y", "a=mid:x"]),
        Form(
            "rtcp-mux", "t=0 0\nm=audio 4000 RTP/AVP 0\na=rtcp-mux", ["audio 20000 RTP/AVP 0"], rtcp: "198.51.100.1:4000",
            has: ["a=rtcp-mux"]),
        // RFC 8858 §4.3: the attribute itself has no place in an answer.
        Form(
            "rtcp-mux-only", "t=0 0\nm=audio 4000 RTP/AVP 0\na=rtcp-mux-only\na=rtcp-mux", ["audio 20000 RTP/AVP 0"],
            rtcp: "198.51.100.1:4000", has: ["a=rtcp-mux"], hasNot: ["a=rtcp-mux-only"]),
        Form(
            "RFC 3605", "t=0 0\nm=audio 4000 RTP/AVP 0\na=rtcp:5555 IN IP4 198.51.100.2", ["audio 20000 RTP/AVP 0"],
            rtcp: "198.51.100.2:5555"),
        Form(
            "ICE is not spoken",
            "t=0 0\na=ice-lite\na=ice-options:trickle\nm=audio 4000 RTP/AVP 0\na=ice-ufrag:abcd\na=ice-pwd:x\na=candidate:1 1 UDP 1 10.0.0.1 9 typ host",
            ["audio 20000 RTP/AVP 0"], hasNot: ["a=ice-lite", "a=ice-options:trickle", "a=ice-ufrag:abcd"]),
        Form(
            "the times are repeated", "t=3034423619 3042462419\nm=audio 4000 RTP/AVP 0", ["audio 20000 RTP/AVP 0"],
            has: ["t=3034423619 3042462419"]),
        Form(
            "dynamic numbers", "t=0 0\nm=audio 4000 RTP/AVP 97 98\na=rtpmap:97 pcmu/8000\na=rtpmap:98 PCMA/8000",
            ["audio 20000 RTP/AVP 97"], has: ["a=rtpmap:97 PCMU/8000"]),
        Form(
            "a static number that means something else", "t=0 0\nm=audio 4000 RTP/AVP 0 8\na=rtpmap:0 G729/8000", ["audio 20000 RTP/AVP 8"]),
        Form(
            "events at several clocks",
            "t=0 0\nm=audio 4000 RTP/AVP 96 0 101 99 100\na=rtpmap:96 opus/48000/2\na=rtpmap:101 telephone-event/48000\n"
                + "a=rtpmap:99 telephone-event/16000\na=rtpmap:100 telephone-event/8000", ["audio 20000 RTP/AVP 0 100"], event: 100),
        Form(
            "events at the wrong clock alone", "t=0 0\nm=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/48000",
            ["audio 20000 RTP/AVP 0"]),
    ]

    @Test(arguments: holds + streams + attributes) func answered(_ form: Form) throws {
        let offer = try Samples.parse(form.text)
        let session = try OfferAnswer.answer(to: offer, AudioCapabilities(), local: Samples.local)
        let lines = String(decoding: session.answer.serialised(), as: UTF8.self).split(separator: "\r\n").map { String($0) }
        #expect(lines.filter { $0.hasPrefix("m=") }.map { String($0.dropFirst(2)) } == form.media)
        let audio = try #require(session.audio)
        #expect(audio.direction == form.direction && lines.contains("a=\(form.direction.rawValue)"))
        #expect("\(audio.remoteAddress):\(audio.remotePort)" == form.remote)
        #expect("\(audio.remoteRTCPAddress):\(audio.remoteRTCPPort ?? 0)" == form.rtcp)
        #expect(audio.telephoneEventPayloadType == form.event)
        for line in form.has { #expect(lines.contains(line)) }
        for line in form.hasNot { #expect(!lines.contains(line)) }
        // The other side of a late offer: whoever answered so is understood by whoever offered.
        #expect(try SessionDescription(parsing: session.answer.serialised()) == session.answer)
    }

    @Test(arguments: [
        ("t=0 0\nm=audio 0 RTP/AVP 0", OfferRejection.noAudio, 304), ("t=0 0\nm=image 4000 udptl t38", .noAudio, 304),
        ("t=0 0\nm=audio 4000 RTP/SAVPF 0", .unsupportedTransport(["RTP/SAVPF"]), 302),
        ("t=0 0\nm=audio 4000 RTP/SAVP 0", .unsupportedTransport(["RTP/SAVP"]), 302),
        ("t=0 0\nm=audio 4000 RTP/AVP 18\nm=audio 5000 RTP/SAVP 0", .noCommonCodec(["18"]), 305),
        ("t=0 0\nm=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::1", .unsupportedAddress("2001:db8::1"), 301),
        ("t=0 0\nm=audio 4000 RTP/AVP 0\nc=IN IP6 192.0.2.1", .unsupportedAddress("192.0.2.1"), 301),
        ("", .noAudio, 304),
    ])
    func refused(offer: String, rejection: OfferRejection, warning: Int) throws {
        #expect(throws: rejection) {
            try OfferAnswer.answer(to: Samples.parse(Form("", offer, []).text), AudioCapabilities(), local: Samples.local)
        }
        #expect(rejection.warningCode == warning && !rejection.isMalformed)
    }

    @Test func aStreamWithoutAddressIsToldWithItsLine() throws {
        let offer = try Samples.parse("v=0\no=- 1 1 IN IP4 1.2.3.4\nt=0 0\nm=video 2 RTP/AVP 96\nm=audio 4 RTP/AVP 0\n")
        #expect(throws: OfferRejection.malformed("SDP line 5: No c= line for the audio stream")) {
            try OfferAnswer.answer(to: offer, AudioCapabilities(), local: Samples.local)
        }
    }

    /// RFC 8858 §4.3: who does not multiplex refuses the stream.
    @Test func multiplexingSwitchedOff() throws {
        let plain = AudioCapabilities(rtcpMux: false)
        let offer = try Samples.offer("a=rtcp-mux\na=rtcp-mux-only")
        #expect(throws: OfferRejection.multiplexingRequired) { try OfferAnswer.answer(to: offer, plain, local: Samples.local) }
        #expect(try OfferAnswer.answer(to: Samples.offer("a=rtcp-mux"), plain, local: Samples.local).audio?.rtcpMux == false)
    }

    @Test func theFamilyOfAnOffer() throws {
        func family(_ text: String) throws -> ConnectionAddress.Family? {
            OfferAnswer.addressFamily(of: try Samples.parse(Form("", text, []).text), AudioCapabilities())
        }
        #expect(try family("t=0 0\nm=audio 4 RTP/AVP 0") == .ipv4)
        #expect(try family("c=IN IP6 2001:db8::1\nm=audio 4 RTP/AVP 0") == .ipv6)
        #expect(try family("t=0 0\nm=audio 4 RTP/AVP 18\nm=audio 4 RTP/AVP 0\nc=IN IP6 2001:db8::1") == .ipv6)
        #expect(try family("c=IN IP6 ::\nm=audio 4 RTP/AVP 0") == nil && family("t=0 0\nm=video 4 RTP/AVP 0") == nil)
    }
}
