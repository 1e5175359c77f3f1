import Testing

@testable import CallControl

@Suite struct RoutingTableTests {
    private func route(_ pattern: String, _ scenario: String, _ inputs: [String: String] = [:]) throws -> Route {
        Route(pattern: try DialPattern(pattern), scenario: scenario, inputs: inputs)
    }

    @Test func theFirstRouteThatMatchesIsTaken() throws {
        let table = RoutingTable(
            routes: [try route("3000", "one"), try route("3XXX", "many"), try route("3000", "never")], defaultDomain: "d")
        #expect(table.match(table.identity(user: "3000", host: "d"))?.route.scenario == "one")
        #expect(table.match(table.identity(user: "3001", host: "d"))?.route.scenario == "many")
        #expect(table.match(table.identity(user: "4000", host: "d")) == nil)
        #expect(table.match(table.identity(user: "", host: "d")) == nil)
    }

    @Test func namedPartsFillTheInputs() throws {
        let inputs = ["box": "{box}", "greeting": "mailbox {box} of {kind}{kind}", "as-is": "{other}"]
        let table = RoutingTable(routes: [try route("{kind:[ab]}-{box:1XX}", "voicemail", inputs)], defaultDomain: "d")
        let match = try #require(table.match(table.identity(user: "b-123", host: "d")))
        #expect(match.inputs == ["box": "123", "greeting": "mailbox 123 of bb", "as-is": "{other}"])
    }

    @Test func whatIsDialledIsPutInOnceAndNotReadAgain() throws {
        // The order in which parts are put in must not matter, whatever the caller dials.
        let pattern = "{a:1}{b:2}{c:3}{d:4}{e:.}"
        let table = RoutingTable(routes: [try route(pattern, "s", ["x": "{e}"])], defaultDomain: "d")
        let dialled = "{a}{b}{c}{d}{e}"
        #expect(table.match(table.identity(user: "1234" + dialled, host: "d"))?.inputs == ["x": dialled])
    }

    @Test(arguments: [
        ("192.0.2.1", "home.example"), ("2001:db8::1", "home.example"), ("", "home.example"), ("localhost", "home.example"),
        ("Example.COM", "example.com"), ("home.example", "home.example"), ("1.example", "1.example"),
    ])
    func addressesStandForTheDefaultDomain(host: String, domain: String) {
        let table = RoutingTable(routes: [], defaultDomain: "home.example")
        let identity = table.identity(user: "100", host: host)
        #expect(identity == DialledIdentity(name: "100", domain: domain) && "\(identity)" == "100@\(domain)")
    }
}
