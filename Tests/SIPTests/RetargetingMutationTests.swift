import SIP
import Testing

/// The headers that say whose call it was, mangled: nothing may trap, and what is read must be what a second reading finds.
@Suite struct RetargetingMutationTests {
    private static let corpus = [
        "Diversion: \"Ann\" <sip:1001@example.com;user=phone>;reason=user-busy;counter=2;privacy=off",
        "Diversion: <tel:+1555;phone-context=h>;reason=\"x\"",
        "History-Info: <sip:bob@example.com?Reason=SIP%3Bcause%3D302>;index=1, <sip:carol@h;cause=302>;index=1.2;mp=1",
        "Reason: Q.850;cause=17;text=\"a, b\", SIP;cause=486", "P-Asserted-Identity: \"A\" <sip:1001@h>, <tel:+1>",
    ]

    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func nothingTraps(_ seed: UInt64) {
        print("mutation seed \(seed)")
        var random = SeededRandom(seed: seed)
        var understood = 0
        for _ in 0..<10_000 {
            let original = retargeted(Self.corpus, uri: "sip:vm@h;target=sip:bob%40example.com;cause=486")
            guard let message = try? SIPMessage.parse(mutated(mutated(original, using: &random), using: &random)) else { continue }
            let uri = try? message.requestURI()
            _ = try? uri?.retargetingTarget()
            if let cause = uri?.retargetingCause { #expect((100...699).contains(cause)) }
            for value in (try? message.diversions()) ?? [] {
                understood += 1
                #expect((1...99).contains(value.count) && !value.reason.isEmpty)
                _ = value.cause
            }
            for entry in (try? message.history()) ?? [] {
                understood += 1
                if let index = entry.index { #expect(HistoryInfo.Index(index.description) == index) }
                _ = (entry.cause, entry.departure?.status)
            }
            for value in message.values(of: .reason) { _ = try? Reason.list(value) }
            let asserted = message.assertedIdentity(peerIsTrusted: true)
            #expect(asserted == nil || asserted?.uri != nil)
            #expect(message.assertedIdentity(peerIsTrusted: false) == nil)
        }
        #expect(understood > 1_000, "the mutations leave enough to be read")
    }
}
