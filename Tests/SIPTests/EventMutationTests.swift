import SIP
import Testing

/// The headers of subscriptions and transfers, mangled: nothing may trap, and what is read reads the same when it is written again.
@Suite struct EventMutationTests {
    private static let corpus = [
        "Event: conference;id=a7;x=\"y\"", "Subscription-State: terminated;reason=probation;retry-after=3600;expires=60",
        "Allow-Events: message-summary, conference, refer", "Replaces: 98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only",
        "Refer-To: \"Dave\" <sip:dave@denver.example.org;method=INVITE?Replaces=12345%40h%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=x>;y",
        "Referred-By: <sip:r@ref.example>;cid=\"2UWQFN309shb3@ref.example\"", "Refer-Sub: false",
    ]

    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func nothingTraps(_ seed: UInt64) throws {
        print("mutation seed \(seed)")
        var random = SeededRandom(seed: seed)
        var (understood, wrong) = (0, 0)
        func check(_ isRight: @autoclosure () throws -> Bool) rethrows {
            understood += 1
            if try !isRight() { wrong += 1 }
        }
        for _ in 0..<10_000 {
            let lines = Self.corpus.map { line in
                Int.random(in: 0..<4, using: &random) > 0
                    ? line : String(decoding: mutated(Array(line.utf8), using: &random), as: UTF8.self)
            }
            guard let message = try? SIPMessage.parse(retargeted(lines)) else { continue }
            if let event = try? message.event() { try check(EventHeader.parse(event.text) == event) }
            if let state = try? message.subscriptionState() {
                let again = try SubscriptionState.parse(state.text)
                check(again.phase == state.phase && again.expires == state.expires && again.retryAfter == state.retryAfter)
            }
            if let replaces = try? message.replaces() { try check(Replaces.parse(replaces.text) == replaces) }
            if let referTo = try? message.referTo() {
                check(referTo.target.headers.isEmpty && !referTo.target.parameters.contains("method"))
                if let replaces = try? referTo.replaces() {
                    try check(ReferTo(target: referTo.target, replaces: replaces).replaces() == replaces)
                }
            }
            if let events = try? message.allowedEvents() { check(events.allSatisfy { $0.isSIPToken }) }
            _ = (try? message.referredBy()?.contentID, message.declinesReferSubscription)
        }
        #expect(wrong == 0)
        #expect(understood > 10_000, "the mutations leave enough to be read: \(understood)")
    }
}
