import Testing

@testable import SDP

/// Offers in the form of well-known clients, answered by a server that speaks every codec it has.
@Suite struct CodecChoiceTests {
    private static let freeSwitch = """
        v=0\r
        o=FreeSWITCH 1700000000 1700000001 IN IP4 198.51.100.20\r
        s=FreeSWITCH\r
        c=IN IP4 198.51.100.20\r
        t=0 0\r
        m=audio 27000 RTP/AVP 102 9 0 8 103 101 13\r
        a=rtpmap:102 opus/48000/2\r
        a=fmtp:102 useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40\r
        a=rtpmap:9 G722/8000\r
        a=rtpmap:0 PCMU/8000\r
        a=rtpmap:8 PCMA/8000\r
        a=rtpmap:103 telephone-event/48000\r
        a=fmtp:103 0-16\r
        a=rtpmap:101 telephone-event/8000\r
        a=fmtp:101 0-16\r
        a=rtpmap:13 CN/8000\r
        a=ptime:20\r

        """

    /// What a browser's offer becomes behind a gateway that takes its keys and its ICE away.
    private static let browser = """
        v=0\r
        o=- 8000000000000000001 2 IN IP4 198.51.100.21\r
        s=-\r
        c=IN IP4 198.51.100.21\r
        t=0 0\r
        m=audio 31000 RTP/AVP 111 63 9 0 8 13 110 126\r
        a=rtpmap:111 opus/48000/2\r
        a=rtcp-fb:111 transport-cc\r
        a=fmtp:111 minptime=10;useinbandfec=1\r
        a=rtpmap:63 red/48000/2\r
        a=fmtp:63 111/111\r
        a=rtpmap:9 G722/8000\r
        a=rtpmap:0 PCMU/8000\r
        a=rtpmap:8 PCMA/8000\r
        a=rtpmap:13 CN/8000\r
        a=rtpmap:110 telephone-event/48000\r
        a=rtpmap:126 telephone-event/8000\r
        a=sendrecv\r
        a=rtcp-mux\r

        """

    private func answer(
        _ text: String, _ change: (inout AudioCapabilities) -> Void = { _ in }
    ) throws -> (audio: NegotiatedAudio, stream: MediaDescription) {
        var capabilities = Samples.wide
        change(&capabilities)
        let offer = try Samples.parse(text)
        let session = try OfferAnswer.answer(to: offer, capabilities, local: Samples.local)
        let stream = try #require(session.answer.media.first { $0.port != 0 })
        // The same again is no news.
        let again = try OfferAnswer.answer(to: offer, capabilities, local: Samples.local, previous: session.answer)
        #expect(again.answer == session.answer)
        return (try #require(session.audio), stream)
    }

    private func lines(_ stream: MediaDescription) -> [String] {
        stream.attributes.map { attribute in attribute.name + (attribute.value.map { ":" + $0 } ?? "") }
    }

    @Test func baresip() throws {
        let (audio, stream) = try answer(Samples.baresip)
        #expect(audio.codec == .opus && audio.payloadType == 96 && audio.packetTime == 20)
        #expect(audio.opus?.wantsStereo == true && audio.opus?.usesInbandFEC == false)
        // Its events have 8 kHz whatever the codec.
        #expect(audio.telephoneEventPayloadType == 98 && audio.telephoneEventClockRate == 8_000)
        #expect(
            lines(stream).prefix(4) == [
                "rtpmap:96 opus/48000/2", "fmtp:96 maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1",
                "rtpmap:98 telephone-event/8000", "fmtp:98 0-15",
            ])
        #expect(stream.formats == ["96", "98"])
    }

    @Test func linphone() throws {
        let (audio, _) = try answer(Samples.linphone)
        #expect(audio.codec == .opus && audio.payloadType == 96 && audio.opus?.usesInbandFEC == true)
        // Of the three clock rates that of Opus.
        #expect(audio.telephoneEventPayloadType == 101 && audio.telephoneEventClockRate == 48_000)
        #expect(audio.comfortNoisePayloadType == nil)
    }

    @Test func aBrowserBehindAGateway() throws {
        let (audio, stream) = try answer(Self.browser)
        #expect(audio.codec == .opus && audio.payloadType == 111 && audio.rtcpMux && audio.opus?.minimumPacketTime == 10)
        #expect(audio.telephoneEventPayloadType == 110 && audio.telephoneEventClockRate == 48_000)
        // Opus has its own silence.
        #expect(audio.comfortNoisePayloadType == nil && stream.formats == ["111", "110"])
    }

    @Test func freeSwitch() throws {
        let (audio, stream) = try answer(Self.freeSwitch)
        #expect(audio.codec == .opus && audio.payloadType == 102 && audio.opus?.maximumAverageBitrate == 30_000)
        #expect(audio.telephoneEventPayloadType == 103 && stream.formats == ["102", "103"])
        // Without Opus G.722 is next, and with it the events and the noise of 8 kHz.
        let (other, narrow) = try answer(Self.freeSwitch) { $0.codecs.removeAll { $0 == .opus } }
        #expect(other.codec == .g722 && other.payloadType == 9 && other.opus == nil)
        #expect(other.telephoneEventPayloadType == 101 && other.telephoneEventClockRate == 8_000)
        #expect(other.comfortNoisePayloadType == 13 && other.receiveComfortNoisePayloadType == 13)
        #expect(narrow.formats == ["9", "13", "101"] && lines(narrow).contains("rtpmap:13 CN/8000"))
        // Our order, when it is to be.
        let (own, _) = try answer(Self.freeSwitch) {
            $0.prefersOwnOrder = true
            $0.codecs = [.pcma, .g722, .opus]
        }
        #expect(own.codec == .pcma && own.payloadType == 8)
    }

    /// RFC 3551 §6: a browser may leave out the `a=rtpmap` of static payload types.
    @Test func staticNumbersNeedNoName() throws {
        let (audio, _) = try answer("v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\nt=0 0\nm=audio 4000 RTP/AVP 9 13\n")
        #expect(audio.codec == .g722 && audio.comfortNoisePayloadType == 13)
    }

    @Test func linear() throws {
        let (audio, stream) = try answer(
            "v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\nt=0 0\nm=audio 4000 RTP/AVP 10 96 97 98 99 100\n"
                + "a=rtpmap:96 L16/16000/2\na=rtpmap:97 l16/16000\na=rtpmap:98 telephone-event/16000\na=rtpmap:99 CN/16000\n"
                + "a=rtpmap:100 telephone-event/8000\na=ptime:60\n")
        #expect(audio.codec == .l16 && audio.payloadType == 97)
        // 60 ms would not fit into a packet.
        #expect(audio.packetTime == 40)
        #expect(audio.telephoneEventPayloadType == 98 && audio.telephoneEventClockRate == 16_000 && audio.comfortNoisePayloadType == 99)
        #expect(lines(stream).prefix(3) == ["rtpmap:97 L16/16000", "rtpmap:99 CN/16000", "rtpmap:98 telephone-event/16000"])
    }

    @Test(arguments: [(5, 10), (10, 10), (20, 20), (30, 20), (50, 40), (60, 60), (120, 60)])
    func packetTimesOfOpus(asked: Int, sent: Int) throws {
        let (audio, stream) = try answer(Samples.baresip.replacingOccurrence(of: "a=ptime:20", with: "a=ptime:\(asked)"))
        #expect(audio.packetTime == sent && stream.packetTime == sent)
        let (limited, _) = try answer(Samples.baresip.replacingOccurrence(of: "a=ptime:20", with: "a=ptime:60\r\na=maxptime:\(asked)"))
        #expect(limited.packetTime == sent)
    }

    /// RFC 7587 §7 wants two channels in the name; one is the same to us, and comes back as it was written.
    @Test(arguments: [
        ("opus/48000/2", true), ("OPUS/48000/1", true), ("opus/48000", true), ("opus/48000/3", false), ("opus/16000/2", false),
    ])
    func namesOfOpus(name: String, isTaken: Bool) throws {
        let (audio, stream) = try answer(
            "v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\nt=0 0\nm=audio 4000 RTP/AVP 96 0\na=rtpmap:96 \(name)\n")
        #expect((audio.codec == .opus) == isTaken)
        if isTaken { #expect(lines(stream)[0] == (name.hasSuffix("2") ? "rtpmap:96 opus/48000/2" : "rtpmap:96 opus/48000")) }
    }

    /// The default goes on as before: nothing but G.711 is offered or taken, and no comfort noise.
    @Test func byDefaultNothingChanges() throws {
        let capabilities = AudioCapabilities()
        let offer = OfferAnswer.offer(capabilities, local: Samples.local).media[0]
        #expect(offer.formats == ["0", "8", "101"])
        for text in [Samples.baresip, Samples.linphone, Self.freeSwitch, Self.browser] {
            let audio = try #require(try OfferAnswer.answer(to: Samples.parse(text), capabilities, local: Samples.local).audio)
            #expect([.pcmu, .pcma].contains(audio.codec) && audio.comfortNoisePayloadType == nil && audio.opus == nil)
            #expect(audio.telephoneEventClockRate == 8_000)
        }
    }

    // MARK: Our offers

    @Test func weOfferEventsAndNoiseForEachClock() throws {
        let stream = OfferAnswer.offer(Samples.wide, local: Samples.local).media[0]
        #expect(stream.formats == ["111", "9", "118", "0", "8", "117", "13", "105", "110", "101", "113"])
        #expect(
            lines(stream).filter { $0.hasPrefix("rtpmap") } == [
                "rtpmap:111 opus/48000/2", "rtpmap:9 G722/8000", "rtpmap:118 L16/16000", "rtpmap:0 PCMU/8000", "rtpmap:8 PCMA/8000",
                "rtpmap:117 L16/8000", "rtpmap:13 CN/8000", "rtpmap:105 CN/16000", "rtpmap:110 telephone-event/48000",
                "rtpmap:101 telephone-event/8000", "rtpmap:113 telephone-event/16000",
            ])
        #expect(Set(stream.formats).count == stream.formats.count)
    }

    @Test func answersToOurOffers() throws {
        let offer = OfferAnswer.offer(Samples.wide, local: Samples.local)
        func accept(_ lines: String, _ formats: String) throws -> NegotiatedAudio {
            try OfferAnswer.accept(Samples.offer(lines, media: "audio 4000 RTP/AVP \(formats)"), to: offer, Samples.wide)
        }
        // Under its own numbers, with its own wishes.
        let opus = try accept(
            "a=rtpmap:100 opus/48000/2\na=fmtp:100 usedtx=1;maxplaybackrate=8000\na=rtpmap:99 telephone-event/48000", "100 99")
        #expect(opus.codec == .opus && opus.payloadType == 100 && opus.receivePayloadType == 111)
        #expect(opus.opus?.usesDTX == true && opus.opus?.maximumPlaybackRate == 8_000)
        #expect(
            opus.telephoneEventPayloadType == 99 && opus.receiveTelephoneEventPayloadType == 110 && opus.telephoneEventClockRate == 48_000)
        // Events at 8 kHz beside Opus.
        let narrow = try accept("a=rtpmap:111 opus/48000/2\na=rtpmap:101 telephone-event/8000", "111 101")
        #expect(narrow.telephoneEventPayloadType == 101 && narrow.receiveTelephoneEventPayloadType == 101)
        #expect(narrow.telephoneEventClockRate == 8_000)
        // None at all: ours stay open, at the clock of the codec.
        let none = try accept("a=rtpmap:111 opus/48000/2", "111")
        #expect(none.telephoneEventPayloadType == nil && none.receiveTelephoneEventPayloadType == 110)
        let g722 = try accept("a=ptime:30", "9 13")
        #expect(g722.codec == .g722 && g722.comfortNoisePayloadType == 13 && g722.receiveComfortNoisePayloadType == 13)
        #expect(g722.packetTime == 30 && g722.opus == nil)
        #expect(throws: OfferRejection.self) { try accept("", "13") }
    }

    @Test func bothEndsAgree() throws {
        let phone = LocalMedia(address: "198.51.100.1", port: 4_000, sessionID: 7, sessionVersion: 1)
        for codec in Samples.wide.codecs {
            let offer = OfferAnswer.offer(Samples.wide, local: Samples.local)
            var capabilities = Samples.wide
            capabilities.codecs = [codec]
            let theirs = try OfferAnswer.answer(to: SessionDescription(parsing: offer.serialised()), capabilities, local: phone)
            let peer = try #require(theirs.audio)
            let ours = try OfferAnswer.accept(theirs.answer, to: offer, Samples.wide)
            #expect(ours.codec == codec && peer.codec == codec && ours.payloadType == peer.receivePayloadType)
            #expect(ours.telephoneEventClockRate == codec.clockRate && peer.telephoneEventClockRate == codec.clockRate)
            #expect(ours.comfortNoisePayloadType == peer.receiveComfortNoisePayloadType)
            #expect((ours.comfortNoisePayloadType == nil) == (codec == .opus))
            #expect(ours.opus == (codec == .opus ? .speech : nil))
        }
    }

    // MARK: Explanations

    @Test func explained() throws {
        let text = SDPExplanation(of: Array(Self.freeSwitch.utf8), Samples.wide, local: [Samples.local]).text
        for line in [
            "* 102 opus/48000/2            the first in the offer that is spoken here [RFC 3264 section 6.1]",
            "  9   G722/8000               opus/48000 comes first",
            "* 103 telephone-event/48000   digits, at the clock of the audio [RFC 4733 section 2.1]",
            "  101 telephone-event/8000    digits at another clock than the audio's 48000 Hz [RFC 4733 section 2.1]",
            "  13  CN/8000                 opus/48000 has its own [RFC 7587 section 3.1.3]",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        let baresip = SDPExplanation(of: Array(Samples.baresip.utf8), Samples.wide, local: [Samples.local]).text
        #expect(baresip.contains("* 98  telephone-event/8000    digits: none at the audio's 48000 Hz are offered [RFC 4733 section 2.1]"))
        let plain = SDPExplanation(of: Array(Self.freeSwitch.utf8), local: [Samples.local]).text
        #expect(plain.contains("13  CN/8000                 comfort noise is switched off here"))
        #expect(plain.contains("9   G722/8000               not spoken here [RFC 3264 section 6.1]"))
    }
}

extension String {
    fileprivate func replacingOccurrence(of part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return replacingCharacters(range, other)
    }

    private func firstRange(of part: String) -> Range<Index>? {
        indices.lazy.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
    }

    private func replacingCharacters(_ range: Range<Index>, _ other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
