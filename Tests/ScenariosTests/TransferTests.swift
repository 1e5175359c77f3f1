import Findings
import Scenarios
import Testing

@Suite struct TransferTests {
    private func load(_ steps: String, targets: [String] = [], more: String = "") throws -> (set: ScenarioSet?, findings: [Finding]) {
        ScenarioSet.load(
            files: [("f.yaml", "scenario: s\n\(more)\nstates:\n  a: [\(steps)]\n")], prompts: AnyPrompts(),
            dialTargets: try targets.map { try DialTarget($0) })
    }

    private func call(_ steps: String, targets: [String] = [], more: String = "", caller: String = "412") throws -> Rehearsal {
        let (set, findings) = try load(steps, targets: targets, more: more)
        #expect(findings.filter { $0.severity == .error }.map(\.description) == [])
        return try Rehearsal(try required(set, "set"), "s", caller: caller)
    }

    private static let allowed = ["sip:[1-9]XX@pbx.example"]

    @Test func anUnansweredCallIsRedirected() throws {
        let call = try call(
            "transfer: {to: 'sip:{caller}@pbx.example', mode: redirect, done: {log: sent}, failed: {log: failed}}, hangup",
            targets: Self.allowed, more: "handlers: {hangup: {log: gone}}")
        #expect(
            call.log == [
                .entered(state: "a", scenario: "s"), .redirect(status: 302, contacts: ["sip:412@pbx.example"]), .log("sent"), .log("gone"),
            ])
        #expect(call.run.isFinished)
    }

    @Test func anAnsweredCallTakesFailed() throws {
        let steps = "answer, transfer: {to: 'sip:600@pbx.example', mode: redirect, failed: {log: failed}}, hangup"
        #expect(try load(steps).findings.map(\.code) == ["already-answered"])
        let call = try call(steps)
        #expect(call.log.contains(.log("failed")))
        #expect(call.log.last == .hangUp(cause: nil))
    }

    @Test func addressesFromOutsideMustBeAllowed() throws {
        let steps = "transfer: {to: 'sip:{caller}@pbx.example', mode: redirect, failed: {log: failed}}, hangup"
        #expect(try load(steps).findings.map(\.code) == ["open-target"])
        #expect(try load(steps, targets: ["sip:X@other.example"]).findings.map(\.code) == ["open-target"])
        #expect(try load("redirect: {contacts: ['sip:{called}@x.example']}").findings.map(\.code) == ["open-target"])
        // What the pattern does not cover is refused when it comes to it.
        for caller in ["012", "4123", "412@evil.example;x=", "4 2", ""] {
            let call = try call(steps, targets: Self.allowed, caller: caller)
            #expect(call.log.contains(.log("failed")))
            #expect(!call.log.contains { if case .redirect = $0 { true } else { false } })
        }
    }

    @Test func refusedRedirectsAreErrors() throws {
        let call = try call(
            "redirect: {contacts: ['sip:600@pbx.example', 'sip:{caller}@pbx.example']}", targets: Self.allowed,
            more: "handlers: {error: [{log: trouble}, {reject: 503}]}", caller: "x")
        #expect(call.log.contains(.log("trouble")))
        #expect(call.log.last == .reject(status: 503, reason: nil))
        let allowed = try self.call(
            "redirect: {status: 301, contacts: ['sip:{caller}@pbx.example']}", targets: Self.allowed)
        #expect(allowed.log.last == .redirect(status: 301, contacts: ["sip:412@pbx.example"]))
    }

    @Test func inputsAndGatheredDigitsCountAsOutside() throws {
        let more = "inputs: {to: {type: text}}"
        #expect(try load("redirect: {contacts: ['{to}']}", more: more).findings.map(\.code) == ["open-target"])
        #expect(try load("redirect: {contacts: ['{to}']}", targets: Self.allowed, more: more).findings == [])
        let computed = "set: {t: \"'sip:' + text(caller)\"}, redirect: {contacts: ['{t}']}"
        #expect(try load(computed, more: "vars: {t: {type: text, init: ''}}").findings.map(\.code) == ["open-target"])
    }

    @Test func whatTheAuthorWroteNeedsNoList() throws {
        #expect(
            try call("redirect: {contacts: ['sip:600@pbx.example']}").log.last == .redirect(status: 302, contacts: ["sip:600@pbx.example"]))
        let table =
            "vars: {r: {type: record, fields: {uri: text}}}\ntables: {t: {rows: {412: {uri: 'sip:anna@any.example'}}, fields: {uri: text}}}"
        let found = try call(
            "lookup: {table: t, key: caller, into: r, missing: hangup}, transfer: {to: '{r.uri}', mode: redirect, failed: hangup}",
            more: table)
        #expect(found.log.last == .redirect(status: 302, contacts: ["sip:anna@any.example"]))
    }

    @Test(arguments: [
        ("transfer: {to: 'sip:a@b', failed: hangup}, hangup", "not-yet"),
        ("transfer: {to: 'sip:a@b', mode: refer, failed: hangup}, hangup", "not-yet"),
        ("transfer: {to: 'sip:a@b', mode: redirct, failed: hangup}, hangup", "wrong-word"),
        ("transfer: {mode: redirect, failed: hangup}, hangup", "missing-field"),
        ("transfer: {to: 'sip:a@b', mode: redirect}, hangup", "missing-outcome"),
        ("transfer: {to: 'sip:a@b', mode: redirect, done: {play: [x]}, failed: hangup}, hangup", "not-while-leaving"),
    ])
    func mistakes(steps: String, code: String) throws {
        let findings = try load(steps).findings
        #expect(findings.filter { $0.code != "unreachable-step" }.map(\.code) == [code], "\(findings.map(\.description))")
    }
}
