import Findings
import Scenarios
import Testing

/// Headers of the INVITE in expressions, and headers that steps add.
@Suite struct HeaderTests {
    private static let facts = CallFacts(
        caller: "412", called: "100", callID: "x", transport: "TLS", peer: "192.0.2.7",
        headers: ["x-ticket": "T 17", "x-empty": "", "x-long": String(repeating: "ä", count: 3_000)])

    private func logs(_ steps: String, more: String = "") throws -> [String] { try LiveCall(steps, more: more, call: Self.facts).logs }

    @Test func headersAreRead() throws {
        let steps = """
                - set: {t: header('X-Ticket')}
                - log: "{t}"
                - if: header("x-TICKET") == 'T 17' and header('X-Other') == '' and header('X-Empty') == '' and len(header('X-Long')) <= 4096
                  then: {log: same}
                - switch: header('X-Ticket')
                  cases: {T 17: {log: case}}
                - hangup
            """
        #expect(try logs(steps, more: "vars: {t: {type: text, init: ''}}") == ["T 17", "same", "case"])
    }

    @Test func theServerIsToldWhichAreWanted() throws {
        let set = try clean(
            "scenario: s\nvars: {t: {type: text, init: ''}}\nstates:\n  a:\n    - set: {t: upper(header('X-A')) + 'b'}\n    - {if: \"t in ['x', header('X-B')] or not contains(header('X-c'), 'y')\", then: {log: x}}\n    - hangup\n",
            "scenario: u\nstates:\n  a:\n    - {switch: header('Subject'), cases: {x: hangup}}\n    - hangup\n")
        #expect(set.headersRead == ["x-a", "x-b", "x-c", "subject"])
    }

    @Test func factsOfTheCall() throws {
        #expect(
            try logs("    - log: '{call.transport} {call.peer}'\n    - {if: \"call.transport == 'TLS'\", then: {log: yes}}\n    - hangup")
                == ["TLS 192.0.2.7", "yes"])
    }

    /// Computed from a header means chosen by whoever sent it.
    @Test func headersComeFromOutside() {
        func codes(_ steps: String) -> [String] {
            check(
                "scenario: s\nvars: {t: {type: text, init: ''}}\nstates:\n  a: [answer, set: {t: \"'x' + header('X-A')\"}, \(steps), hangup]\n"
            ).findings.map(\.code)
        }
        #expect(codes("play: [{file: '{t}'}]") == ["tainted-path"])
        #expect(codes("dial: {to: 'sip:{t}@b', else: hangup}") == ["open-target"])
        #expect(codes("dial: {to: 'sip:{call.peer}@b', else: hangup}, log: '{t}'") == ["open-target"])
    }

    @Test(arguments: [
        ("header(caller)", "type-mismatch"), ("header('X' + 'Y')", "type-mismatch"), ("header()", "type-mismatch"),
        ("header('X-A', 'b')", "type-mismatch"), ("header('X A')", "wrong-header"), ("header('')", "wrong-header"),
        ("header('Authorization')", "wrong-header"), ("header('f')", "wrong-header"), ("haeder('X-A')", "expression"),
        ("header(3)", "type-mismatch"),
    ])
    func mistakesInReading(expression: String, code: String) {
        let findings = check("scenario: s\nstates:\n  a:\n    - {if: \"\(expression) == 'x'\", then: hangup}\n    - hangup\n").findings
        #expect(findings.map(\.code) == [code], "\(findings.map(\.description))")
        #expect((findings.first?.location.column ?? 0) > 10)
    }

    // MARK: Sent

    private static let sent = [ScenarioHeader("X-Who", "412 to 100"), ScenarioHeader("Alert-Info", "<urn:alert>")]
    private static let written = "headers: {X-Who: '{caller} to {called}', Alert-Info: '<urn:alert>', X-None: '{none}'}"
    private static let none = "vars: {none: {type: text, init: ''}}"

    @Test func eachSignalCarriesThem() throws {
        func first(_ steps: String) throws -> ScenarioCommand? {
            try LiveCall(steps, more: Self.none, call: Self.facts).all.dropFirst().first
        }
        let headers = Self.written
        #expect(try first("    - answer: {\(headers)}\n    - hangup") == .answer(headers: Self.sent))
        #expect(try first("    - ring: {\(headers)}\n    - hangup") == .ring(headers: Self.sent))
        #expect(try first("    - early_media: {\(headers)}\n    - hangup") == .earlyMedia(headers: Self.sent))
        #expect(try first("    - reject: {status: 486, \(headers)}") == .reject(status: 486, reason: nil, headers: Self.sent))
        #expect(try first("    - reject: 486\n      \(headers)") == .reject(status: 486, reason: nil, headers: Self.sent))
        #expect(try first("    - hangup: {cause: 17, \(headers)}") == .hangUp(cause: 17, headers: Self.sent))
        #expect(
            try first("    - redirect: {contacts: 'sip:a@b', \(headers)}")
                == .redirect(status: 302, contacts: ["sip:a@b"], headers: Self.sent))
        #expect(
            try LiveCall("    - dial: {to: 'sip:a@b', else: hangup, \(headers)}\n    - hangup", more: Self.none, call: Self.facts).dial()
                .order.headers == Self.sent)
    }

    @Test func aDelayKeepsThem() throws {
        var call = try LiveCall("    - answer: {after: 2s, headers: {X-Who: '{caller}'}}\n    - hangup")
        call.pass(.seconds(2))
        #expect(call.commands == [.answer(headers: [ScenarioHeader("X-Who", "412")])])
    }

    /// What comes from outside cannot begin a header of its own, nor fill the message.
    @Test func valuesAreMadeToFit() throws {
        let evil = CallFacts(
            caller: "a\r\nEvil: 1\u{0}", called: "", callID: "", headers: ["x-a": String(repeating: "€", count: 900)])
        let call = try LiveCall(
            "    - hangup: {headers: {X-A: '{caller}', X-B: '{b}'}}", more: "vars: {b: {type: text, init: ''}}", call: evil)
        #expect(call.all.last == .hangUp(cause: nil, headers: [ScenarioHeader("X-A", "a  Evil: 1 ")]))
        let long = try LiveCall(
            "    - set: {b: header('X-A')}\n    - hangup: {headers: {X-B: 'x{b}'}}", more: "vars: {b: {type: text, init: ''}}", call: evil)
        #expect(long.all.last == .hangUp(cause: nil, headers: [ScenarioHeader("X-B", "x" + String(repeating: "€", count: 333))]))
    }

    static let names = [
        "Via", "from", "TO", "Call-ID", "CSeq", "Contact", "Route", "Record-Route", "Content-Type", "content-length", "Content-X",
        "Max-Forwards", "Authorization", "Proxy-Authorization", "P-Asserted-Identity", "Replaces", "Refer-To", "Session-Expires", "v",
        "X Y", "X:",
        "\"X-\\r\\n\"", "Ä",
    ]

    @Test(arguments: names)
    func refusedNames(name: String) {
        let findings = check("scenario: s\nstates:\n  a:\n    - hangup:\n        headers:\n          \(name == "X:" ? "'X:'" : name): y\n")
            .findings
        #expect(findings.map(\.code) == ["wrong-header"], "\(findings.map(\.description))")
        #expect(findings.first?.location.line == 6 && findings.first?.location.column == 11)
    }

    @Test(arguments: [
        ("hangup: {headers: X-A}", "wrong-type"), ("hangup: {headers: {X-A: [b]}}", "wrong-type"),
        ("hangup: {headers: {X-A: 1, x-a: 2}}", "duplicate-key"), ("hangup: {headers: {X-A: \"a\\nb\"}}", "wrong-header"),
        ("hangup: {headers: {X-A: '\(String(repeating: "a", count: 1_001))'}}", "out-of-range"),
        ("hangup: {headers: {\((1...33).map { "X-\($0): a" }.joined(separator: ", "))}}", "out-of-range"),
        ("hangup: {headers: {X-A: '{z}'}}", "undefined-variable"), ("hangup: {headers: {X-A: '{p}'}}", "masked-printed"),
        ("hangup: {headers: {X-A: '{u}'}}", "used-before-set"), ("hangup: {haeders: {X-A: b}}", "unknown-field"),
    ])
    func mistakesInSetting(step: String, code: String) {
        let findings = check(
            "scenario: s\nvars: {p: {type: digits}, u: {type: text}}\nstates:\n  a:\n    - answer\n    - gather: {into: p, mask: true, exhausted: hangup}\n    - \(step)\n"
        ).findings.filter { $0.code != "never-read" }
        #expect(findings.map(\.code) == [code], "\(findings.map(\.description))")
    }

    // MARK: Contacts

    @Test func contactsHaveTheirOrder() throws {
        let call = try LiveCall("    - redirect: {status: 300, contacts: [{uri: 'sip:a@b', q: 0.75}, 'sip:c@d', {uri: 'sip:e@f', q: 1}]}")
        guard case .redirect(300, let contacts, []) = call.all.last else { throw Missing(what: "redirect") }
        #expect(contacts.map(\.headerValue) == ["<sip:a@b>;q=0.75", "<sip:c@d>", "<sip:e@f>;q=1"])
    }

    @Test(arguments: [
        (0, "0"), (1, "0.001"), (10, "0.01"), (100, "0.1"), (120, "0.12"), (999, "0.999"), (1_000, "1"), (-5, "0"), (7_000, "1"),
    ])
    func preferences(thousandths: Int, written: String) {
        #expect(RedirectContact(uri: "sip:a@b", q: thousandths).headerValue == "<sip:a@b>;q=\(written)")
    }

    @Test func anAddressCannotLeaveItsBrackets() {
        #expect(RedirectContact(uri: "sip:a@b>;q=1, <sip:\"e@f").headerValue == "<sip:a@b%3E;q=1,%20%3Csip:%22e@f>")
    }

    @Test(arguments: [
        ("{q: 0.5}", "missing-field"), ("{uri: 'sip:a@b', q: 2}", "out-of-range"), ("{uri: 'sip:a@b', p: 1}", "unknown-field"),
        ("{uri: 'sip:{called}@x'}", "open-target"), ("[a]", "wrong-type"),
    ])
    func mistakesInContacts(contact: String, code: String) {
        let findings = check("scenario: s\nstates:\n  a:\n    - redirect: {contacts: [\(contact)]}\n").findings
        #expect(findings.map(\.code) == [code], "\(findings.map(\.description))")
    }
}
