import SIP
import Testing

@Suite struct SubscriptionStateTests {
    @Test(arguments: [
        ("active;expires=3600", SubscriptionState(.active, expires: 3600)),
        ("Pending ; Expires = 0", SubscriptionState(.pending, expires: 0)),
        ("terminated;reason=timeout", SubscriptionState(.terminated, reason: .timeout)),
        ("terminated;reason=NoResource;retry-after=30", SubscriptionState(.terminated, reason: .noresource, retryAfter: 30)),
        ("terminated;reason=new-reason", SubscriptionState(.terminated, reason: .other("new-reason"))),
        ("terminated", SubscriptionState(.terminated)), ("frozen;expires=1", SubscriptionState(.other("frozen"), expires: 1)),
        ("active;expires=4294967296", SubscriptionState(.active)), ("active;expires=+1", SubscriptionState(.active)),
        ("active;expires=-1;x=\"y;z\"", SubscriptionState(.active)), ("active;expires", SubscriptionState(.active)),
    ])
    func read(_ text: String, _ state: SubscriptionState) throws {
        #expect(try SubscriptionState.parse(text) == state)
    }

    @Test(arguments: ["", ";expires=1", "active expires=1", "active;expires=", "active, pending"])
    func broken(_ text: String) {
        #expect(throws: SIPParseError.self) { try SubscriptionState.parse(text) }
    }

    @Test(arguments: [
        "active;expires=59", "pending", "terminated;reason=probation;retry-after=4294967295", "terminated;reason=deactivated",
        "terminated;reason=rejected", "terminated;reason=giveup", "terminated;reason=invariant", "frozen",
    ])
    func writtenAgain(_ text: String) throws {
        #expect(try SubscriptionState.parse(text).text == text)
    }

    @Test func inMessages() throws {
        #expect(try SIPMessage.parse(retargeted(["subscription-state: active"])).subscriptionState()?.phase == .active)
        #expect(try SIPMessage.parse(retargeted([])).subscriptionState() == nil)
        #expect(throws: SIPParseError.self) {
            try SIPMessage.parse(retargeted(["Subscription-State: active", "Subscription-State: active"]))
        }
    }
}
