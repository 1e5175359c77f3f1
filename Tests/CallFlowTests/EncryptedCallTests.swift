import Codecs
import SDP
import SIP
import SRTP
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// Keys in SDP, from the offer to the media session.
@Suite struct EncryptedCallTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
    private static let line = "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^31\r\n"
    private static let secure = CallerDouble.offer.replacing("RTP/AVP", with: "RTP/SAVP") + line

    private func bench(_ encryption: MediaEncryption, peers: [PeerRules] = []) throws -> SwitchboardBench {
        try SwitchboardBench { settings in
            settings.capabilities.encryption = encryption
            settings.routing.peers = PeerBook(peers)
        }
    }

    private let plane = MediaDouble()
    private var session: SessionDouble? { plane.sessions.last }

    /// The media of a call, in a session of the double.
    private func media(_ encryption: MediaEncryption) throws -> CallMedia {
        var capabilities = AudioCapabilities()
        capabilities.encryption = encryption
        return CallMedia(session: try plane.open(), address: "192.0.2.10", sessionID: 77, capabilities: capabilities)
    }

    private func body(_ text: String) -> Body { Body(contentType: "application/sdp", bytes: Array(text.utf8)) }

    /// The value of the one `a=crypto` line.
    private func crypto(_ body: Body?) -> String? {
        let text = String(decoding: body?.bytes ?? [], as: UTF8.self)
        let lines = text.split(separator: "\r\n").filter { $0.hasPrefix("a=crypto:") }
        return lines.count == 1 ? String(lines[0]) : nil
    }

    @Test func theSuitesOfDescriptionsAreThoseOfTheMediaPlane() {
        #expect(Set(CryptoSuite.allCases.map(\.rawValue)) == Set(SRTPSuite.allCases.map(\.rawValue)))
        for suite in CryptoSuite.allCases {
            let other = SRTPSuite(rawValue: suite.rawValue)
            #expect(suite.keyAndSaltLength == other.map { $0.keyLength + $0.saltLength }, "\(suite)")
        }
    }

    @Test(arguments: [MediaEncryption.optional, .required]) func anEncryptedCallIsAnswered(encryption: MediaEncryption) throws {
        let bench = try bench(encryption)
        var caller = CallerDouble(number: "600")
        bench.receive(caller.request("INVITE", body: Self.secure))
        bench.pass(.seconds(1))
        let answer = try #require(bench.takeSent().last { $0.status == .ok })
        let text = String(decoding: answer.body?.bytes ?? [], as: UTF8.self)
        #expect(text.contains("m=audio 20000 RTP/SAVP 0 101") && text.contains("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"))
        #expect(!text.contains(Self.key))
        let keys = try #require(bench.session?.keys)
        let theirs = try #require(SRTPMasterKey(.aes128SHA80, keyAndSalt: Array(0..<30)))
        #expect(keys.inbound.isSame(as: theirs) && !keys.outbound.isSame(as: theirs))
        caller.toTag = try answer.envelope().toTag
        bench.receive(caller.request("ACK", branch: "ack"))
        caller.sequence += 1
        // A hold: the key of ours stays.
        bench.receive(caller.request("INVITE", body: Self.secure + "a=sendonly\r\n"))
        let held = try #require(bench.takeSent().last { $0.status == .ok })
        #expect(crypto(held.body) == crypto(answer.body))
        #expect(bench.session?.keys.map { $0.outbound.isSame(as: keys.outbound) && $0.inbound.isSame(as: keys.inbound) } == true)
        bench.receive(caller.request("ACK", branch: "ack-2"))
        caller.sequence += 1
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func withoutAKeyItIsRefusedWhereOneIsRequired() throws {
        let bench = try bench(.required)
        bench.receive(CallerDouble(number: "600").request("INVITE", body: CallerDouble.offer))
        let refusal = try #require(bench.takeSent().last { $0.status == .notAcceptableHere })
        #expect(
            refusal.value(named: "Warning") == "302 192.0.2.10 \"Encryption is required here: offer RTP/SAVP with a=crypto\"")
        #expect(bench.session == nil, "before it rings")
    }

    @Test func aPeerHasRulesOfItsOwn() throws {
        let network = PeerRules.Sign.network(try #require(AddressNetwork("192.0.2.1")))
        var strict = PeerRules(name: "strict", signs: [network])
        strict.encryption = .required
        let bench = try bench(.off, peers: [strict])
        bench.receive(CallerDouble(number: "600").request("INVITE", body: CallerDouble.offer))
        #expect(bench.takeSent().contains { $0.status == .notAcceptableHere })
        var plain = PeerRules(name: "plain", signs: [network])
        plain.encryption = .off
        let open = try self.bench(.required, peers: [plain])
        open.receive(CallerDouble(number: "600").request("INVITE", body: CallerDouble.offer))
        open.pass(.seconds(1))
        #expect(open.takeSent().contains { $0.status == .ok } && open.session?.stream != nil && open.session?.keys == nil)
    }

    @Test func anOfferOfOursMayBeAnsweredInTheClear() throws {
        var media = try self.media(.optional)
        let offered = String(decoding: media.offer().bytes, as: UTF8.self)
        #expect(offered.contains("RTP/AVP 0") && offered.contains("a=crypto:1 AEAD_AES_256_GCM inline:"))
        try media.accept(body(CalleeDouble.answer))
        #expect(session?.stream?.sends == true && session?.keys == nil)
        // Its keys have been seen in vain, and are used no more.
        let later = try media.answer(body(Self.secure))
        let ours = try #require(crypto(later)?.split(separator: "inline:").last)
        #expect(!offered.contains(ours) && session?.keys != nil)
        var strict = try self.media(.required)
        #expect(String(decoding: strict.offer().bytes, as: UTF8.self).contains("RTP/SAVP 0"))
        #expect(throws: MediaRefusal.self) { try strict.accept(body(CalleeDouble.answer)) }
        #expect(session?.stream == nil, "nothing flows in the clear")
        strict = try self.media(.required)
        _ = strict.offer()
        let third = Self.secure.replacing("crypto:4", with: "crypto:3").replacing("|2^31", with: "")
        try strict.accept(body(third))
        #expect(session?.keys?.outbound.suite == .aes128SHA80 && session?.stream?.receives == true)
    }

    @Test func whoeverComesInAnotherDialogMayBeOfAnotherMind() throws {
        var media = try self.media(.off)
        _ = try media.answer(body(CallerDouble.offer))
        var capabilities = AudioCapabilities()
        capabilities.encryption = .required
        media.beginDialog(capabilities)
        #expect(throws: MediaRefusal.self) { try media.answer(body(CallerDouble.offer)) }
        _ = try media.answer(body(Self.secure))
        #expect(session?.keys != nil)
    }

    @Test func anotherDialogHasOtherKeys() throws {
        var media = try self.media(.required)
        let first = crypto(try media.answer(body(Self.secure)))
        let before = try #require(session?.keys)
        var other = media.waiting()
        let second = String(decoding: other.offer().bytes, as: UTF8.self)
        #expect(first.map { !second.contains($0.split(separator: "inline:").last ?? "") } == true)
        #expect(session?.keys.map { $0.outbound.isSame(as: before.outbound) } == true, "it waits")
        media.beginDialog()
        let third = crypto(try media.answer(body(Self.secure)))
        #expect(third != nil && third != first)
        #expect(session?.keys.map { $0.outbound.isSame(as: before.outbound) } == false)
    }
}
