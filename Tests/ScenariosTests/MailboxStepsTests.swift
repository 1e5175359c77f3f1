import Findings
import Scenarios
import Testing
import Timing

/// mailbox.*: what is read, what is ordered, and which way the answers lead.
@Suite struct MailboxStepsTests {
    private func run(_ steps: String, more: String = "", identity: String = "") throws -> (ScenarioRun, [ScenarioCommand]) {
        let set = try clean("scenario: s\n\(more)\nstates:\n  a:\n    - answer\n\(steps)\n    - hangup\n")
        let facts = CallFacts(caller: "2002", called: "1001", callID: "x", identity: identity)
        var run = ScenarioRun(scenario: try required(set["s"], "s"), in: set, inputs: [:], call: facts)
        var commands: [ScenarioCommand] = []
        run.start(at: .zero, into: &commands)
        run.handle(.answered, at: .zero, into: &commands)
        return (run, commands)
    }

    private func answer(_ run: inout ScenarioRun, _ commands: [ScenarioCommand], _ answer: ServiceAnswer) throws -> [ScenarioCommand] {
        let id = commands.compactMap { if case .order(let id, _) = $0 { id } else { nil } }.last
        var more: [ScenarioCommand] = []
        run.handle(.serviceAnswered(try required(id, "order"), answer), at: .zero, into: &more)
        return more
    }

    @Test(arguments: [ServiceFailure.noBox, .disabled, .full])
    func eachFailureHasItsWay(failure: ServiceFailure) throws {
        let steps = """
                - mailbox.status: {box: "1001", no_box: {log: no_box}, disabled: {log: disabled}, full: {log: full}, done: {log: open}}
            """
        var (run, commands) = try self.run(steps)
        #expect(commands.contains { if case .order(_, .mailboxStatus(box: "1001")) = $0 { true } else { false } })
        #expect(try answer(&run, commands, .failed(failure)).contains(.log(failure.rawValue)))
        (run, commands) = try self.run(steps)
        #expect(try answer(&run, commands, .done).contains(.log("open")))
    }

    @Test func answersToOtherOrdersAreNotTaken() throws {
        var (run, _) = try self.run("    - mailbox.status: {box: \"1\", else: hangup}")
        var more: [ScenarioCommand] = []
        run.handle(.serviceAnswered(OrderID(999), .done), at: .zero, into: &more)
        #expect(more == [] && !run.isFinished)
    }

    @Test func countsAndMessagesFillRecords() throws {
        let more = """
            vars:
              c: {type: record, fields: {new: int, saved: int}}
              m: {type: record, fields: {caller: text, urgent: bool}}
            """
        let steps = """
                - mailbox.count: {into: c}
                - mailbox.first: {folder: new, into: m, empty: hangup}
                - log: "{c.new} {c.saved} {m.caller} {m.urgent}"
            """
        var (run, commands) = try self.run(steps, more: more)
        commands = try answer(&run, commands, .counts(new: 3, saved: 1, deleted: 0))
        #expect(commands.contains { if case .order(_, .mailboxMove(.first, .new)) = $0 { true } else { false } })
        let facts = MessageFacts(
            number: 1, caller: "2002", receivedAt: 0, duration: .seconds(4), isUrgent: true, isSaved: false, path: "/m/1.wav")
        #expect(try answer(&run, commands, .message(facts)).contains(.log("3 1 2002 true")))
    }

    @Test func playGivesTheMessageThatTheOthersLedTo() throws {
        let steps = """
                - mailbox.first: {folder: all, empty: hangup}
                - mailbox.play: {empty: hangup, key: {log: key}}
            """
        var (run, commands) = try self.run(steps)
        let facts = MessageFacts(
            number: 1, caller: "", receivedAt: 0, duration: .seconds(4), isUrgent: false, isSaved: false, path: "/m/1.wav")
        commands = try answer(&run, commands, .message(facts))
        guard case .play(let playback) = commands.last else { throw Missing(what: "play") }
        #expect(playback.items == [.file("/m/1.wav")])
        var more: [ScenarioCommand] = []
        run.handle(.digit("7"), at: .zero, into: &more)
        #expect(more.contains(.log("key")))
        (run, commands) = try self.run("    - mailbox.play: {empty: {log: none}}")
        #expect(commands.contains(.log("none")))
    }

    @Test func theEnvelopeSaysWhoWhenAndHowLong() throws {
        let steps = """
                - mailbox.first: {empty: hangup}
                - mailbox.envelope: {empty: hangup}
            """
        var (run, commands) = try self.run(steps)
        let facts = MessageFacts(
            number: 2, caller: "2002", receivedAt: 1_772_445_600, duration: .seconds(4), isUrgent: true, isSaved: false, path: "/m")
        commands = try answer(&run, commands, .message(facts))
        guard case .play(let playback) = commands.last else { throw Missing(what: "play") }
        #expect(playback.items.contains(.say(.digits, "2002")) && playback.items.contains(.clip("vm-urgent-message")))
        #expect(playback.items.contains(.say(.time, "10:00")) && playback.items.contains(.say(.duration, "4")), "2026-03-02 10:00 UTC")
    }

    @Test func withoutAPINTheOrderSaysSo() throws {
        let (_, commands) = try self.run(
            "    - mailbox.open: {box: \"{identity}\", denied: {log: denied}, locked: hangup}", identity: "1001")
        #expect(commands.contains { if case .order(_, .mailboxOpen(box: "1001", pin: nil)) = $0 { true } else { false } })
    }

    @Test func whoHangsUpHasHisMessageDelivered() throws {
        let set = try clean(
            """
            scenario: s
            vars: {said: {type: recording}}
            handlers:
              hangup:
                if: said.duration >= 2s and not said.silent
                then: {mailbox.deliver: {box: "1001", recording: said, else: {log: lost}}}
            states:
              a:
                - answer
                - record: {into: said, mailbox: "1001", else: hangup}
                - hangup
            """)
        for (seconds, speech, isDelivered) in [(3, true, true), (1, true, false), (3, false, false)] {
            var run = ScenarioRun(
                scenario: try required(set["s"], "s"), in: set, inputs: [:], call: CallFacts(caller: "", called: "", callID: ""))
            var commands: [ScenarioCommand] = []
            run.start(at: .zero, into: &commands)
            run.handle(.answered, at: .zero, into: &commands)
            guard case .record(let order) = commands.last else { throw Missing(what: "record") }
            #expect(order.purpose == .message(box: "1001"))
            run.handle(.hungUp, at: .zero, into: &commands)
            let result = RecordingResult(id: "r", duration: .seconds(seconds), path: "/r.wav", heardSpeech: speech)
            run.handle(.recordingFinished(order.id, result, end: .hangUp), at: .zero, into: &commands)
            let delivered = commands.contains { command in
                if case .order(_, .mailboxDeliver(box: "1001", recording: result, urgent: false)) = command { true } else { false }
            }
            #expect(delivered == isDelivered, "\(seconds) s, speech \(speech)")
            #expect(run.isFinished)
        }
    }

    @Test func keysTypedWhileTheFileIsFinishedAreForTheMenu() throws {
        let set = try clean(
            """
            scenario: s
            vars: {said: {type: recording}}
            states:
              a:
                - answer
                - record: {into: said, else: hangup}
                - menu: {long: [review], keys: {1: {log: kept}}, exhausted: hangup}
                - hangup
            """)
        var run = ScenarioRun(
            scenario: try required(set["s"], "s"), in: set, inputs: [:], call: CallFacts(caller: "", called: "", callID: ""))
        var commands: [ScenarioCommand] = []
        run.start(at: .zero, into: &commands)
        run.handle(.answered, at: .zero, into: &commands)
        guard case .record(let order) = commands.last else { throw Missing(what: "record") }
        for key in "##1" { run.handle(.digit(key), at: .zero, into: &commands) }
        let result = RecordingResult(id: "r", duration: .seconds(3), path: "/r.wav", heardSpeech: true)
        run.handle(.recordingFinished(order.id, result, end: .stopped), at: .zero, into: &commands)
        #expect(commands.contains(.log("kept")), "the second # belongs to the recording")
        #expect(!commands.contains { if case .play = $0 { true } else { false } }, "and the prompt is spared")
    }

    @Test(arguments: [
        ("mailbox.open: {box: \"1\", pin: \"{p}\", else: hangup}", "pin-unmasked"),
        ("mailbox.open: {pin: \"1\", else: hangup}", "missing-field"),
        ("mailbox.open: {box: \"1\"}", "missing-outcome"),
        ("mailbox.first: {folder: newest, empty: hangup}", "wrong-word"),
        ("mailbox.count: {into: p}", "type-mismatch"),
        ("mailbox.deliver: {box: \"1\", recording: p, else: hangup}", "type-mismatch"),
        ("mailbox.greeting: {box: \"1\", kind: bussy, missing: hangup}", "wrong-word"),
        ("mailbox.forward: {to: x}", "not-yet"),
        ("mailbox.opne: {box: x}", "unknown-step"),
        ("mailbox.save: {empty: hangup, urgent: true}", "unknown-field"),
        ("{play: [a], key: hangup}", "key-without-barge-in"),
        ("record: {mailbox: \"1\", greeting: busy, else: hangup}", "two-purposes"),
    ])
    func mistakes(step: String, code: String) {
        let (_, findings) = check(
            "scenario: s\nvars: {p: {type: digits}}\nstates:\n  a:\n    - answer\n"
                + "    - gather: {into: p, exhausted: hangup}\n    - \(step)\n    - log: \"{p}\"\n    - hangup\n")
        #expect(findings.map(\.code).contains(code), "\(findings.map(\.description))")
    }
}
