import Testing

@testable import SDP

@Suite struct OfferAnswerTests {
    private let capabilities = AudioCapabilities()

    private func answer(
        _ text: String, wanted: MediaDirection = .sendReceive, previous: SessionDescription? = nil
    ) throws -> (SessionDescription, NegotiatedAudio) {
        let session = try OfferAnswer.answer(
            to: Samples.parse(text), capabilities, local: Samples.local, wanted: wanted, previous: previous)
        return (session.answer, try #require(session.audio))
    }

    private func rejection(_ offer: SessionDescription) -> OfferRejection? {
        do {
            _ = try OfferAnswer.answer(to: offer, capabilities, local: Samples.local)
            return nil
        } catch { return error }
    }

    @Test func wholeAnswer() throws {
        let (description, _) = try answer(Samples.asterisk)
        #expect(
            String(decoding: description.serialised(), as: UTF8.self) == """
                v=0\r
                o=- 42 1 IN IP4 192.0.2.10\r
                s=-\r
                c=IN IP4 192.0.2.10\r
                t=0 0\r
                m=audio 20000 RTP/AVP 8 101\r
                a=rtpmap:8 PCMA/8000\r
                a=rtpmap:101 telephone-event/8000\r
                a=fmtp:101 0-16\r
                a=ptime:20\r
                a=sendrecv\r

                """)
    }

    @Test func realOffers() throws {
        let sipp = try answer(Samples.sipp).1
        #expect(sipp.codec == .pcma && sipp.payloadType == 8 && sipp.telephoneEventPayloadType == 101)
        #expect(sipp.remoteAddress == "127.0.0.1" && sipp.remotePort == 6_000 && sipp.remoteRTCPPort == 6_001)

        let baresip = try answer(Samples.baresip).1
        #expect(baresip.codec == .pcmu && baresip.telephoneEventPayloadType == 98 && baresip.remoteRTCPPort == 10_097)

        let (description, linphone) = try answer(Samples.linphone)
        // Static types without rtpmap, and of three event clocks the 8 kHz one.
        #expect(linphone.codec == .pcmu && linphone.telephoneEventPayloadType == 100)
        #expect(description.media[1].port == 0 && description.media[1].formats == ["96"])

        #expect(rejection(try Samples.parse(Samples.browser)) == .unsupportedTransport(["UDP/TLS/RTP/SAVPF"]))
    }

    @Test func dynamicNumbersAndOddNames() throws {
        let offer = try Samples.offer(
            "a=rtpmap:120 pcma/8000/1\na=rtpmap:121 TELEPHONE-EVENT/8000", media: "audio 4000 rtp/avp 3 120 121")
        let session = try OfferAnswer.answer(to: offer, capabilities, local: Samples.local)
        let audio = try #require(session.audio)
        #expect(audio.codec == .pcma && audio.payloadType == 120 && audio.receivePayloadType == 120)
        #expect(audio.telephoneEventPayloadType == 121)
    }

    @Test func rejections() throws {
        #expect(rejection(try Samples.offer(media: "audio 4000 RTP/AVP 3 18")) == .noCommonCodec(["3", "18"]))
        #expect(rejection(try Samples.offer("a=rtpmap:0 opus/48000/2", media: "audio 4000 RTP/AVP 0"))?.warningCode == 305)
        #expect(rejection(try Samples.offer("a=rtpmap:0 PCMU/8000/2", media: "audio 4000 RTP/AVP 0"))?.warningCode == 305)
        #expect(rejection(try Samples.offer("a=rtpmap:96 telephone-event/8000", media: "audio 4000 RTP/AVP 96"))?.warningCode == 305)
        #expect(rejection(try Samples.offer(media: "audio 4000 RTP/SAVP 0"))?.warningCode == 302)
        #expect(rejection(try Samples.offer(media: "video 4000 RTP/AVP 0")) == .noAudio)
        #expect(rejection(try Samples.offer(media: "audio 0 RTP/AVP 0")) == .noAudio)
        #expect(rejection(try Samples.parse("v=0\no=- 1 1 IN IP4 1.2.3.4\n")) == .noAudio)
        #expect(rejection(try Samples.offer(connection: "IN IP4 phone.example.com")) == .unsupportedAddress("phone.example.com"))
        #expect(rejection(try Samples.offer(connection: "IN IP4 239.1.2.3")) == .unsupportedAddress("239.1.2.3"))
        #expect(rejection(try Samples.offer(connection: "IN IP6 2001:db8::1"))?.warningCode == 301)
        #expect(rejection(try Samples.parse("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 4 RTP/AVP 0\n"))?.isMalformed == true)
        let quoted = OfferRejection.unsupportedAddress("a\"\u{7}\\" + String(repeating: "x", count: 500)).description
        #expect(!quoted.contains("\"") && !quoted.contains("\\") && quoted.count < 80)
    }

    @Test func ipv6() throws {
        let local = LocalMedia(address: "2001:db8::10", port: 20_000, sessionID: 1, sessionVersion: 1)
        let session = try OfferAnswer.answer(to: Samples.offer(connection: "IN IP6 2001:db8::99"), capabilities, local: local)
        #expect(session.audio?.remoteAddress == "2001:db8::99")
        #expect(String(decoding: session.answer.serialised(), as: UTF8.self).contains("c=IN IP6 2001:db8::10\r\n"))
    }

    @Test(arguments: [
        ("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive"),
    ])
    func directionsAreMirrored(offered: String, answered: String) throws {
        let session = try OfferAnswer.answer(to: Samples.offer("a=\(offered)"), capabilities, local: Samples.local)
        #expect(session.audio?.direction.rawValue == answered)
        #expect(session.answer.media[0].direction?.rawValue == answered)
        let held = try OfferAnswer.answer(to: Samples.offer("a=\(offered)"), capabilities, local: Samples.local, wanted: .sendOnly)
        #expect(held.audio?.direction.receives == false)
        #expect(held.audio?.direction.sends == (offered == "sendrecv" || offered == "recvonly"))
    }

    @Test func holdByAddressOfZeros() throws {
        let session = try OfferAnswer.answer(to: Samples.offer(connection: "IN IP4 0.0.0.0"), capabilities, local: Samples.local)
        #expect(session.audio?.direction == .receiveOnly)
        let silent = try OfferAnswer.answer(
            to: Samples.offer("a=recvonly", connection: "IN IP4 0.0.0.0"), capabilities, local: Samples.local)
        #expect(silent.audio?.direction == .inactive)
    }

    @Test func holdResumeAndVersions() throws {
        let talk = try Samples.offer()
        let hold = try Samples.offer("a=sendonly")
        let first = try OfferAnswer.answer(to: talk, capabilities, local: Samples.local).answer
        #expect(first.origin.sessionVersion == "1")
        let same = try OfferAnswer.answer(to: talk, capabilities, local: Samples.local, previous: first).answer
        #expect(same == first)
        let held = try OfferAnswer.answer(to: hold, capabilities, local: Samples.local, previous: same).answer
        #expect(held.origin.sessionVersion == "2" && held.origin.sessionID == "42")
        let resumed = try OfferAnswer.answer(to: talk, capabilities, local: Samples.local, previous: held).answer
        #expect(resumed.origin.sessionVersion == "3" && resumed.media == first.media)
    }

    @Test func laterOffersKeepTheirStreams() throws {
        let two = try Samples.offer("m=video 5000 RTP/AVP 96")
        let first = try OfferAnswer.answer(to: two, capabilities, local: Samples.local).answer
        #expect(throws: OfferRejection.malformed("Fewer m= lines than before (RFC 3264 section 8)")) {
            try OfferAnswer.answer(to: Samples.offer(), capabilities, local: Samples.local, previous: first)
        }
        // The audio goes away with port 0, and may come back in its place.
        let gone = try OfferAnswer.answer(
            to: Samples.offer("m=video 5000 RTP/AVP 96", media: "audio 0 RTP/AVP 0"), capabilities, local: Samples.local, previous: first)
        #expect(gone.audio == nil && gone.answer.media.map(\.port) == [0, 0])
        let back = try OfferAnswer.answer(to: two, capabilities, local: Samples.local, previous: gone.answer)
        #expect(back.audio?.codec == .pcmu && back.answer.origin.sessionVersion == "3")
    }

    @Test(arguments: [
        ("", 20), ("a=ptime:10", 10), ("a=ptime:30", 30), ("a=ptime:40.0", 40), ("a=ptime:60", 60), ("a=ptime:120", 60), ("a=ptime:5", 10),
        ("a=ptime:0", 20), ("a=ptime:x", 20), ("a=ptime:25", 20), ("a=ptime:60\na=maxptime:40", 40), ("a=maxptime:10", 10),
        ("a=maxptime:150", 20), ("a=ptime:99999999999999999999", 20),
    ])
    func packetTimes(lines: String, milliseconds: Int) throws {
        let session = try OfferAnswer.answer(to: Samples.offer(lines), capabilities, local: Samples.local)
        #expect(session.audio?.packetTime == milliseconds)
        #expect(session.answer.media[0].packetTime == milliseconds)
    }

    @Test(arguments: [
        ("", "198.51.100.1", UInt16(4_001), false), ("a=rtcp:4444", "198.51.100.1", 4_444, false),
        ("a=rtcp:4444 IN IP4 198.51.100.9", "198.51.100.9", 4_444, false),
        ("a=rtcp:4444 IN IP4 224.0.0.1", "198.51.100.1", 4_444, false), ("a=rtcp:0", "198.51.100.1", 4_001, false),
        ("a=rtcp:nonsense", "198.51.100.1", 4_001, false), ("a=rtcp-mux", "198.51.100.1", 4_000, true),
    ])
    func rtcp(lines: String, address: String, port: UInt16, mux: Bool) throws {
        let session = try OfferAnswer.answer(to: Samples.offer(lines), capabilities, local: Samples.local)
        let audio = try #require(session.audio)
        #expect(audio.remoteRTCPAddress == address && audio.remoteRTCPPort == port && audio.rtcpMux == mux)
        #expect((session.answer.media[0]["rtcp-mux"] != nil) == mux)
    }

    @Test func lastPortHasNoRTCP() throws {
        let session = try OfferAnswer.answer(
            to: Samples.offer(media: "audio 65535 RTP/AVP 0"), capabilities, local: Samples.local)
        #expect(session.audio?.remotePort == 65_535 && session.audio?.remoteRTCPPort == nil)
    }

    @Test func ownOrderWhenWeInsist() throws {
        let insisting = AudioCapabilities(codecs: [.pcma, .pcmu], prefersOwnOrder: true)
        #expect(try OfferAnswer.answer(to: Samples.offer(), insisting, local: Samples.local).audio?.codec == .pcma)
        #expect(try OfferAnswer.answer(to: Samples.offer(), capabilities, local: Samples.local).audio?.codec == .pcmu)
    }
}
