import SIP
import SIPRegistration
import Testing
import Timing

@Suite struct RegistrationTests {
    /// RFC 3261 §10.2: the parts of a REGISTER.
    @Test func asks() throws {
        var trunk = try Trunk { $0.routes = ["<sip:edge.example;lr>"] }
        trunk.start()
        let request = try #require(trunk.sent.first)
        #expect(request.target.text == "sip:registrar.example")
        #expect(request.from.uri.text == "sip:us@registrar.example" && request.from.tag?.isEmpty == false)
        #expect(request.to.uri.text == "sip:us@registrar.example" && request.to.tag == nil)
        #expect(request.contacts == ["<sip:us@192.0.2.10:5060>;expires=3600"])
        #expect(request.header("Expires") == "3600")
        #expect(request.header("Supported") == "path")
        #expect(request.routes == ["<sip:edge.example;lr>"])
        #expect(request.sequence == 1 && request.callID.hasSuffix("@192.0.2.10"))
        #expect(trunk.states == [.registering])
    }

    @Test func refreshesInTimeWithTheSameCallIDAndAGrowingNumber() throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.accept(expires: 1_000)
        #expect(trunk.registration.state == .registered(until: trunk.now + .seconds(1_000)))
        #expect(trunk.passToNextDeadline().isWithin(810, 900))
        #expect(trunk.sent.map(\.sequence) == [1, 2])
        #expect(Set(trunk.sent.map(\.callID)).count == 1 && Set(trunk.sent.map { $0.from.tag }).count == 1)
        // §10.2: by one for each, and the tries with credentials count.
        try trunk.answer(200, ["Contact: <\(Trunk.contact)>", "Expires: 60"], tries: 1)
        #expect(trunk.passToNextDeadline().isWithin(27, 30))
        #expect(trunk.sent.last?.sequence == 4)
        #expect(trunk.states.count == 3, "a refresh that goes well changes the time alone")
    }

    @Test(
        arguments: [
            (["Contact: <sip:us@192.0.2.10:5060>;expires=120"], 120, 0),
            (["Contact: <sip:other@h>;expires=5, <sip:us@192.0.2.10:5060>;expires=\"90\", <sip:third@h>;expires=9"], 90, 2),
            (["Contact: <sip:us@192.0.2.10:5060>", "Expires: 77"], 77, 0),
            (["Contact: <sip:%75s@192.0.2.10:5060;ob>;expires=88"], 88, 0),
            (["Contact: <sip:us@192.0.2.10:5060>;expires=many", "Expires: 78"], 78, 0),
            (["Contact: <sip:us@192.0.2.10:5060>"], 3_600, 0), (["Expires: 66"], 66, 0), ([], 3_600, 0),
            (["Contact: <sip:us@203.0.113.1:1024>;expires=55"], 55, 0), (["Contact: *"], 3_600, 0), (["Contact: <broken"], 3_600, 0),
            (["Contact: <sip:a@h>;expires=1, <sip:b@h>;expires=2", "Expires: 44"], 44, 2),
            (["Contact: <sip:us@192.0.2.10:5060>;expires=99999999999999999999"], 604_800, 0),
        ] as [([String], Int64, Int)])
    func findsItsOwnBinding(_ headers: [String], _ seconds: Int64, _ others: Int) throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.answer(200, headers)
        #expect(trunk.registration.report.registeredUntil == trunk.now + .seconds(seconds))
        #expect(trunk.registration.report.otherBindings == others)
        #expect(trunk.sent.count == 1)
    }

    @Test func keepsServiceRouteAndPath() throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.accept([
            "Service-Route: <sip:p1.example;lr>, <sip:p2.example;lr;x=a>", "Service-Route: <sips:p3.example;lr>",
            "Path: <sip:edge.example;lr>", "Flow-Timer: 120", "Record-Route: <sip:rr.example;lr>",
        ])
        let report = trunk.registration.report
        #expect(report.serviceRoute.count == 3 && report.serviceRoute.last == "<sips:p3.example;lr>")
        #expect(report.path == ["<sip:edge.example;lr>"])
        #expect(report.keepAlive == .seconds(120))
        // RFC 3608 §5: each answer replaces what was known; one that cannot be read is none.
        _ = trunk.passToNextDeadline()
        // RFC 3261 §10.2: Record-Route means nothing to a REGISTER.
        #expect(trunk.sent.last?.routes == trunk.sent.first?.routes && trunk.registration.report.serviceRoute.count == 3)
        try trunk.accept(["Service-Route: <sip:p1.example;lr>, nonsense"])
        #expect(trunk.registration.report.serviceRoute.isEmpty)
        #expect(trunk.registration.report.path.isEmpty)
    }

    /// RFC 3261 §10.2.8.
    @Test func asksForLongerWhenTold() throws {
        var trunk = try Trunk { $0.expires = 60 }
        trunk.start()
        try trunk.answer(423, ["Min-Expires: 300"])
        #expect(trunk.sent.map { $0.header("Expires") } == ["60", "300"])
        try trunk.answer(423, ["Min-Expires: 600"])
        #expect(trunk.sent.count == 2, "once in a try")
        #expect(trunk.passToNextDeadline().isWithin(900, 1_800))
    }

    @Test(arguments: [[], ["Min-Expires: 30"], ["Min-Expires: x"], ["Min-Expires: 4294967295"]])
    func aFoolishMinimumIsARefusal(_ headers: [String]) throws {
        var trunk = try Trunk { $0.expires = 60 }
        trunk.start()
        try trunk.answer(423, headers)
        #expect(trunk.sent.count == 1)
        #expect(trunk.registration.report.lastFailure?.status?.code == 423)
    }

    @Test func followsARedirectionForOneTry() throws {
        var trunk = try Trunk()
        trunk.start()
        try trunk.answer(302, ["Contact: <tel:+1>, <sip:us@second.example;transport=tcp?X=1>;expires=60"])
        #expect(trunk.sent.last?.target.text == "sip:second.example;transport=tcp")
        #expect(trunk.sent.last?.to.uri.text == "sip:us@registrar.example")
        // Round in circles: not again to where it was.
        try trunk.answer(301, ["Contact: <sip:registrar.example>"])
        #expect(trunk.sent.count == 2)
        _ = trunk.passToNextDeadline()
        #expect(trunk.sent.last?.target.text == "sip:registrar.example")
    }

    @Test func redirectionsEnd() throws {
        var trunk = try Trunk()
        trunk.start()
        for number in 0..<20 { try trunk.answer(302, ["Contact: <sip:h\(number).example>"]) }
        #expect(trunk.sent.count == 5)
    }

    @Test func neverFromSIPSDownToSIP() throws {
        var trunk = try Trunk { $0.registrar.scheme = .sips }
        trunk.start()
        try trunk.answer(302, ["Contact: <sip:second.example>"])
        #expect(trunk.sent.count == 1)
    }

    @Test func startsWithADelay() throws {
        var trunk = try Trunk()
        trunk.start(after: .seconds(4))
        #expect(trunk.sent.isEmpty)
        #expect(trunk.passToNextDeadline() == .seconds(4))
        #expect(trunk.sent.count == 1)
        trunk.start()
        #expect(trunk.sent.count == 1, "already started")
    }
}
