import Testing

@testable import SDP

/// What a session's later offers may do, of either side (RFC 3264 §8).
@Suite struct LaterOffersTests {
    private let capabilities = AudioCapabilities()
    private let phone = LocalMedia(address: "198.51.100.1", port: 4_000, sessionID: 7, sessionVersion: 1)

    private func answer(_ offer: SessionDescription, after previous: SessionDescription? = nil) throws -> NegotiatedSession {
        try OfferAnswer.answer(to: offer, capabilities, local: Samples.local, previous: previous)
    }

    /// A changed body under the old version is against RFC 3264 §8, and taken: our own version counts on.
    @Test func theSameVersionWithAnotherBody() throws {
        let first = try answer(Samples.offer())
        let hold = try answer(Samples.offer("a=sendonly"), after: first.answer)
        #expect(hold.audio?.direction == .receiveOnly && hold.answer.origin.sessionVersion == "2")
        let moved = try answer(Samples.offer(connection: "IN IP4 198.51.100.77", media: "audio 4444 RTP/AVP 8"), after: hold.answer)
        #expect(moved.audio?.remoteAddress == "198.51.100.77" && moved.audio?.codec == .pcma)
        #expect(moved.answer.origin.sessionVersion == "3" && moved.answer.origin.sessionID == first.answer.origin.sessionID)
    }

    /// A version that jumps, falls or is no number says nothing to us.
    @Test(arguments: ["99999999999999999999999", "0", "-1", "x"]) func versionsOfThePeer(version: String) throws {
        let first = try answer(Samples.offer())
        let text = "v=0\no=- 1 \(version) IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\nt=0 0\nm=audio 4000 RTP/AVP 0 8\n"
        #expect(try answer(Samples.parse(text), after: first.answer).answer == first.answer)
    }

    /// Fax in the audio's stead, in each form in use, is refused as a whole, so that the audio stays.
    @Test(arguments: [
        "m=image 4000 udptl t38", "m=audio 0 RTP/AVP 0\nm=image 4000 udptl t38", "m=image 4000 udptl t38\nm=audio 0 RTP/AVP 0",
        "m=video 4000 RTP/AVP 96",
    ])
    func faxInTheAudiosStead(media: String) throws {
        let first = try answer(Samples.offer())
        let offer = try Samples.parse("v=0\no=- 1 2 IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\nt=0 0\n\(media)\n")
        #expect(throws: OfferRejection.noAudio) { try answer(offer, after: first.answer) }
    }

    /// Fax beside the audio is refused alone.
    @Test func faxBesideTheAudio() throws {
        let first = try answer(Samples.offer())
        let both = try answer(Samples.offer("m=image 5000 udptl t38"), after: first.answer)
        #expect(both.answer.media.map(\.port) == [20_000, 0] && both.audio?.codec == .pcmu)
    }

    /// Another stream that becomes usable does not take the call away from the one in use.
    @Test func theStreamInUseStays() throws {
        let first = try answer(Samples.offer("m=audio 5000 RTP/AVP 0", media: "audio 4000 RTP/AVP 18"))
        #expect(first.answer.media.map(\.port) == [0, 20_000])
        let second = try answer(Samples.offer("m=audio 5000 RTP/AVP 0", media: "audio 4000 RTP/AVP 0"), after: first.answer)
        #expect(second.answer.media.map(\.port) == [0, 20_000] && second.audio?.remotePort == 5_000)
        // When it ends, the other is taken.
        let third = try answer(Samples.offer("m=audio 0 RTP/AVP 0", media: "audio 4000 RTP/AVP 0"), after: second.answer)
        #expect(third.answer.media.map(\.port) == [20_000, 0])
    }

    @Test func ourOfferKeepsNumbersNamesAndMultiplexing() throws {
        let theirs = try Samples.offer(
            "a=mid:voice\na=rtcp-mux\na=rtpmap:101 PCMA/8000\na=rtpmap:97 telephone-event/8000", media: "audio 4000 RTP/AVP 101 97")
        let first = try answer(theirs).answer
        let ours = OfferAnswer.offer(capabilities, local: Samples.local, previous: first)
        let formats = ours.media[0].payloadFormats
        #expect(formats.first { $0.codec == .pcma }?.payloadType == 101 && formats.first { $0.codec == .telephoneEvent }?.payloadType == 97)
        #expect(formats.first { $0.codec == .pcmu }?.payloadType == 0 && Set(formats.map(\.payloadType)).count == 3)
        #expect(ours.media[0].identification == "voice" && ours.media[0]["rtcp-mux"] != nil)
        let back = try OfferAnswer.answer(to: ours, capabilities, local: phone)
        #expect(try OfferAnswer.accept(back.answer, to: ours).rtcpMux && back.answer.media[0].identification == "voice")
    }

    /// 101 was something else before: our events get another number.
    @Test func takenNumbersAreNotReused() {
        let before = [PayloadFormat(payloadType: 101, codec: .pcma), PayloadFormat(payloadType: 96, codec: .pcmu)]
        let formats = OfferAnswer.formats(capabilities, before: before)
        #expect(formats.map(\.payloadType) == [96, 101, 97])
    }

    /// No m= line may go away, even when the audio has ended; its place is taken again.
    @Test func ourOfferAfterTheAudioEnded() throws {
        let first = try answer(Samples.offer("m=audio 4000 RTP/AVP 0", media: "video 5000 RTP/AVP 96"))
        let gone = try answer(Samples.offer("m=audio 0 RTP/AVP 0", media: "video 0 RTP/AVP 96"), after: first.answer)
        #expect(gone.audio == nil)
        let ours = OfferAnswer.offer(capabilities, local: Samples.local, previous: gone.answer)
        #expect(ours.media.map(\.port) == [0, 20_000] && ours.origin.sessionVersion == "3")
        let without = try Samples.parse("v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\nm=video 0 RTP/AVP 96\n")
        #expect(OfferAnswer.offer(capabilities, local: Samples.local, previous: without).media.map(\.port) == [0, 20_000])
    }

    /// An INVITE of ours without an offer: the 200 has it and our answer goes in the ACK. All offers there may be come out well.
    @Test(arguments: Samples.all) func ourAnswerInAnAck(text: String) throws {
        let offer = try Samples.parse(text)
        guard let session = try? answer(offer), let ours = session.audio else { return #expect(text == Samples.browser) }
        let peer = try OfferAnswer.accept(session.answer, to: offer)
        #expect(peer.codec == ours.codec && peer.payloadType == ours.receivePayloadType && peer.receivePayloadType == ours.payloadType)
        #expect(peer.direction == ours.direction.reversed)
    }

    @Test func anAnswerThatRefusesOurAudio() throws {
        let offer = OfferAnswer.offer(capabilities, local: Samples.local)
        #expect(throws: OfferRejection.noAudio) { try OfferAnswer.accept(Samples.offer(media: "audio 0 RTP/AVP 0"), to: offer) }
        #expect(throws: OfferRejection.unsupportedTransport(["RTP/SAVP"])) {
            try OfferAnswer.accept(Samples.offer(media: "audio 4000 RTP/SAVP 0"), to: offer)
        }
        #expect(throws: OfferRejection.noAudio) {
            try OfferAnswer.accept(Samples.offer("a=rtcp-mux", media: "video 4000 RTP/AVP 0"), to: offer)
        }
    }

    /// On hold by an address of zeros, in an answer.
    @Test func anAnswerThatHoldsByAddress() throws {
        let offer = OfferAnswer.offer(capabilities, local: Samples.local)
        let audio = try OfferAnswer.accept(Samples.offer(connection: "IN IP6 ::"), to: offer)
        #expect(audio.direction == .receiveOnly && audio.remoteAddress == "0.0.0.0")
    }
}
