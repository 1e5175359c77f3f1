import Testing

@testable import SDP

/// Keys in offer and answer (RFC 4568 §7).
@Suite struct EncryptionTests {
    private static let peerKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
    private static let otherKey = "HRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA"
    private static let line80 = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(peerKey)"
    private static let line32 = "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:\(otherKey)|2^31"

    private static func side(_ seed: UInt64, port: UInt16 = 20_000) -> LocalMedia {
        var local = LocalMedia(address: "192.0.2.10", port: port, sessionID: 42, sessionVersion: 1)
        var state = seed
        local.keys = LocalKeys {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
        return local
    }

    private func capabilities(_ encryption: MediaEncryption) -> AudioCapabilities {
        var capabilities = AudioCapabilities()
        capabilities.encryption = encryption
        return capabilities
    }

    private func answer(_ offer: SessionDescription, _ encryption: MediaEncryption, previous: SessionDescription? = nil) throws
        -> (line: String, media: MediaDescription, audio: NegotiatedAudio, answer: SessionDescription)
    {
        let session = try OfferAnswer.answer(to: offer, capabilities(encryption), local: Self.side(1), previous: previous)
        let media = try #require(session.answer.media.first { $0.port != 0 })
        return (media["crypto"]?.value ?? "", media, try #require(session.audio), session.answer)
    }

    private func offer(_ transport: String, _ lines: String...) throws -> SessionDescription {
        try Samples.offer(lines.joined(separator: "\n"), media: "audio 4000 \(transport) 0 8")
    }

    @Test(arguments: ["RTP/SAVP", "RTP/SAVPF", "rtp/savp", "RTP/AVP", "RTP/AVPF"], [MediaEncryption.optional, .required])
    func theAnswerRepeatsTheTagWithAKeyOfItsOwn(transport: String, encryption: MediaEncryption) throws {
        let answered = try answer(offer(transport, Self.line32, Self.line80), encryption)
        let crypto = try #require(answered.audio.crypto)
        #expect(answered.media.transport == transport)
        #expect(answered.line.hasPrefix("2 AES_CM_128_HMAC_SHA1_32 inline:") && !answered.line.contains("|"))
        #expect(answered.media.attributes.count { $0.name == "crypto" } == 1)
        #expect(crypto.inbound.keyAndSalt == Array((0..<30).reversed()) && crypto.outbound.keyAndSalt != crypto.inbound.keyAndSalt)
        #expect(try CryptoAttribute(parsing: answered.line).key == crypto.outbound)
        #expect(crypto.suite == .aes128SHA32)
    }

    @Test(
        arguments: [
            (MediaEncryption.off, "RTP/SAVP", [line80], OfferRejection.unsupportedTransport(["RTP/SAVP"]), 302),
            (.optional, "RTP/SAVP", [], .noCommonCrypto([]), 306),
            (.required, "RTP/SAVP", ["a=crypto:1 NEW_SUITE inline:x"], .noCommonCrypto(["NEW_SUITE"]), 306),
            (.optional, "RTP/SAVP", [line80 + " UNENCRYPTED_SRTP"], .noCommonCrypto(["AES_CM_128_HMAC_SHA1_80"]), 306),
            (.required, "RTP/AVP", [], .encryptionRequired, 302),
            (.required, "RTP/AVP", ["a=crypto:1 inline:\(peerKey)"], .encryptionRequired, 302),
            (.required, "UDP/TLS/RTP/SAVPF", [line80], .unsupportedTransport(["UDP/TLS/RTP/SAVPF"]), 302),
        ] as [(MediaEncryption, String, [String], OfferRejection, Int)])
    func whatCannotBeIsRefused(encryption: MediaEncryption, transport: String, lines: [String], why: OfferRejection, warning: Int) throws {
        let offer = try Samples.offer(lines.joined(separator: "\n"), media: "audio 4000 \(transport) 0")
        #expect(throws: why) { try answer(offer, encryption) }
        #expect(throws: why) { try OfferAnswer.check(offer, capabilities(encryption), address: "192.0.2.10") }
        #expect(why.warningCode == warning && !why.description.contains(Self.peerKey))
    }

    @Test func keysThatAreNotWantedArePassedOver() throws {
        let plain = try answer(offer("RTP/AVP", Self.line80), .off)
        #expect(plain.audio.crypto == nil && plain.line.isEmpty && plain.media.transport == "RTP/AVP")
        let unknown = try answer(offer("RTP/AVP", "a=crypto:1 NEW_SUITE inline:x"), .optional)
        #expect(unknown.audio.crypto == nil && unknown.line.isEmpty)
        let second = try answer(offer("RTP/SAVP", "a=crypto:1 NEW_SUITE inline:x", Self.line80 + " KDR=1", Self.line32), .optional)
        #expect(second.line.hasPrefix("2 AES_CM_128_HMAC_SHA1_32"))
    }

    @Test func theEncryptedOneOfTwoStreamsIsTaken() throws {
        let text = "t=0 0\nm=audio 3000 RTP/AVP 0\nm=audio 4000 RTP/SAVP 0\n\(Self.line80)\n"
        let offer = try Samples.parse("v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\n" + text)
        for encryption in [MediaEncryption.optional, .required] {
            let session = try OfferAnswer.answer(to: offer, capabilities(encryption), local: Self.side(1))
            #expect(session.answer.media.map(\.port) == [0, 20_000] && session.audio?.crypto != nil)
        }
        let session = try OfferAnswer.answer(to: offer, capabilities(.off), local: Self.side(1))
        #expect(session.answer.media.map(\.port) == [20_000, 0] && session.audio?.crypto == nil)
    }

    @Test(arguments: MediaEncryption.allCases, MediaEncryption.allCases)
    func oursAgainstOurs(caller: MediaEncryption, called: MediaEncryption) throws {
        let offer = OfferAnswer.offer(capabilities(caller), local: Self.side(1))
        let text = String(decoding: offer.serialised(), as: UTF8.self)
        #expect(offer.media[0].transport == (caller == .required ? "RTP/SAVP" : "RTP/AVP"))
        #expect(offer.media[0].attributes.count { $0.name == "crypto" } == (caller == .off ? 0 : CryptoSuite.offered.count))
        let received = try Samples.parse(text)
        let isImpossible = caller == .off && called == .required || caller == .required && called == .off
        guard !isImpossible else {
            #expect(throws: OfferRejection.self) {
                try OfferAnswer.answer(to: received, capabilities(called), local: Self.side(2, port: 30_000))
            }
            return
        }
        let theirs = try OfferAnswer.answer(to: received, capabilities(called), local: Self.side(2, port: 30_000))
        let ours = try OfferAnswer.accept(
            Samples.parse(String(decoding: theirs.answer.serialised(), as: UTF8.self)), to: offer, capabilities(caller))
        let isEncrypted = caller != .off && called != .off
        #expect((ours.crypto != nil) == isEncrypted && (theirs.audio?.crypto != nil) == isEncrypted)
        guard let one = ours.crypto, let other = theirs.audio?.crypto else { return }
        #expect(one.outbound == other.inbound && one.inbound == other.outbound && one.outbound != one.inbound)
        #expect(one.suite == .aeadAES256GCM)
    }

    @Test func anAnswerMustBeOneToOurLines() throws {
        let offer = OfferAnswer.offer(capabilities(.optional), local: Self.side(1))
        let required = OfferAnswer.offer(capabilities(.required), local: Self.side(1))
        func accept(_ transport: String, _ lines: String, _ offer: SessionDescription, _ encryption: MediaEncryption) throws
            -> NegotiatedAudio
        {
            try OfferAnswer.accept(Samples.offer(lines, media: "audio 4000 \(transport) 0"), to: offer, capabilities(encryption))
        }
        let third = "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:\(Self.peerKey)"
        for transport in ["RTP/AVP", "RTP/SAVP"] {
            #expect(try accept(transport, third, offer, .optional).crypto?.suite == .aes128SHA80)
            #expect(try accept(transport, third, required, .required).crypto?.inbound.keyAndSalt == Array(0..<30))
            // Another tag, or another suite under the tag, is no line of ours.
            for wrong in [Self.line80, "a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:\(Self.peerKey)"] {
                #expect(throws: OfferRejection.self) { try accept(transport, wrong, offer, .optional) }
            }
        }
        #expect(try accept("RTP/AVP", "", offer, .optional).crypto == nil)
        #expect(throws: OfferRejection.noCommonCrypto(["NEW_SUITE"])) {
            try accept("RTP/AVP", "a=crypto:3 NEW_SUITE inline:x", offer, .optional)
        }
        #expect(throws: OfferRejection.noCommonCrypto([])) { try accept("RTP/SAVP", "", offer, .optional) }
        #expect(throws: OfferRejection.encryptionRequired) { try accept("RTP/AVP", "", required, .required) }
        #expect(throws: OfferRejection.self) {
            try accept("RTP/SAVP", third, OfferAnswer.offer(AudioCapabilities(), local: Samples.local), .off)
        }
    }

    @Test func laterDescriptionsKeepTheKeys() throws {
        let first = try answer(offer("RTP/SAVP", Self.line80), .optional)
        // Ours: the same line, the same profile.
        let hold = OfferAnswer.offer(capabilities(.optional), local: Self.side(1), direction: .sendOnly, previous: first.answer)
        #expect(hold.media[0].transport == "RTP/SAVP" && hold.media[0]["crypto"]?.value == first.line)
        // The peer's, with another order, another tag and another key: the suite in use stays, and our key of it.
        let moved = Self.line80.replacing("crypto:1", with: "crypto:9").replacing(Self.peerKey, with: Self.otherKey)
        let second = try answer(offer("RTP/SAVP", Self.line32, moved), .optional, previous: first.answer)
        #expect(second.line == first.line.replacing("1 AES", with: "9 AES", maxReplacements: 1))
        #expect(second.audio.crypto?.outbound == first.audio.crypto?.outbound)
        #expect(second.audio.crypto?.inbound != first.audio.crypto?.inbound)
        // A plain dialog stays plain in offers of ours.
        let plain = try answer(offer("RTP/AVP"), .optional)
        let later = OfferAnswer.offer(capabilities(.optional), local: Self.side(1), previous: plain.answer)
        #expect(later.media[0]["crypto"] == nil && later.media[0].transport == "RTP/AVP")
    }

    @Test func theExplanationTellsOfKeysAndShowsNone() throws {
        let lines =
            "\(Self.line32)\na=crypto:3 NEW_SUITE inline:secret\n\(Self.line80)\na=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:\(Self.peerKey) KDR=1"
        let text = "v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\nt=0 0\nm=audio 4000 RTP/SAVP 0\n\(lines)\n"
        let explanation = SDPExplanation(of: Array(text.utf8), capabilities(.optional), local: [Samples.local])
        let shown = explanation.text
        #expect(explanation.status == 200 && explanation.agreement?.encryption == "AES_CM_128_HMAC_SHA1_32")
        #expect(shown.contains("line 7: encrypted with AES_CM_128_HMAC_SHA1_32, the answer has its tag 2 [RFC 4568 section 7.1.2]"))
        #expect(shown.contains("line 8: the key is passed over: its suite is not spoken here [RFC 4568 section 5.1.2]"))
        #expect(shown.contains("line 9: the key with tag 1 is not needed"))
        #expect(shown.contains("line 10: the key is passed over: KDR is not followed here"))
        #expect(shown.contains("a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:(not shown)"))
        for secret in [Self.peerKey, Self.otherKey, "secret", "AAAA"] { #expect(!shown.contains(secret)) }
        let refused = SDPExplanation(of: Array(text.utf8), local: [Samples.local])
        #expect(refused.status == 488 && !refused.text.contains(Self.peerKey))
        let plain = text.replacing("RTP/SAVP", with: "RTP/AVP").replacing("inline:", with: "outline:")
        #expect(SDPExplanation(of: Array(plain.utf8), capabilities(.optional), local: [Samples.local]).text.contains("in the clear"))
    }
}
