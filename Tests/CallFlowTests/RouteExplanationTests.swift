import SIP
import Testing

@testable import CallControl

@Suite struct RouteExplanationTests {
    private func explain(_ text: String) throws -> RouteExplanation {
        try RouteExplanation(Array(text.utf8), by: ProxiedInvite.table())
    }

    @Test func mailbox() throws {
        let invite = ProxiedInvite("sip:voicemail@192.0.2.10;target=sip:1001%40pbx.example;cause=486", "Diversion: <sip:1002@home>")
        let expected = """
            INVITE sip:voicemail@192.0.2.10;target=sip:1001%40pbx.example;cause=486
              dialled   voicemail@home
              route     voicemail -> voicemail-leave
              mailbox   1001@home, by target
              greeting  busy: cause 486 (user busy) by target
              scenario  voicemail-leave
              inputs    box = 1001
                        greeting = busy
              rules       number        the route's pattern has no part {box:…}
                        * target        `target` is sip:1001@pbx.example
                          history-info  not needed, target came first
                          diversion     not needed, target came first
                          to            not among the rules of this route
                          header        not among the rules of this route
            """
        #expect(try explain(invite.text).text == expected)
    }

    @Test func json() throws {
        let invite = ProxiedInvite("sip:1001@home", "Diversion: <sip:1001@home>;reason=user-busy")
        #expect(
            try explain(invite.text).json == """
                {"request_uri":"sip:1001@home","dialled":"1001@home","route":"{box:100[1-9]}","scenario":"voicemail-leave",\
                "inputs":{"box":"1001","greeting":"busy"},"mailbox":"1001@home","rule":"number","greeting":"busy",\
                "greeting_why":"cause 486 (user busy) by diversion","rules":[{"rule":"number","won":true,"why":"the Request-URI's user names it"},\
                {"rule":"target","won":false,"why":"not needed, number came first"},\
                {"rule":"history-info","won":false,"why":"not needed, number came first"},\
                {"rule":"diversion","won":false,"why":"not needed, number came first"},\
                {"rule":"to","won":false,"why":"not among the rules of this route"},\
                {"rule":"header","won":false,"why":"not among the rules of this route"}],"status":null}
                """)
    }

    @Test func refusals() throws {
        let unknown = try explain(ProxiedInvite("sip:9999@home").text)
        #expect(unknown.text.hasSuffix("  refused   404: none of the 5 routes matches `9999`") && unknown.json.hasSuffix("\"status\":404}"))
        let nobody = try explain(ProxiedInvite("sip:voicemail@home").text)
        #expect(nobody.text.contains("  refused   404: no rule of the route names a mailbox\n") && nobody.json.contains("\"status\":404"))
        let plain = try explain(ProxiedInvite("sip:606@home").text)
        #expect(plain.decision.match?.route.scenario == "busy" && plain.decision.search == nil && !plain.text.contains("rules"))
    }

    /// As editors and traces leave it.
    @Test func spellingsOfAFile() throws {
        let text = ProxiedInvite("sip:1001@home", "Subject: x", " folded").text
        let lines = text.replacing("\r\n", with: "\n")
        let spellings = [
            text, lines, "\n \n" + lines, lines.replacing("Content-Length: 0", with: "Content-Length: 512") + "v=0\nm=audio",
            lines.replacing("Content-Length: 0", with: "l : 7"), String(lines.dropLast(2)), lines + String(repeating: "x", count: 40_000),
        ]
        for spelling in spellings {
            let explanation = try explain(spelling)
            #expect(explanation.decision.match?.mailbox?.identity.name == "1001" && explanation.objection == nil)
        }
    }

    /// A message that lacks what every request needs is routed for the reader and refused by the server.
    @Test func whatTheServerWouldRefuse() throws {
        let explanation = try explain("INVITE sip:1001@home SIP/2.0\nTo: <sip:a@b>\n")
        #expect(explanation.objection?.status == .badRequest && explanation.text.contains("refused   400 before any route"))
        #expect(try explain("INVITE sip:1001@home SIP/2.0\nTo: <sip:a@b>\nbroken\n").objectionLine == 3)
        #expect(explanation.json.contains("\"objection\":\"Missing Via header\"") && explanation.json.hasSuffix("\"status\":400}"))
    }

    @Test(
        arguments: [
            ("", "empty"), ("\n\n  \n", "empty"), ("hello", "no request line: hello"), ("INVITE sip:1001@home", "no request line"),
            ("SIP/2.0 200 OK\n\n", "a response"),
            ("BYE sip:1001@home SIP/2.0\n\n", "a BYE"), ("INVITE\n\n", "no request line"), ("INVITE SIP/2.0\n\n", "cannot be read"),
            ("INVITE sip:@home SIP/2.0\n\n", "cannot be read"), ("\n  indented sip:1@h SIP/2.0\n\n", "line 1"),
            (String(repeating: "x", count: 70_000), "larger"),
        ])
    func unreadable(_ text: String, _ why: String) {
        let error = #expect(throws: RouteExplanation.Unreadable.self) { try explain(text) }
        #expect(error?.description.contains(why) == true, "\(error?.description ?? "")")
    }
}
