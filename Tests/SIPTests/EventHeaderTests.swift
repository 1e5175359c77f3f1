import SIP
import Testing

@Suite struct EventHeaderTests {
    @Test(
        arguments: [
            ("message-summary", "message-summary", nil), ("conference;id=7", "conference", "7"),
            (" presence.winfo ; ID = a.b ", "presence.winfo", "a.b"),
            ("refer;x=y;id=93809824", "refer", "93809824"), ("refer;x", "refer", nil),
        ] as [(String, String, String?)])
    func read(_ text: String, _ package: String, _ id: String?) throws {
        #expect(try EventHeader.parse(text) == EventHeader(package: package, id: id))
    }

    @Test(arguments: ["", " ", ";id=1", "a b", "a;id=", "a;id=\"x\"", "a,b", "a;id=x;", "ä"])
    func broken(_ text: String) {
        #expect(throws: SIPParseError.self) { try EventHeader.parse(text) }
    }

    @Test(arguments: ["message-summary", "refer;id=12"])
    func writtenAgain(_ text: String) throws {
        #expect(try EventHeader.parse(text).text == text)
    }

    @Test(arguments: [("Event: conference", "conference"), ("o: refer;id=1", "refer;id=1"), ("EVENT:\n  refer", "refer")])
    func inMessages(_ line: String, _ text: String) throws {
        #expect(try SIPMessage.parse(retargeted([line])).event()?.text == text)
    }

    @Test func absentIsNil() throws {
        let message = try SIPMessage.parse(retargeted([]))
        #expect(try message.event() == nil && message.allowedEvents() == nil)
    }

    /// RFC 6665 §8.2.1: a message has one.
    @Test func twiceIsAnError() {
        #expect(throws: SIPParseError.self) { try SIPMessage.parse(retargeted(["Event: a", "Event: b"])) }
    }

    @Test(arguments: [
        (["Allow-Events: message-summary, conference"], ["message-summary", "conference"]),
        (["u: a", "Allow-Events: b ,c"], ["a", "b", "c"]),
        (["Allow-Events:"], []),
    ])
    func allowEvents(_ lines: [String], _ events: [String]) throws {
        #expect(try SIPMessage.parse(retargeted(lines)).allowedEvents() == events)
    }

    @Test func brokenAllowEvents() {
        #expect(throws: SIPParseError.self) { try SIPMessage.parse(retargeted(["Allow-Events: a b"])).allowedEvents() }
    }
}
