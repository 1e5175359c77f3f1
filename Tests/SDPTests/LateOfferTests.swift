import Testing

@testable import SDP

@Suite struct LateOfferTests {
    private let capabilities = AudioCapabilities()
    private let phone = LocalMedia(address: "198.51.100.1", port: 4_000, sessionID: 7, sessionVersion: 1)

    @Test func bothEndsAgree() throws {
        let offer = OfferAnswer.offer(capabilities, local: Samples.local)
        let received = try SessionDescription(parsing: offer.serialised())
        #expect(received == offer)
        let theirs = try OfferAnswer.answer(to: received, capabilities, local: phone)
        let ours = try OfferAnswer.accept(theirs.answer, to: offer)
        let peer = try #require(theirs.audio)
        #expect(ours.codec == .pcmu && peer.codec == .pcmu && ours.payloadType == peer.receivePayloadType)
        #expect(ours.remoteAddress == "198.51.100.1" && ours.remotePort == 4_000 && peer.remotePort == 20_000)
        #expect(ours.telephoneEventPayloadType == 101 && ours.direction == .sendReceive && ours.packetTime == 20)
    }

    @Test func answerWithItsOwnNumbers() throws {
        let offer = OfferAnswer.offer(capabilities, local: Samples.local)
        let answer = try Samples.offer(
            "a=rtpmap:96 telephone-event/8000\na=ptime:40\na=recvonly", media: "audio 4000 RTP/AVP 8 0 96")
        let audio = try OfferAnswer.accept(answer, to: offer)
        #expect(audio.codec == .pcma && audio.payloadType == 8)
        // Both codecs were accepted, so either may come in.
        #expect(audio.receivable.map(\.payloadType) == [8, 0])
        #expect(audio.telephoneEventPayloadType == 96 && audio.receiveTelephoneEventPayloadType == 101)
        #expect(audio.direction == .sendOnly && audio.packetTime == 40)
    }

    @Test func answersThatAreNone() throws {
        let offer = OfferAnswer.offer(capabilities, local: Samples.local)
        #expect(throws: OfferRejection.self) { try OfferAnswer.accept(Samples.offer("m=video 0 RTP/AVP 96"), to: offer) }
        #expect(throws: OfferRejection.noAudio) { try OfferAnswer.accept(Samples.offer(media: "audio 0 RTP/AVP 0"), to: offer) }
        #expect(throws: OfferRejection.noCommonCodec(["18"])) {
            try OfferAnswer.accept(Samples.offer(media: "audio 4 RTP/AVP 18"), to: offer)
        }
    }

    @Test func laterOfferOfOurs() throws {
        let two = try Samples.offer("m=audio 4002 RTP/AVP 0", media: "video 5000 RTP/AVP 96")
        let first = try OfferAnswer.answer(to: two, capabilities, local: Samples.local).answer
        let hold = OfferAnswer.offer(capabilities, local: Samples.local, direction: .sendOnly, previous: first)
        #expect(hold.media.map(\.port) == [0, 20_000] && hold.origin.sessionVersion == "2")
        let answer = try OfferAnswer.answer(to: hold, capabilities, local: phone).answer
        #expect(try OfferAnswer.accept(answer, to: hold).direction == .sendOnly)
        #expect(OfferAnswer.offer(capabilities, local: Samples.local, direction: .sendOnly, previous: hold) == hold)
    }
}
