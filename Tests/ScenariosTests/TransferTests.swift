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
        ("transfer: {to: 'sip:a@b', failed: hangup}, hangup", "closed-target"),
        ("transfer: {to: 'sip:a@b', mode: bridge, failed: hangup}, hangup", "closed-target"),
        ("transfer: {to: 'sip:a@b', mode: refer, failed: hangup}, hangup", "not-answered"),
        ("transfer: {to: 'a@b', mode: redirect, failed: hangup}, hangup", "wrong-target"),
        ("transfer: {to: 'sip:a@b', mode: redirect, into: caller, failed: hangup}, hangup", "read-only"),
        ("answer, transfer: {to: 'sip:a@b', mode: refer, done: {play: [x]}, failed: hangup}, hangup", "not-while-leaving"),
        ("answer, transfer: {to: 'sip:{called}@b', mode: refer, failed: hangup}, hangup", "open-target"),
        ("transfer: {to: 'sip:a@b', mode: redirct, failed: hangup}, hangup", "wrong-word"),
        ("transfer: {mode: redirect, failed: hangup}, hangup", "missing-field"),
        ("transfer: {to: 'sip:a@b', mode: redirect}, hangup", "missing-outcome"),
        ("transfer: {to: 'sip:a@b', mode: redirect, done: {play: [x]}, failed: hangup}, hangup", "not-while-leaving"),
    ])
    func mistakes(steps: String, code: String) throws {
        let findings = try load(steps).findings
        #expect(findings.filter { $0.code != "unreachable-step" }.map(\.code) == [code], "\(findings.map(\.description))")
    }

    // MARK: By REFER, by a bridge

    private static let by = "vars: {n: {type: int, init: 7}}\nhandlers: {hangup: {log: gone}}"

    private func live(_ mode: String, answers: Bool = true) throws -> LiveCall {
        let done = mode == "bridge" ? "{play: [done]}" : "{log: 'done {n}'}"
        return try LiveCall(
            "\(answers ? "    - answer\n" : "")    - transfer: {to: 'sip:{caller}@b', mode: \(mode), into: n, headers: {X-A: b}, done: \(done), failed: {log: 'failed {n}'}}\n    - hangup",
            more: Self.by)
    }

    @Test(arguments: ["refer", "auto"])
    func anAnsweredCallIsReferred(mode: String) throws {
        var call = try live(mode)
        let (id, order) = try call.transfer()
        #expect(order == TransferOrder(target: "sip:412@b", headers: [ScenarioHeader("X-A", "b")]))
        call.tell(.transferEnded(OrderID(99), .done(status: 200)))
        #expect(call.commands == [])
        call.tell(.transferEnded(id, .done(status: 200)))
        #expect(call.commands == [.hangUp(cause: nil), .log("done 200"), .log("gone")])
        #expect(call.run.isFinished)
    }

    @Test(arguments: [TransferOutcome.refused(status: 405), .failed(status: 486)])
    func aReferInVainTakesFailed(outcome: TransferOutcome) throws {
        var call = try live("refer")
        call.tell(.transferEnded(try call.transfer().id, outcome))
        #expect(call.commands == [.log(outcome == .refused(status: 405) ? "failed 405" : "failed 486"), .hangUp(cause: nil), .log("gone")])
    }

    @Test func whatIsNotReferredIsBridged() throws {
        var call = try live("auto")
        call.tell(.transferEnded(try call.transfer().id, .refused(status: 405)))
        let (id, order) = try call.dial()
        #expect(order == DialOrder(targets: ["sip:412@b"], headers: [ScenarioHeader("X-A", "b")]))
        call.tell(.dialBridged(id, target: "sip:412@b"))
        call.tell(.dialEnded(id, .ended(.seconds(4)), target: "sip:412@b"))
        #expect(call.commands == [.hangUp(cause: nil), .log("done 200"), .log("gone")])
        // A target that did not want the call is not called again.
        var busy = try live("auto")
        busy.tell(.transferEnded(try busy.transfer().id, .failed(status: 486)))
        #expect(busy.commands.first == .log("failed 486"))
    }

    @Test func anUnansweredCallIsBridgedByAuto() throws {
        var call = try live("auto", answers: false)
        let id = try call.dial().id
        call.tell(.dialProgress(id, ringing: true))
        #expect(call.commands == [.ring()])
        call.tell(.dialEnded(id, .unreachable(404), target: "sip:412@b"))
        #expect(call.commands.first == .log("failed 404"))
    }

    @Test func theScenarioGoesOnAfterABridge() throws {
        var call = try live("bridge")
        let id = try call.dial().id
        call.tell(.dialBridged(id, target: "sip:412@b"))
        call.tell(.dialEnded(id, .ended(.seconds(4)), target: "sip:412@b"))
        #expect(try call.playing().items == [.clip("done")])
        #expect(!call.run.isFinished)
    }

    @Test func hangingUpWhileReferredRunsTheHandlers() throws {
        var call = try live("refer")
        call.tell(.hungUp)
        #expect(call.commands == [.log("gone")] && call.run.isFinished)
    }

    @Test func aReferOfWhichNothingIsHeardFails() throws {
        var call = try live("refer")
        call.press("1")
        call.pass(.seconds(220))
        #expect(call.commands.contains(.log("failed 408")))
    }

    @Test func anUnansweredCallMayTurnOutToBeThere() throws {
        // The checker cannot know whether the caller is answered here.
        var call = try LiveCall(
            "    - if: caller == '1'\n      then: answer\n    - transfer: {to: 'sip:a@b', mode: refer, failed: {log: failed}}\n    - hangup"
        )
        #expect(call.logs.last == "failed")
        call.tell(.hungUp)
    }
}
