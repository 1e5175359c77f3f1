import SIP
import SIPDialogs
import SIPEvents
import Testing
import Timing

/// How a SUBSCRIBE is answered (RFC 6665 §4.2.1).
@Suite struct SubscribeTests {
    @Test func firstA200ThenANotify() throws {
        let bench = EventBench()
        bench.receive(bench.request("SUBSCRIBE", ["Event: message-summary;id=x1", "Expires: 600", "Record-Route: <sip:p.example.com;lr>"]))
        #expect(bench.sent.count == 2)
        let (answer, notify) = (bench.sent[0], bench.sent[1])
        #expect(answer.status == .ok && answer.value(of: .expires) == "600")
        // RFC 6665 §8.2.1, §8.2.3: neither belongs into a response.
        #expect(!answer.has(.event) && !answer.has(.subscriptionState))
        // RFC 6665 §4.2.1.1, RFC 3261 §12.1.1: what makes a dialog.
        #expect(answer.value(of: .contact) == "<sip:1001@192.0.2.10:5060>")
        #expect(answer.value(of: .recordRoute) == "<sip:p.example.com;lr>")
        #expect(notify.method == .notify && notify.requestURIText == "sip:1001@192.0.2.1:5061")
        #expect(notify.value(of: .event) == "message-summary;id=x1" && notify.state == "active;expires=600")
        #expect(notify.value(of: .route) == "<sip:p.example.com;lr>" && notify.value(of: .contact) != nil)
        #expect(try notify.envelope().fromTag == answer.envelope().toTag && notify.envelope().toTag == "theirs")
        #expect(notify.value(of: .contentType) == "application/simple-message-summary")
        #expect(notify.bodyText == "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/0)\r\n")
        #expect(bench.notifier.subscriptionCount == 1 && bench.notifier.revision == 1)
        #expect(bench.notifier.watchedResources == [EventResource(.messageSummary, "1001@example.com")])
    }

    /// Header lines, the status, and a header of the answer.
    @Test(
        arguments: [
            (["Event: message-summary"], 200, HeaderID.expires, "3600"),
            (["Event: message-summary", "Expires: 60"], 200, .expires, "60"),
            (["Event: message-summary", "Expires: 4294967295"], 200, .expires, "86400"),
            (["Event: message-summary", "Expires: 0"], 200, .expires, "0"),
            (["Event: message-summary", "Expires: 59"], 423, .minExpires, "60"),
            (["Event: message-summary", "Expires: 1"], 423, .minExpires, "60"),
            (["Event: message-summary", "Expires: 4294967296"], 400, .expires, nil),
            (["Event: message-summary", "Expires: soon"], 400, .expires, nil),
            (["Event: presence"], 489, .allowEvents, "message-summary, conference"),
            (["Event: Message-Summary"], 489, .allowEvents, "message-summary, conference"),
            (["Event: refer"], 489, .allowEvents, "message-summary, conference"),
            ([], 489, .allowEvents, "message-summary, conference"), (["Event: a b"], 400, .allowEvents, nil),
            (["Event: message-summary", "Accept: application/pidf+xml"], 406, .accept, "application/simple-message-summary"),
            (["Event: message-summary", "Accept: text/plain, Application / Simple-Message-Summary;q=0.5"], 200, .expires, "3600"),
            (["Event: message-summary", "Accept: */*"], 200, .expires, "3600"),
            (["Event: message-summary", "Accept: \"x"], 400, .accept, nil),
            (["Event: message-summary", "Require: x"], 420, .unsupported, "x"),
        ] as [([String], Int, HeaderID, String?)])
    func answers(_ lines: [String], _ status: Int, _ header: HeaderID, _ value: String?) throws {
        let bench = EventBench()
        bench.receive(bench.request("SUBSCRIBE", lines))
        let answer = try #require(bench.sent.first)
        #expect(answer.status?.code == status && answer.value(of: header) == value)
        #expect(bench.sent.count == (status == 200 ? 2 : 1))
        #expect(bench.notifier.subscriptionCount == (status == 200 ? 1 : 0))
    }

    @Test func withoutContactThereIsNoDialog() {
        let bench = EventBench()
        bench.receive(bench.request("SUBSCRIBE", contact: false, ["Event: message-summary"]))
        #expect(bench.takeSent() == "400" && bench.notifier.tableCount == 0)
        bench.receive(bench.request("SUBSCRIBE", call: "b", contact: false, ["Event: message-summary", "Contact: <tel:+1>"]))
        #expect(bench.takeSent() == "400" && bench.notifier.tableCount == 0)
    }

    @Test(arguments: [404, 403, 480])
    func refusedByTheOwner(_ status: Int) throws {
        let bench = EventBench()
        bench.admission = .refused(try #require(StatusCode(status)))
        bench.receive(bench.request("SUBSCRIBE", ["Event: conference"]))
        #expect(bench.takeSent() == "\(status)" && bench.notifier.tableCount == 0)
    }

    @Test func askingOnceIsToldOnce() throws {
        let bench = EventBench()
        bench.subscribe(expires: 0)
        let notify = try #require(bench.answer().first)
        #expect(notify.state == "terminated;reason=timeout" && notify.bodyText.hasPrefix("Messages-Waiting: yes"))
        #expect(bench.notifier.tableCount == 0)
        #expect(
            bench.notifier.takeNotices() == [
                .watched(.init(.messageSummary, "1001@example.com")), .unwatched(.init(.messageSummary, "1001@example.com")),
            ])
    }

    @Test func refreshed() throws {
        let bench = EventBench()
        let tag = bench.subscribe(expires: 600)
        bench.answer()
        bench.pass(.seconds(500))
        #expect(bench.subscribe(sequence: 2, tag: tag, expires: 600) == tag)
        let notify = try #require(bench.answer().first)
        #expect(notify.state == "active;expires=600" && !notify.bodyText.isEmpty)
        #expect(try notify.cseq()?.number == 2)
        bench.pass(.seconds(599))
        #expect(bench.takeSent().isEmpty && bench.notifier.subscriptionCount == 1)
    }

    @Test func unsubscribed() throws {
        let bench = EventBench()
        let tag = bench.subscribe()
        bench.answer()
        bench.subscribe(sequence: 2, tag: tag, expires: 0)
        #expect(bench.sent.map(\.state) == ["terminated;reason=timeout"])
        // Between the last NOTIFY and its answer the subscription is gone already.
        bench.receive(bench.request("SUBSCRIBE", sequence: 3, tag: tag, ["Event: message-summary", "Expires: 600"]))
        #expect(bench.sent.last?.status == .noSuchCall)
        bench.answer()
        #expect(bench.notifier.tableCount == 0)
        _ = bench.takeSent()
        bench.receive(bench.request("SUBSCRIBE", sequence: 4, tag: tag, ["Event: message-summary", "Expires: 600"]))
        #expect(bench.takeSent() == "481")
        bench.pass(.seconds(100))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    /// A subscription is its dialog, package and id (§4.1.2.2); the refusals change nothing.
    @Test(arguments: [
        (["Event: message-summary;id=2"], 2, 481), (["Event: conference"], 2, 481), (["Event: presence"], 2, 489),
        (["Event: message-summary", "Expires: 5"], 2, 423), (["Event: message-summary", "Accept: a/b"], 2, 406),
        (["Event: message-summary"], 1, 500), (["Event: message-summary"], 0, 500),
    ])
    func refreshesRefused(_ lines: [String], _ sequence: Int, _ status: Int) {
        let bench = EventBench()
        let tag = bench.subscribe()
        bench.answer()
        bench.receive(bench.request("SUBSCRIBE", sequence: sequence, tag: tag, lines))
        #expect(bench.takeSent() == "\(status)")
        #expect(bench.subscribe(sequence: 3, tag: tag) == tag && bench.takeSent() == "NOTIFY")
    }

    @Test func boundedInAllAndForEachResource() {
        var settings = Notifier.Settings()
        settings.limit = 3
        settings.limitPerResource = 2
        let bench = EventBench(settings: settings)
        for (call, name, answer) in [
            ("a", "1", "200 NOTIFY"), ("b", "1", "200 NOTIFY"), ("c", "1", "480"), ("d", "2", "200 NOTIFY"), ("e", "3", "480"),
        ] {
            bench.admission = .granted(name, .messageSummary(MessageSummary(new: 0, old: 0)))
            bench.receive(bench.request("SUBSCRIBE", call: call, ["Event: message-summary"]))
            if answer == "480" { #expect(bench.sent.first?.value(of: .retryAfter) == "60") }
            #expect(bench.takeSent() == answer, "\(call)")
        }
        #expect(bench.notifier.subscriptionCount == 3 && bench.notifier.watchedResources.count == 2)
    }

    @Test func aStateThatIsTakenFromElsewhereIsAwaited() throws {
        let bench = EventBench()
        bench.admission = .granted("1001@example.com", nil)
        bench.subscribe()
        #expect(bench.takeSent().isEmpty)
        bench.pass(.seconds(1))
        bench.update(.init(.messageSummary, "1001@example.com"), .messageSummary(MessageSummary(new: 1, old: 0)))
        #expect(try #require(bench.answer().first).bodyText == "Messages-Waiting: yes\r\nVoice-Message: 1/0 (0/0)\r\n")
        // And where nobody tells it: a NOTIFY without a body.
        let other = EventBench()
        other.admission = .granted("1001@example.com", nil)
        other.subscribe()
        other.pass(.seconds(4))
        #expect(try #require(other.answer().first).body == nil)
    }
}
