import Testing

@testable import CallControl

@Suite struct CalledMailboxTests {
    /// What a proxy may send, the mailbox in the domain `home` and its greeting, and the rule that names it.
    @Test(
        arguments: [
            // 1. The Request-URI's user.
            (ProxiedInvite("sip:vm-1001@192.0.2.10"), "1001", "unavailable", "number"),
            (ProxiedInvite("sip:1003@pbx.example"), "1003", "unavailable", "number"),
            (ProxiedInvite("sip:1003@198.51.100.1:5070"), "1003", "unavailable", "number"),
            (ProxiedInvite("sip:VM-77@home"), "77", "unavailable", "number"),
            (ProxiedInvite("sip:b1001@home"), "1001", "busy", "number"),
            // 2. RFC 4458, with its causes.
            (ProxiedInvite("sip:voicemail@192.0.2.10;target=sip:1001%40pbx.example;cause=486"), "1001", "busy", "target"),
            (ProxiedInvite("sip:voicemail@192.0.2.10;target=1002%40192.0.2.10;cause=302"), "1002", "unconditional", "target"),
            (ProxiedInvite("sip:voicemail@192.0.2.10;target=sip:1001%40home;cause=408"), "1001", "unavailable", "target"),
            (ProxiedInvite("sip:voicemail@192.0.2.10;target=sip:1001%40localhost:5070;cause=380"), "1001", "unavailable", "target"),
            (ProxiedInvite("sip:voicemail@192.0.2.10;target=1001"), "1001", "unavailable", "target"),
            (ProxiedInvite("sip:voicemail@192.0.2.10;target=tel:+1-555-0100"), "+15550100", "unavailable", "target"),
            // 4. History-Info.
            (
                ProxiedInvite("sip:voicemail@home", "History-Info: <sip:1001@home>;index=1, <sip:voicemail@home;cause=486>;index=2;mp=1"),
                "1001", "busy", "history-info"
            ),
            (
                ProxiedInvite(
                    "sip:voicemail@home", "History-Info: <sip:1001@home?Reason=SIP%3Bcause%3D486>;index=1, <sip:voicemail@home>;index=1.1"),
                "1001", "busy", "history-info"
            ),
            // 5. Diversion.
            (ProxiedInvite("sip:voicemail@home", "Diversion: <sip:1001@pbx.example>;reason=user-busy"), "1001", "busy", "diversion"),
            (ProxiedInvite("sip:voicemail@home", "Diversion: <sip:1001@home>;reason=no-answer"), "1001", "unavailable", "diversion"),
            (ProxiedInvite("sip:voicemail@home", "Diversion: <tel:1001>;reason=unconditional"), "1001", "unconditional", "diversion"),
            // The earlier rule wins.
            (
                ProxiedInvite(
                    "sip:voicemail@home;target=1002", "Diversion: <sip:1001@home>;reason=user-busy", "History-Info: <sip:1003@home>;index=1"
                ),
                "1002", "unavailable", "target"
            ),
            (ProxiedInvite("sip:1004@home;target=1002;cause=486"), "1004", "unavailable", "number"),
            (ProxiedInvite("sip:1004@home", "Diversion: <sip:1001@home>;reason=user-busy"), "1004", "unavailable", "number"),
            // A failure route that rewrites to the extension tells the cause elsewhere.
            (ProxiedInvite("sip:1001@home;cause=486"), "1001", "busy", "number"),
            (ProxiedInvite("sip:1001@home", "Diversion: <sip:1001@pbx.example>;reason=user-busy"), "1001", "busy", "number"),
            (ProxiedInvite("sip:1001@home;target=1001;cause=302"), "1001", "unconditional", "number"),
            (ProxiedInvite("sip:1001@home", "History-Info: <sip:1001@home?Reason=Q.850%3Bcause%3D17>;index=1"), "1001", "busy", "number"),
            (
                ProxiedInvite("sip:voicemail@home;target=1001", "Diversion: <sip:1001@home>;reason=user-busy"), "1001", "busy", "target"
            ),
        ])
    func found(_ invite: ProxiedInvite, _ box: String, _ greeting: String, _ rule: String) throws {
        let decision = try invite.decide()
        let mailbox = try #require(decision.match?.mailbox, "\(decision.refusal)")
        #expect(mailbox.identity == DialledIdentity(name: box, domain: "home"))
        #expect(mailbox.rule.rawValue == rule)
        #expect(decision.match?.inputs == ["box": box, "greeting": greeting])
        #expect(decision.search?.steps.filter(\.won).map(\.rule.rawValue) == [rule])
    }

    @Test(
        arguments: [
            (ProxiedInvite("sip:voicemail@home"), "target", "has no `target`"),
            (ProxiedInvite("sip:voicemail@home;cause=486"), "target", "has no `target`"),
            (ProxiedInvite("sip:voicemail@home;target=sip:1001%40elsewhere.example"), "target", "not of a domain of ours"),
            (ProxiedInvite("sip:voicemail@home;target=sip:1001%40203.0.113.5"), "target", "not of a domain of ours"),
            (ProxiedInvite("sip:voicemail@home;target=sip:home"), "target", "names no user"),
            (ProxiedInvite("sip:voicemail@home;target=1001;target=1002"), "target", "more than one"),
            (ProxiedInvite("sip:voicemail@home"), "history-info", "there is no History-Info"),
            (ProxiedInvite("sip:1001@elsewhere.example"), "number", "not of a domain of ours"),
            (ProxiedInvite("sip:vm-1001@elsewhere.example"), "number", "not of a domain of ours"),
            (
                ProxiedInvite("sip:voicemail@home", "Diversion: <sip:1001@elsewhere.example>;reason=user-busy"), "diversion",
                "not of a domain"
            ),
            (ProxiedInvite("sip:voicemail@home", "Diversion: <sip:1001@home"), "diversion", "cannot be read"),
            (ProxiedInvite("sip:voicemail@home", "Diversion: <sip:voicemail@home>"), "diversion", "only the service itself"),
            (ProxiedInvite("sip:voicemail@home", "Diversion: <tel:1001;phone-context=elsewhere.example>"), "diversion", "not of a domain"),
            (ProxiedInvite("sip:voicemail@home", "History-Info: <sip:voicemail@home>;index=1"), "history-info", "tells of nobody"),
            (ProxiedInvite("sip:voicemail@home", "History-Info: <sip:1001@elsewhere.example>;index=1"), "history-info", "not of a domain"),
            (
                ProxiedInvite("sip:voicemail@home", "History-Info: <sip:1001@home>;index=1, <sip:voicemail@home>;index=2;mp=7"),
                "history-info", "tells of nobody"
            ),
            (ProxiedInvite("sip:voicemail@home"), "to", "not among the rules"),
        ])
    func notFound(_ invite: ProxiedInvite, _ rule: String, _ why: String) throws {
        let decision = try invite.decide()
        #expect(decision.match == nil)
        guard case .noMailbox = decision.outcome else { throw Unexpected(outcome: "\(decision.outcome)") }
        let step = try #require(decision.search?.steps.first { $0.rule.rawValue == rule })
        #expect(!step.won && step.why.contains(why), "\(step.why)")
        #expect(decision.search?.steps.count == MailboxRules.Rule.allCases.count, "every rule is accounted for")
    }

    private struct Unexpected: Error { var outcome: String }

    /// 1001 sends all calls to 1002, who does not answer.
    @Test(
        arguments: [
            ProxiedInvite("sip:voicemail@home", "Diversion: <sip:1002@home>;reason=no-answer, <sip:1001@home>;reason=unconditional"),
            ProxiedInvite(
                "sip:voicemail@home",
                "History-Info: <sip:1001@home>;index=1, <sip:1002@home;cause=302>;index=1.1;mp=1, <sip:1002@192.0.2.99>;index=1.1.1;rc=1.1",
                "History-Info: <sip:voicemail@home;cause=408>;index=1.2;mp=1.1"),
            ProxiedInvite(
                "sip:voicemail@home",
                "History-Info: <sip:1001@home?Reason=SIP%3Bcause%3D302>;index=1, <sip:1002@home?Reason=SIP%3Bcause%3D408>;index=1.1",
                "History-Info: <sip:voicemail@home>;index=1.2"),
        ])
    func firstAndLast(_ invite: ProxiedInvite) throws {
        let first = try #require(try invite.decide(MailboxRules(diverter: .first)).match?.mailbox)
        #expect(first.identity.name == "1001" && first.greeting == .unconditional)
        let last = try #require(try invite.decide(MailboxRules(diverter: .last)).match?.mailbox)
        #expect(last.identity.name == "1002" && last.greeting == .unavailable)
    }

    /// The answer of a contact (`rc`) is the reason why its user was left.
    @Test func reasonOfAContact() throws {
        let invite = ProxiedInvite(
            "sip:voicemail@home", "History-Info: <sip:1001@home>;index=1, <sip:1001@192.0.2.99?Reason=SIP%3Bcause%3D486>;index=1.1;rc=1",
            "History-Info: <sip:voicemail@home>;index=1.2;mp=1")
        let mailbox = try #require(try invite.decide().match?.mailbox)
        #expect(mailbox.identity.name == "1001" && mailbox.greeting == .busy)
    }

    @Test func orderIsASetting() throws {
        let invite = ProxiedInvite("sip:1004@home;target=1002;cause=486", "Diversion: <sip:1003@home>", to: "<sip:1005@home>")
        for (rule, box) in [(MailboxRules.Rule.number, "1004"), (.target, "1002"), (.diversion, "1003"), (.to, "1005")] {
            let rest = MailboxRules.Rule.allCases.filter { $0 != rule }
            #expect(try invite.decide(MailboxRules(order: [rule] + rest)).match?.mailbox?.identity.name == box)
        }
        #expect(try invite.decide(MailboxRules(order: [])).match == nil)
        #expect(try ProxiedInvite("sip:voicemail@home", to: "<sip:voicemail@home>").decide(MailboxRules(order: [.to])).match == nil)
        #expect(try ProxiedInvite("sip:voicemail@home", to: "<sip:1001@elsewhere.example>").decide(MailboxRules(order: [.to])).match == nil)
    }

    /// A source that is not among the rules must not choose the greeting either.
    @Test func unlistedHeadersAreNotLookedAt() throws {
        let invite = ProxiedInvite("sip:1001@home;cause=486", "Diversion: <sip:1001@home>;reason=user-busy")
        #expect(try invite.decide(MailboxRules(order: [.number])).match?.mailbox?.greeting == .unavailable)
    }

    /// RFC 7044 §10.4: `rc` and `np` change where a call goes, not whom it is for; `mp` may have left either.
    @Test(
        arguments: [
            [
                "<sip:1001@home>;index=1, <sip:1001@192.0.2.99>;index=1.1;rc=1, <sip:voicemail@home;cause=408>;index=1.2;mp=1.1"
            ],
            [
                "<sip:1001@home>;index=1, <sip:1001@home>;index=1.1;np=1, <sip:phone@203.0.113.4>;index=1.1.1;rc=1.1",
                "<sip:voicemail@home;cause=408>;index=1.2;mp=1.1.1",
            ],
            [
                "<sip:1001@home>;index=1, <sip:1001@home?Reason=SIP%3Bcause%3D408>;index=1.1;np=1",
                "<sip:voicemail@home>;index=1.2;mp=1",
            ],
        ])
    func contactsAndHopsStandForTheirUser(_ history: [String]) throws {
        var invite = ProxiedInvite("sip:voicemail@home")
        invite.headers = history.map { "History-Info: " + $0 }
        let decision = try invite.decide(MailboxRules(diverter: .last))
        #expect(decision.match?.mailbox?.identity.name == "1001" && decision.match?.mailbox?.greeting == .unavailable)
        #expect(decision.search?.greetingWhy == "cause 408 (no reply) by history-info")
    }

    /// Indices that name each other in a ring end the search, not the server.
    @Test func historyInARing() throws {
        let invite = ProxiedInvite(
            "sip:voicemail@home",
            "History-Info: <sip:1001@home>;index=1;rc=1.1, <sip:1002@home>;index=1.1;np=1, <sip:voicemail@home>;index=1.2;mp=1")
        #expect(try invite.decide().match?.mailbox != nil)
    }

    /// A header of the peer's own: off unless it is named.
    @Test(
        arguments: [
            ("X-Mailbox: 1007", "1007"), ("x-mailbox: sip:1007@pbx.example", "1007"), ("X-Mailbox: \"Anna\" <sip:1007@home;x=y>", "1007"),
            ("X-Mailbox: 1007@home", "1007"), ("X-Mailbox: tel:1007", "1007"), ("X-Mailbox: 1007@elsewhere.example", nil),
            ("X-Mailbox: ", nil), ("X-Mailbox: 10 07", nil), ("X-Mailbox: voicemail", nil), ("X-Other: 1007", nil),
        ] as [(String, String?)])
    func customHeader(_ line: String, _ box: String?) throws {
        let invite = ProxiedInvite("sip:voicemail@home", line)
        #expect(try invite.decide(MailboxRules(order: [.header], header: "X-Mailbox")).match?.mailbox?.identity.name == box)
        #expect(try invite.decide(MailboxRules(order: [.header])).match == nil && invite.decide().match == nil)
    }

    /// RFC 4458 §2.2 and RFC 8119.
    @Test func greetingOfEachCause() {
        for cause: UInt16 in [404, 486, 408, 302, 487, 480, 503, 380] { #expect(GreetingReason.meaning(of: cause) != nil) }
        #expect(GreetingReason.meaning(of: 200) == nil)
        for cause: UInt16 in [404, 408, 480, 487, 503, 380, 100, 699] { #expect(GreetingReason(cause: cause) == .unavailable) }
        #expect(
            GreetingReason(cause: 486) == .busy && GreetingReason(cause: 302) == .unconditional
                && GreetingReason(cause: nil) == .unavailable)
    }

    /// Whatever the headers hold, only a box of the own domain comes out, and every rule says something.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func mangledInvites(_ seed: UInt64) throws {
        print("mangled INVITEs: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let original = Array(
            ProxiedInvite(
                "sip:voicemail@home;target=sip:1001%40pbx.example;cause=486",
                "Diversion: <sip:1002@home>;reason=no-answer, <sip:1001@home>;reason=unconditional",
                "History-Info: <sip:1001@home>;index=1, <sip:1002@home;cause=302>;index=1.1;mp=1"
            ).text.utf8)
        let marks = Array(";,:<>\"\\@ ?=&%.1".utf8)
        var found = 0
        for _ in 0..<5_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = marks.randomElement(using: &random) ?? 0
                case 1: bytes.insert(marks.randomElement(using: &random) ?? 0, at: index)
                default: bytes.remove(at: index)
                }
            }
            guard let explanation = try? RouteExplanation(bytes, by: ProxiedInvite.table()) else { continue }
            _ = (explanation.text, explanation.json)
            guard let search = explanation.decision.search else { continue }
            #expect(search.steps.count == MailboxRules.Rule.allCases.count && search.steps.allSatisfy { !$0.why.isEmpty })
            guard let mailbox = search.mailbox else { continue }
            found += 1
            #expect(mailbox.identity.domain == "home" && !mailbox.identity.name.isEmpty)
        }
        #expect(found > 500)
    }
}
