import SIP
import Testing
import Timing

@testable import SIPDialogs
@testable import SIPEvents

@Suite struct ReferProgressTests {
    /// A REFER of ours that was sent outside of any dialog, and its progress.
    final class Scene {
        let bench = EventBench()
        var progress: ReferProgress
        let refer: SIPMessage
        private var sequence = 0

        init(patience: Duration = .seconds(120)) throws {
            let bench = bench
            var handle: RequestHandle?
            bench.run { bench, agent, _, outputs in
                let user = SIPURI(user: "1001", host: "example.com")
                handle = agent.send(
                    OutgoingRequest(
                        .refer, target: user, from: NameAddress(uri: SIPURI(user: "ivr", host: "example.com")), to: NameAddress(uri: user),
                        flow: EventBench.peer,
                        headers: ReferProgress.headers(referTo: ReferTo(target: SIPURI(user: "1002", host: "example.com")))),
                    at: bench.now, into: &outputs)
            }
            progress = ReferProgress(sent: try #require(handle), patience: patience, at: bench.now)
            refer = try #require(bench.sent.first)
            bench.sent = []
        }

        /// Answers the REFER; a 2xx makes a dialog, which is adopted.
        func answer(_ status: Int, _ headers: [String] = []) throws {
            var bytes = EventBench.response(to: refer, status, headers + ["Contact: <sip:1001@192.0.2.1:5061>"])
            bytes = Array(
                String(decoding: bytes, as: UTF8.self).replacing(
                    "To: <sip:1001@example.com>", with: "To: <sip:1001@example.com>;tag=theirs"
                ).utf8)
            bench.receive(bytes)
            take()
            if status < 300 {
                let envelope = try refer.envelope()
                bench.agent.adopt(DialogIdentifier(of: envelope))
            }
        }

        func take() {
            let events = bench.events
            bench.events = []
            bench.run { bench, agent, _, outputs in
                for event in events {
                    switch event {
                    case .responded(let handle, let outcome):
                        let isTaken = progress.responded(handle, outcome, at: bench.now)
                        #expect(isTaken)
                    case .requested(let handle, let request):
                        if progress.matches(request) {
                            progress.receive(handle, request, at: bench.now, through: &agent, into: &outputs)
                        } else {
                            agent.respond(to: handle, .noSuchCall, at: bench.now, into: &outputs)
                        }
                    default: break
                    }
                }
            }
        }

        /// What a NOTIFY is answered.
        func notify(_ state: String?, _ body: String, event: String = "refer", type: String = "message/sipfrag") throws -> String {
            sequence += 1
            let envelope = try refer.envelope()
            let headers =
                ["Event: \(event)"] + (state.map { ["Subscription-State: \($0)"] } ?? []) + (body.isEmpty ? [] : ["Content-Type: \(type)"])
            var text = String(
                decoding: bench.request("NOTIFY", sequence: sequence, tag: envelope.fromTag, headers, body: body), as: UTF8.self)
            text = text.replacing("Call-ID: a@example.com", with: "Call-ID: \(envelope.callID)")
            bench.receive(Array(text.utf8))
            take()
            return bench.takeSent()
        }

        func pass(_ duration: Duration) {
            bench.pass(duration)
            take()
            progress.fire(at: bench.now)
        }
    }

    @Test func done() throws {
        let scene = try Scene()
        #expect(scene.refer.values(of: .referTo) == ["<sip:1002@example.com>"])
        #expect(try scene.refer.addresses(of: .contact).count == 1)
        try scene.answer(200)
        #expect(try scene.notify("active;expires=60", "SIP/2.0 100 Trying\r\n") == "200" && scene.progress.outcome == nil)
        #expect(try scene.notify("active;expires=60", "SIP/2.0 180 Ringing\r\n") == "200" && scene.progress.latest?.status == .ringing)
        #expect(try scene.notify("terminated;reason=noresource", "SIP/2.0 200 OK\r\n") == "200")
        #expect(scene.progress.outcome == .done && scene.progress.nextDeadline == nil)
        // What comes late is answered, and changes nothing.
        #expect(try scene.notify("terminated", "SIP/2.0 486 Busy Here\r\n") == "200" && scene.progress.outcome == .done)
    }

    /// The NOTIFYs (`state|first line`), and what is known then.
    @Test(
        arguments: [
            (["terminated;reason=noresource|SIP/2.0 486 Busy Here"], .failed(.busyHere)), (["active;expires=9|SIP/2.0 200 OK"], .done),
            (["active|SIP/2.0 100 Trying", "terminated;reason=noresource|SIP/2.0 503 X"], .failed(.serviceUnavailable)),
            (["terminated;reason=noresource|SIP/2.0 100 Trying"], .lost(.noresource)), (["terminated|"], .lost(nil)),
            (["terminated;reason=timeout|SIP/2.0 180 Ringing"], .timeout), (["terminated;reason=rejected|"], .lost(.rejected)),
            (["terminated;expires=60;reason=noresource|SIP/2.0 486 Busy Here"], .failed(.busyHere)), (["pending|"], nil),
            (["active;expires=60|", "active;expires=60|"], nil),
        ] as [([String], ReferProgress.Outcome?)])
    func outcomes(_ notifies: [String], _ outcome: ReferProgress.Outcome?) throws {
        for answersFirst in [true, false] {
            let scene = try Scene()
            // A NOTIFY may overtake the answer (RFC 3515 §2.4.4), here within a dialog that is known already.
            if !answersFirst { scene.bench.agent.adopt(DialogIdentifier(of: try scene.refer.envelope())) }
            if answersFirst { try scene.answer(202) }
            for notify in notifies {
                let parts = notify.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
                #expect(try scene.notify(parts[0], parts[1]) == "200")
            }
            if !answersFirst { try scene.answer(200) }
            #expect(scene.progress.outcome == outcome)
        }
    }

    @Test(arguments: [603, 403, 481, 500, 302])
    func refused(_ status: Int) throws {
        let scene = try Scene()
        try scene.answer(status)
        #expect(scene.progress.outcome == .refused(try #require(StatusCode(status))))
    }

    @Test func notAnswered() throws {
        let scene = try Scene()
        scene.pass(.seconds(33))
        #expect(scene.progress.outcome == .refused(.requestTimeout))
    }

    @Test func withoutSubscription() throws {
        let scene = try Scene()
        try scene.answer(200, ["Refer-Sub: false"])
        #expect(scene.progress.outcome == .unobserved)
    }

    @Test func noNotifyInTime() throws {
        let scene = try Scene()
        try scene.answer(202)
        scene.pass(.seconds(31))
        #expect(scene.progress.outcome == nil)
        scene.pass(.seconds(1))
        #expect(scene.progress.outcome == .timeout)
    }

    @Test func noNotifyBeforeTheSubscriptionEnds() throws {
        let scene = try Scene()
        try scene.answer(202)
        _ = try scene.notify("active;expires=60", "SIP/2.0 100 Trying\r\n")
        scene.pass(.seconds(64))
        #expect(scene.progress.outcome == nil)
        scene.pass(.seconds(1))
        #expect(scene.progress.outcome == .timeout)
    }

    @Test func patienceEnds() throws {
        let scene = try Scene(patience: .seconds(90))
        try scene.answer(202)
        for _ in 0..<9 {
            #expect(scene.progress.outcome == nil)
            _ = try scene.notify("active;expires=4294967295", "SIP/2.0 180 Ringing\r\n")
            scene.pass(.seconds(10))
        }
        #expect(scene.progress.outcome == .timeout)
    }

    @Test func brokenNotifiesAreAnswered() throws {
        let scene = try Scene()
        try scene.answer(200)
        #expect(try scene.notify(nil, "SIP/2.0 200 OK") == "400")
        #expect(try scene.notify("a b", "SIP/2.0 200 OK") == "400")
        #expect(try scene.notify("active", "nonsense") == "400")
        #expect(try scene.notify("active", "SIP/2.0 200 OK", type: "text/plain") == "415")
        #expect(try scene.notify("active", "SIP/2.0 200 OK", event: "presence") == "481")
        #expect(try scene.notify("active", "SIP/2.0 200 OK", event: "refer;id=2") == "481")
        #expect(scene.progress.outcome == nil)
        #expect(try scene.notify("active", "SIP/2.0 200 OK", event: "refer;id=1") == "200" && scene.progress.outcome == .done)
    }

    @Test func headers() {
        let (referTo, referredBy) = (
            ReferTo(target: SIPURI(user: "1", host: "h")), ReferredBy(NameAddress(uri: SIPURI(user: "2", host: "h")))
        )
        func text(_ headers: [(String, String)]) -> [String] { headers.map { "\($0): \($1)" } }
        #expect(
            text(ReferProgress.headers(referTo: referTo, referredBy: referredBy, wantsProgress: false)) == [
                "Refer-To: <sip:1@h>", "Referred-By: <sip:2@h>", "Refer-Sub: false", "Supported: norefersub",
            ])
    }
}

extension DialogIdentifier {
    /// The dialog of a REFER of ours whose 2xx has the tag `theirs`.
    fileprivate init(of envelope: Envelope) {
        self.init(callID: envelope.callID, localTag: envelope.fromTag, remoteTag: "theirs")
    }
}
