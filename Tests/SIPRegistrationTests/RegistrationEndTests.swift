import SIP
import SIPRegistration
import Testing
import Timing

/// Stopping, losing the connection, moving behind a NAT, and the flows of RFC 5626.
@Suite struct RegistrationEndTests {
    /// RFC 3261 §10.2.2: our own Contact alone is taken back.
    @Test func stopTakesTheBindingBack() throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.accept(["Service-Route: <sip:p.example;lr>"])
        trunk.stop()
        #expect(trunk.sent.last?.header("Expires") == "0")
        #expect(trunk.sent.last?.contacts == ["<sip:us@192.0.2.10:5060>;expires=0"])
        #expect(trunk.registration.state == .unregistering)
        try trunk.answer(200)
        #expect(trunk.registration.state == .stopped && trunk.registration.nextDeadline == nil)
        #expect(trunk.registration.report.serviceRoute.isEmpty)
    }

    @Test(arguments: [200, 403, 408, 423, 503, 302])
    func anyAnswerEndsIt(_ status: Int) throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.accept()
        trunk.stop()
        try trunk.answer(status, ["Min-Expires: 7200", "Contact: <sip:second.example>"])
        #expect(trunk.registration.state == .stopped && trunk.registration.nextDeadline == nil)
        #expect(trunk.sent.count == 2)
    }

    @Test func withoutABindingNothingIsSent() throws {
        var trunk = try Trunk()
        trunk.stop()
        #expect(trunk.registration.state == .stopped)
        trunk.start(after: .seconds(1))
        trunk.stop()
        #expect(trunk.sent.isEmpty && trunk.registration.state == .stopped && trunk.registration.nextDeadline == nil)
    }

    /// RFC 3261 §10.2: no second REGISTER before the first is answered.
    @Test func stopWaitsForTheAnswer() throws {
        var trunk = try Trunk()
        trunk.start()
        trunk.stop()
        #expect(trunk.sent.count == 1)
        try trunk.accept()
        #expect(trunk.sent.count == 2 && trunk.sent.last?.header("Expires") == "0")
        #expect(!trunk.states.contains { $0.isRegistered })
        try trunk.answer(200)
        #expect(trunk.registration.state == .stopped)
    }

    /// Silence may mean that the binding was made and the answer lost.
    @Test func stopAfterSilenceTakesBackToBeSure() throws {
        var trunk = try Trunk()
        trunk.start()
        trunk.stop()
        trunk.stayMute()
        #expect(trunk.sent.last?.header("Expires") == "0")
        trunk.stayMute()
        #expect(trunk.registration.state == .stopped)
        var refused = try Trunk()
        refused.start()
        refused.stop()
        try refused.answer(403)
        #expect(refused.sent.count == 1 && refused.registration.state == .stopped)
    }

    @Test func startsAgainUnderHigherNumbers() throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.accept()
        trunk.stop()
        try trunk.answer(200)
        trunk.start()
        #expect(trunk.sent.map(\.sequence) == [1, 2, 3])
        #expect(trunk.registration.state == .registering)
    }

    @Test func aLostConnectionIsMadeGoodAtOnce() throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.accept()
        trunk.loseConnection()
        #expect(trunk.sent.count == 2 && trunk.registration.state == .registering)
        // While asking, its own outcome comes.
        trunk.loseConnection()
        #expect(trunk.sent.count == 2)
        trunk.stayMute(.serviceUnavailable)
        // And while backing off, the back-off counts.
        trunk.loseConnection()
        #expect(trunk.sent.count == 2)
        #expect(trunk.passToNextDeadline().isWithin(30, 60))
    }

    @Test func strayAnswersAreIgnored() throws {
        var trunk = try Trunk()
        try trunk.answer(200)
        #expect(trunk.registration.state == .idle && trunk.states.isEmpty)
        trunk.start()
        try trunk.accept()
        let state = trunk.registration.state
        try trunk.answer(403)
        #expect(trunk.registration.state == state)
        _ = trunk.passToNextDeadline()
        // The answer to an earlier one.
        trunk.run { $0.receive(.forbidden, nil, sequence: 1, reason: "", at: $1, into: &$2) }
        #expect(trunk.registration.state == state && trunk.registration.report.failures == 0)
        try trunk.answer(183)
        #expect(trunk.registration.state == state)
    }

    @Test func followsTheAddressSeenFromOutside() throws {
        var trunk = try Trunk { $0.followsSeenAddress = true }
        trunk.start()
        try trunk.accept(via: ";received=203.0.113.7;rport=40000")
        let moved = try #require(trunk.sent.last)
        #expect(moved.contacts == ["<sip:us@203.0.113.7:40000>;expires=3600", "<sip:us@192.0.2.10:5060>;expires=0"])
        // A NAT that gives another port each time must not make a storm.
        try trunk.answer(200, ["Contact: <sip:us@203.0.113.7:40000>;expires=600"], via: ";received=203.0.113.7;rport=40001")
        #expect(trunk.sent.count == 2 && trunk.registration.state.isRegistered)
        #expect(trunk.passToNextDeadline().isWithin(486, 540))
        #expect(trunk.sent.last?.contacts == ["<sip:us@203.0.113.7:40000>;expires=3600"])
        try trunk.answer(200, ["Contact: <sip:us@203.0.113.7:40000>;expires=600"], via: ";received=203.0.113.7;rport=40000")
        #expect(trunk.sent.count == 3)
        trunk.stop()
        #expect(trunk.sent.last?.contacts == ["<sip:us@203.0.113.7:40000>;expires=0"])
    }

    @Test(arguments: ["", ";rport", ";received=192.0.2.10;rport=5060", ";received=nonsense;rport=0", ";rport=99999"])
    func staysWhereNothingNewIsSeen(_ via: String) throws {
        var trunk = try Trunk { $0.followsSeenAddress = true }
        trunk.start()
        try trunk.accept(via: via)
        #expect(trunk.sent.count == 1)
        var still = try Trunk()
        still.start()
        try still.accept(via: ";received=203.0.113.7;rport=40000")
        #expect(still.sent.count == 1, "only when asked to")
    }

    /// RFC 5626 §4.2: instance and reg-id in the Contact, and found again whatever its URI has become.
    @Test func registersAFlow() throws {
        var trunk = try Trunk { $0.outbound = .init(instance: "urn:uuid:00000000-0000-1000-8000-000A95A0E128", flow: 2) }
        trunk.start()
        let instance = "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\""
        #expect(trunk.sent.last?.contacts == ["<\(Trunk.contact)>;reg-id=2;\(instance);expires=3600"])
        #expect(trunk.sent.last?.header("Supported") == "path, outbound")
        try trunk.answer(
            200,
            [
                "Contact: <sip:us@10.9.9.9>;reg-id=1;\(instance);expires=50, <sip:x@10.9.9.9>;reg-id=2;\(instance);expires=70",
                "Require: outbound",
            ])
        #expect(trunk.registration.report.registeredUntil == trunk.now + .seconds(70))
        #expect(trunk.registration.report.otherBindings == 1)
    }

    /// Whatever happens in whatever order: no trap, one REGISTER at a time, numbers that grow, and in the end no timer.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func randomWalk(_ seed: UInt64) throws {
        print("registration walk seed \(seed)")
        let random = Counter(seed)
        func draw(_ limit: UInt64) -> Int { Int(random.next() % limit) }
        let statuses = [200, 200, 200, 301, 302, 401, 403, 404, 408, 423, 480, 500, 503]
        let headers = [
            "Contact: <\(Trunk.contact)>;expires=100", "Contact: <sip:a@b>;expires=7", "Contact: *", "Expires: 0",
            "Min-Expires: 7200", "Retry-After: 3", "Service-Route: <sip:p;lr>", "Service-Route: x", "Path: ,", "Flow-Timer: 0",
        ]
        for _ in 0..<300 {
            var trunk = try Trunk(seed: random.next()) { $0.followsSeenAddress = draw(2) == 0 }
            for _ in 0..<40 {
                let before = trunk.sent.count
                switch draw(8) {
                case 0: trunk.start(after: .seconds(draw(3)))
                case 1: trunk.stop()
                case 2: trunk.loseConnection()
                case 3: _ = trunk.passToNextDeadline()
                case 4:
                    trunk.now = trunk.now + .seconds(draw(300))
                    trunk.run { $0.fire(at: $1, into: &$2) }
                case 5:
                    trunk.stayMute(draw(2) == 0 ? .requestTimeout : .serviceUnavailable)
                default:
                    let chosen = Set((0..<draw(4)).map { _ in headers[draw(UInt64(headers.count))] }).filter {
                        $0 != "Expires: 0" || draw(2) == 0
                    }
                    let via = draw(2) == 0 ? ";received=203.0.113.\(draw(9));rport=\(draw(70_000))" : ""
                    try trunk.answer(statuses[draw(UInt64(statuses.count))], chosen.sorted(), via: via, tries: UInt32(draw(3)))
                }
                #expect(trunk.sent.count <= before + 1)
                #expect(zip(trunk.sent, trunk.sent.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
                let isSettled = trunk.registration.state == .idle || trunk.registration.state == .stopped
                #expect((trunk.registration.nextDeadline == nil) == isSettled)
                #expect(zip(trunk.states, trunk.states.dropFirst()).allSatisfy { $0 != $1 }, "a state is told once")
            }
            trunk.stop()
            for _ in 0..<4 where trunk.registration.state != .stopped { _ = trunk.passToNextDeadline() }
            #expect(trunk.registration.state == .stopped && trunk.registration.nextDeadline == nil)
        }
    }
}
