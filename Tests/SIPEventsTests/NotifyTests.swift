import SIP
import SIPDialogs
import SIPEvents
import Testing
import Timing

/// Which NOTIFYs a subscription gets, and what their answers do to it (RFC 6665 §4.2.2).
@Suite struct NotifyTests {
    private let box = EventResource(.messageSummary, "1001@example.com")

    private func count(_ new: Int) -> EventState { .messageSummary(MessageSummary(new: new, old: 0)) }

    private func subscribed(_ settings: Notifier.Settings = .init()) -> (EventBench, String?) {
        let bench = EventBench(settings: settings)
        let tag = bench.subscribe()
        bench.answer()
        return (bench, tag)
    }

    @Test func changesAreToldAtMostOnceASecond() {
        let (bench, _) = subscribed()
        bench.pass(.seconds(10))
        bench.update(box, count(3))
        #expect(bench.answer().map(\.bodyText) == ["Messages-Waiting: yes\r\nVoice-Message: 3/0 (0/0)\r\n"])
        for new in 4...20 {
            bench.update(box, count(new))
            bench.pass(.milliseconds(10))
        }
        #expect(bench.sent.isEmpty)
        bench.pass(.seconds(1))
        #expect(bench.answer().map(\.bodyText) == ["Messages-Waiting: yes\r\nVoice-Message: 20/0 (0/0)\r\n"])
        bench.pass(.seconds(60))
        #expect(bench.sent.isEmpty)
    }

    @Test func whatDidNotChangeIsNotTold() {
        let (bench, _) = subscribed()
        bench.pass(.seconds(10))
        bench.update(box, .messageSummary(MessageSummary(new: 2, old: 8)))
        #expect(bench.sent.isEmpty)
        // Nor what was taken back before it could be told.
        bench.update(box, count(1))
        bench.answer()
        bench.update(box, count(7))
        bench.update(box, count(1))
        bench.pass(.seconds(60))
        #expect(bench.sent.isEmpty)
    }

    @Test func oneAtATime() {
        let (bench, _) = subscribed()
        bench.pass(.seconds(10))
        bench.update(box, count(3))
        let first = bench.sent
        bench.sent = []
        bench.update(box, count(4))
        bench.pass(.seconds(5))
        let copies = bench.sent.filter { $0.bytes != first.first?.bytes }
        #expect(copies.isEmpty, "only copies of the first")
        bench.sent = first
        bench.answer()
        #expect(bench.answer().map(\.bodyText) == ["Messages-Waiting: yes\r\nVoice-Message: 4/0 (0/0)\r\n"])
    }

    @Test func expired() throws {
        let (bench, tag) = subscribed()
        bench.pass(.seconds(3599))
        #expect(bench.sent.isEmpty)
        bench.pass(.seconds(1))
        let notify = try #require(bench.answer().first)
        #expect(notify.state == "terminated;reason=timeout" && !notify.bodyText.isEmpty)
        #expect(bench.notifier.tableCount == 0)
        bench.receive(bench.request("SUBSCRIBE", sequence: 2, tag: tag, ["Event: message-summary"]))
        #expect(bench.takeSent() == "481")
    }

    @Test(arguments: [481, 404, 405, 489, 500, 604])
    func refusedForGood(_ status: Int) {
        let (bench, tag) = subscribed()
        bench.pass(.seconds(10))
        bench.update(box, count(3))
        bench.answer(status)
        #expect(bench.notifier.tableCount == 0)
        bench.receive(bench.request("SUBSCRIBE", sequence: 2, tag: tag, ["Event: message-summary"]))
        #expect(bench.takeSent() == "481")
    }

    @Test func noAnswerEndsIt() {
        let (bench, _) = subscribed()
        bench.pass(.seconds(10))
        bench.update(box, count(3))
        bench.pass(.seconds(31))
        #expect(bench.notifier.subscriptionCount == 1)
        bench.pass(.seconds(2))
        #expect(bench.notifier.tableCount == 0)
        bench.pass(.seconds(60))
        #expect(bench.agent.tableCounts.isEmpty)
    }

    @Test func refusedForNow() throws {
        let (bench, _) = subscribed()
        bench.pass(.seconds(10))
        bench.update(box, count(3))
        bench.answer(503, ["Retry-After: 20 (busy)"])
        bench.update(box, count(4))
        bench.pass(.seconds(19))
        #expect(bench.sent.isEmpty && bench.notifier.subscriptionCount == 1)
        bench.pass(.seconds(1))
        #expect(bench.answer().map(\.bodyText) == ["Messages-Waiting: yes\r\nVoice-Message: 4/0 (0/0)\r\n"])
    }

    @Test(
        arguments: [
            (SubscriptionState.Reason.noresource, nil, "terminated;reason=noresource"), (.rejected, nil, "terminated;reason=rejected"),
            (.probation, 30, "terminated;reason=probation;retry-after=30"), (.deactivated, nil, "terminated;reason=deactivated"),
        ] as [(SubscriptionState.Reason, UInt32?, String)])
    func closed(_ reason: SubscriptionState.Reason, _ retryAfter: UInt32?, _ text: String) {
        let (bench, _) = subscribed()
        bench.subscribe(call: "b")
        bench.answer()
        bench.close(box, reason, retryAfter: retryAfter)
        #expect(bench.answer().map(\.state) == [text, text])
        #expect(bench.notifier.tableCount == 0)
    }

    @Test func theTargetMoves() {
        let (bench, tag) = subscribed()
        bench.receive(
            bench.request("SUBSCRIBE", sequence: 2, tag: tag, contact: false, ["Event: message-summary", "Contact: <sip:x@192.0.2.7>"]))
        bench.sent.removeAll { $0.status != nil }
        #expect(bench.answer(200, ["Contact: <sip:y@192.0.2.8>"]).map(\.requestURIText) == ["sip:x@192.0.2.7"])
        bench.pass(.seconds(5))
        bench.update(box, count(9))
        #expect(bench.answer().map(\.requestURIText) == ["sip:y@192.0.2.8"])
    }

    @Test func whoIsNotWatchedIsForgotten() {
        let (bench, _) = subscribed()
        bench.update(.init(.messageSummary, "1002@example.com"), count(1))
        bench.update(.init(.conference, "1001@example.com"), count(1))
        #expect(bench.sent.isEmpty && bench.notifier.watchedResources == [box])
    }
}
