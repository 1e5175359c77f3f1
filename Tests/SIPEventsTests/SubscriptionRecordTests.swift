import Foundation
import SIP
import SIPDialogs
import SIPEvents
import Testing
import Timing

/// Subscriptions outlive a restart, and do not all speak at once after it.
@Suite struct SubscriptionRecordTests {
    private let start: Int64 = 1_800_000_000

    private func saved(_ bench: EventBench) throws -> [SubscriptionRecord] {
        let records = bench.notifier.records(at: bench.now, unixTime: start)
        return try JSONDecoder().decode([SubscriptionRecord].self, from: JSONEncoder().encode(records))
    }

    private func restored(_ records: [SubscriptionRecord], after seconds: Int64 = 0, window: Duration = .zero) -> (EventBench, Int) {
        let bench = EventBench(seed: 99)
        var count = 0
        bench.run { bench, agent, notifier, _ in
            count = notifier.restore(records, spreadOver: window, at: bench.now, unixTime: start + seconds, through: &agent)
        }
        for case .watched(let resource) in bench.notifier.takeNotices() {
            bench.update(resource, .messageSummary(MessageSummary(new: 5, old: 0)))
        }
        return (bench, count)
    }

    @Test func theDialogGoesOn() throws {
        let before = EventBench()
        before.receive(before.request("SUBSCRIBE", ["Event: message-summary;id=7", "Record-Route: <sip:192.0.2.5;lr;x=y>, <sip:p2;lr>"]))
        let tag = try before.sent[0].envelope().toTag
        before.answer()
        before.pass(.seconds(600))
        let (after, count) = restored(try saved(before), after: 100)
        #expect(count == 1 && after.notifier.subscriptionCount == 1)
        after.pass(.milliseconds(1))
        let notify = try #require(after.answer().first)
        #expect(notify.state == "active;expires=2900")
        #expect(notify.bodyText == "Messages-Waiting: yes\r\nVoice-Message: 5/0 (0/0)\r\n")
        let envelope = try notify.envelope()
        #expect(envelope.fromTag == tag && envelope.toTag == "theirs" && envelope.callID == "a@example.com")
        #expect(envelope.cseq.number == 100_002 && notify.value(of: .event) == "message-summary;id=7")
        #expect(notify.values(of: .route) == ["<sip:192.0.2.5;lr;x=y>", "<sip:p2;lr>"])
        #expect(notify.requestURIText == "sip:1001@192.0.2.1:5061")
        // And in the other direction.
        #expect(after.subscribe(sequence: 2, tag: tag, event: "message-summary;id=7") == tag && after.takeSent() == "NOTIFY")
        after.receive(after.request("SUBSCRIBE", sequence: 2, tag: tag, ["Event: message-summary;id=7"]))
        #expect(after.takeSent() == "500", "the numbers of his are remembered too")
    }

    @Test func theStartIsSpread() throws {
        let before = EventBench()
        for number in 0..<200 { before.subscribe(call: "c\(number)") }
        before.answer()
        let (after, count) = restored(try saved(before), window: .seconds(20))
        #expect(count == 200)
        var counts: [Int] = []
        for _ in 0..<20 {
            var count = 0
            // Answered before the first repetition.
            for _ in 0..<4 {
                after.pass(.milliseconds(250))
                count += after.answer().count
            }
            counts.append(count)
        }
        #expect(counts.reduce(0, +) == 200 && (counts.max() ?? 0) < 40 && (counts.min() ?? 0) > 0, "\(counts)")
    }

    @Test func whatExpiredMeanwhileIsDropped() throws {
        let before = EventBench()
        before.subscribe(expires: 600)
        before.subscribe(call: "b", expires: 60)
        before.answer()
        let records = try saved(before)
        #expect(restored(records, after: 60).1 == 1 && restored(records, after: 600).1 == 0)
        // The clock was set back: the subscription becomes no longer than any.
        let (bench, count) = restored(records, after: -10_000_000)
        #expect(count == 2)
        bench.pass(.milliseconds(1))
        #expect(bench.answer().map(\.state) == ["active;expires=86400", "active;expires=86400"])
    }

    @Test func whatEndsIsNotSaved() throws {
        let bench = EventBench()
        let tag = bench.subscribe()
        bench.subscribe(sequence: 2, tag: tag, expires: 0)
        #expect(try saved(bench).isEmpty)
    }

    @Test func whenToSave() {
        let bench = EventBench()
        var last = bench.notifier.revision
        func hasChanged() -> Bool {
            defer { last = bench.notifier.revision }
            return bench.notifier.revision != last
        }
        let tag = bench.subscribe()
        #expect(hasChanged())
        bench.answer()
        #expect(!hasChanged())
        bench.subscribe(sequence: 2, tag: tag)
        #expect(hasChanged())
        bench.answer()
        bench.pass(.seconds(3600))
        bench.answer()
        #expect(hasChanged())
    }

    /// Records come from a file that anybody may have written into.
    @Test func brokenRecordsAreDropped() throws {
        let before = EventBench()
        before.subscribe()
        before.answer()
        let record = try #require(try saved(before).first)
        let changes: [(inout SubscriptionRecord) -> Void] = [
            { $0.dialog.callID = "" }, { $0.dialog.callID = "a b" }, { $0.dialog.localTag = "x" }, { $0.dialog.remoteTag = "" },
            { $0.dialog.localAddress = "" }, { $0.dialog.remoteAddress = "<" }, { $0.dialog.localSequence = .max },
            { $0.dialog.localSequence = 1 << 31 - 1 }, { $0.dialog.remoteTarget = "" }, { $0.dialog.remoteTarget = "tel:+1" },
            { $0.dialog.routes = ["x y"] }, { $0.dialog.routes = ["<tel:+1>"] }, { $0.dialog.transport = "sctp" },
            { $0.dialog.remoteHost = "not an address" }, { $0.expiry = .min }, { $0.expiry = 0 }, { $0.eventID = "a;b" },
        ]
        for (index, change) in changes.enumerated() {
            var broken = record
            change(&broken)
            #expect(restored([broken]).1 == 0, "change \(index)")
        }
        var twice = record
        twice.expiry = .max
        #expect(restored([record, twice, record]).1 == 1)
        var odd = record
        odd.version = .max
        odd.dialog.listener = -7
        odd.dialog.remoteSequence = .max
        #expect(restored([odd]).1 == 1)
    }

    /// Over a stream the connection is gone: it is opened anew to where the next hop listens.
    @Test(arguments: [
        ("tcp", "<sip:192.0.2.9;transport=tcp;lr>", "192.0.2.9:5060", []), ("tcp", "<sip:192.0.2.9:5070;lr>", "192.0.2.9:5070", []),
        ("tls", "<sip:[2001:db8::1];lr>", "[2001:db8::1]:5061", ["2001:db8::1"]),
        ("tls", "<sip:Proxy.Example.com;lr>", "192.0.2.1:5061", ["proxy.example.com"]),
        ("udp", "<sip:192.0.2.9;lr>", "192.0.2.1:5061", []),
    ])
    func flows(_ transport: String, _ route: String, _ remote: String, _ names: [String]) throws {
        let before = EventBench()
        before.subscribe()
        var record = try #require(try saved(before).first).dialog
        record.transport = transport
        record.routes = [route]
        let flow = try Dialog(record, sequenceLeap: 0).flow
        #expect(flow.remote.description == remote && flow.peerNames == names && flow.connection == nil)
    }
}
