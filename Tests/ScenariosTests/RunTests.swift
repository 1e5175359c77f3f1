import Findings
import Scenarios
import Testing
import Timing

@Suite struct RunTests {
    private func scenario(_ states: String, _ more: String = "") throws -> ScenarioSet {
        try clean("scenario: s\n\(more)\nstates:\n\(states)\n")
    }

    private static let menu = """
          a:
            - answer
            - menu:
                long: [long]
                short: [short]
                keys: {1: {goto: one}, 12: {goto: twelve}, star: {goto: one}}
                first: 5s
                between: 2s
                retries: 1
                exhausted: {goto: gave-up}
          one: [log: 'one {digits}', hangup]
          twelve: [hangup]
          gave-up: [hangup]
        """

    @Test func aKeyThatIsAPrefixWaitsForTheNext() throws {
        var call = try Rehearsal(try scenario(Self.menu), "s")
        call.press("1")
        #expect(call.path == ["a"])
        call.wait(.milliseconds(1999))
        #expect(call.path == ["a"])
        call.wait(.milliseconds(1))
        #expect(call.path == ["a", "one"])
        #expect(call.log.contains(.log("one 1")))

        var both = try Rehearsal(try scenario(Self.menu), "s")
        both.press("12")
        #expect(both.path == ["a", "twelve"])
    }

    @Test func aKeyStopsThePromptAndCounts() throws {
        var call = try Rehearsal(try scenario(Self.menu), "s")
        call.press("*")
        #expect(call.log.contains { if case .stopPlay = $0 { true } else { false } })
        #expect(call.path == ["a", "one"])
    }

    @Test func silenceAndNonsenseAskAgainAndThenGiveUp() throws {
        var call = try Rehearsal(try scenario(Self.menu), "s")
        call.press("7")
        #expect(call.heard == [.clip("long"), .clip("short")])
        #expect(call.path == ["a"])
        // One second of prompt, five of waiting.
        call.wait(.milliseconds(5999))
        #expect(call.path == ["a"])
        call.wait(.milliseconds(1))
        #expect(call.path == ["a", "gave-up"])
        #expect(call.run.isFinished)
    }

    @Test func keysTypedAheadSpareThePrompt() throws {
        let set = try scenario(
            "  a: [answer, play: [hello], goto: m]\n  m:\n    - menu: {long: [x], keys: {5: {goto: end}}, exhausted: hangup}\n  end: [hangup]"
        )
        var call = try Rehearsal(set, "s")
        call.press("5")
        #expect(call.path == ["a"])
        call.wait(.seconds(1))
        #expect(call.path == ["a", "m", "end"])
        #expect(call.heard == [.clip("hello")])
    }

    @Test(arguments: [("keep", "1234", 0), ("flush", "", 1), ("ignore", "", 1)])
    func typeAhead(mode: String, value: String, prompts: Int) throws {
        let set = try scenario(
            "  a:\n    - answer\n    - play: [hello]\n    - gather: {prompt: [pin], max: 4, into: v, type_ahead: \(mode), retries: 0, exhausted: [{log: 'none'}, hangup]}\n    - log: 'got {v}'\n    - hangup",
            "vars: {v: {type: digits}}")
        var call = try Rehearsal(set, "s")
        call.press("1234")
        call.wait(.seconds(1))
        #expect(call.heard.count { $0 == .clip("pin") } == prompts)
        call.wait(.seconds(20))
        #expect(call.log.contains(.log(value.isEmpty ? "none" : "got \(value)")))
    }

    @Test func gatherEndsByKeyCountAndTime() throws {
        let set = try scenario(
            "  a:\n    - answer\n    - gather: {min: 2, max: 4, into: v, between: 2s, retries: 0, invalid: {log: bad}, exhausted: [{log: out}, hangup]}\n    - log: 'got {v}'\n    - hangup",
            "vars: {v: {type: digits}}")
        for (keys, wait, expected) in [
            ("12#", 0, "got 12"), ("1234", 0, "got 1234"), ("123", 2, "got 123"), ("1#", 0, "out"), ("", 6, "out"),
        ] {
            var call = try Rehearsal(set, "s")
            call.press(keys)
            call.wait(.seconds(wait))
            #expect(call.log.contains(.log(expected)), "\(keys)")
            #expect(call.run.isFinished)
        }
    }

    @Test func withoutBargeInKeysWaitForTheEndOfThePrompt() throws {
        let set = try scenario(
            "  a:\n    - answer\n    - gather: {prompt: [p], max: 1, into: v, barge_in: false, exhausted: hangup}\n    - log: 'got {v}'\n    - hangup",
            "vars: {v: {type: digits}}")
        var call = try Rehearsal(set, "s")
        call.press("3")
        #expect(!call.log.contains(.log("got 3")))
        call.wait(.seconds(1))
        #expect(call.log.contains(.log("got 3")))
    }

    private static let recorder = """
          a:
            - answer
            - record: {into: r, max: 10s, min: 2s, ok: {log: 'ok {r.duration}'}, short: {log: short}, silent: {log: silent}, full: {log: full}}
            - play: [{file: r}]
            - hangup
        """

    @Test func recordingOutcomes() throws {
        let set = try scenario(Self.recorder, "vars: {r: {type: recording}}")
        for (end, seconds, speech, expected) in [
            (RecordingEnd.stopped, 5.0, true, "ok 5s"), (.maximum, 10, true, "ok 10s"), (.silence, 1, true, "short"),
            (.silence, 5, false, "silent"),
            (.failed("disk full"), 0, false, "full"),
        ] {
            var call = try Rehearsal(set, "s")
            #expect(call.recording?.min == .seconds(2))
            call.finishRecording(end, length: .seconds(seconds), heardSpeech: speech)
            #expect(call.log.contains(.log(expected)))
            if expected.hasPrefix("ok") { #expect(call.heard == [.file("/recordings/recording-1.wav")]) }
        }
    }

    @Test func onlyTheEndKeyStopsARecording() throws {
        var call = try Rehearsal(try scenario(Self.recorder, "vars: {r: {type: recording}}"), "s")
        call.press("123")
        #expect(call.recording != nil)
        call.press("#")
        #expect(call.log.contains(.log("ok 5s")))
    }

    @Test func aRecordingThatNeverEndsIsGivenUp() throws {
        let set = try scenario(Self.recorder, "vars: {r: {type: recording}}")
        let scenario = try required(set["s"], "s")
        var run = ScenarioRun(scenario: scenario, in: set, inputs: [:], call: CallFacts(caller: "", called: "", callID: ""))
        var out: [ScenarioCommand] = []
        run.start(at: .zero, into: &out)
        run.handle(.answered, at: .zero, into: &out)
        run.handle(.hungUp, at: .zero, into: &out)
        #expect(!run.isFinished)
        let deadline = try #require(run.nextDeadline)
        run.fire(at: deadline, into: &out)
        #expect(run.isFinished)
        #expect(run.nextDeadline == nil)
    }

    @Test func callsGiveInputsAndTakeResults() throws {
        let set = try clean(
            "scenario: s\nvars: {r: {type: record, fields: {sum: int}}}\nstates:\n  a:\n    - answer\n    - call: add\n      with: {n: 4, who: '{caller}'}\n      into: r\n    - log: 'sum {r.sum}'\n    - return\n",
            "scenario: add\ninputs: {n: {type: int}, who: {type: text}}\nvars: {t: {type: int, init: 1}}\nresult: {sum: int}\nstates:\n  b:\n    - set: {t: t + n}\n    - log: 'for {who}'\n    - goto: c\n  c: [return: {sum: '{t}'}]\n"
        )
        let call = try Rehearsal(set, "s")
        #expect(call.log.contains(.log("for alice")))
        #expect(call.log.contains(.log("sum 5")))
        #expect(call.path == ["a", "b", "c"])
        #expect(call.log.last == .hangUp(cause: nil))
    }

    @Test func hangupHandlersRunFromTheInside() throws {
        let set = try clean(
            "scenario: s\nhandlers: {hangup: [log: outer]}\nstates:\n  a:\n    - answer\n    - call: c\n    - hangup\n",
            "scenario: c\nstates:\n  b: {steps: [moh], handlers: {hangup: [log: inner]}}\n")
        var call = try Rehearsal(set, "s")
        call.send(.hungUp)
        #expect(call.log.suffix(2) == [.log("inner"), .log("outer")])
        #expect(call.run.isFinished)
        let count = call.log.count
        call.press("1")
        call.send(.hungUp)
        #expect(call.log.count == count)
    }

    @Test func limitsEndRunaways() throws {
        let set = try scenario(
            "  a: [answer, goto: l]\n  l: [set: {n: n + 1}, goto: l]\n  b: [log: 'n {n}', hangup]",
            "limits: {revisits: 5}\nvars: {n: {type: int, init: 0}}\nhandlers: {limit: {goto: b}}")
        let call = try Rehearsal(set, "s")
        #expect(call.path == ["a", "l", "l", "l", "l", "l", "l", "b"])
        #expect(call.log.contains(.log("n 6")))
        #expect(call.run.isFinished)

        let steps = try scenario(
            "  l: [answer, set: {n: n + 1}, log: '{n}', goto: l]", "limits: {revisits: 1000000}\nvars: {n: {type: int, init: 0}}")
        let cut = try Rehearsal(steps, "s")
        #expect(cut.run.isFinished)
        #expect(cut.log.count < 3000)
    }

    @Test func theLengthOfACallInMenusIsLimited() throws {
        let set = try scenario("  a: [answer, moh]\n  b: [play: [bye], moh]", "limits: {menus: 10m}\nhandlers: {limit: {goto: b}}")
        var call = try Rehearsal(set, "s")
        call.wait(.seconds(599))
        #expect(call.path == ["a"])
        call.wait(.seconds(1))
        #expect(call.path == ["a", "b"])
        #expect(call.log.contains { if case .stopPlay = $0 { true } else { false } })
        // Staying on after the limit is cut half a minute later, again and again until handlers are used up.
        call.wait(.seconds(150))
        #expect(call.run.isFinished)
    }

    @Test func errorsGoToTheirHandler() throws {
        let set = try scenario(
            "  a: [answer, play: [x], log: on, hangup]\n  t: [play: [sorry], hangup: {cause: 41}]", "handlers: {error: {goto: t}}")
        var call = try Rehearsal(set, "s")
        call.send(.playFailed(PlayID(1), "no such file"))
        #expect(call.path == ["a", "t"])
        #expect(call.heard.last == .clip("sorry"))
        // Failing there leads there again, but not for ever.
        for id in 2..<10 { call.send(.playFailed(PlayID(id), "again")) }
        #expect(call.run.isFinished)

        var plain = try Rehearsal(try scenario("  a: [answer, play: [x], log: on, hangup]"), "s")
        plain.send(.playFailed(PlayID(1), "no such file"))
        #expect(plain.log.contains(.log("on")))
    }

    @Test func answeringIsImpliedWhereItCannotBeChecked() throws {
        let set = try clean("scenario: s\nresult: {x: int}\nstates: {a: [play: [x], return: {x: 1}]}\n")
        var call = try Rehearsal(set, "s")
        #expect(call.log.contains(.answer()))
        #expect(call.heard == [.clip("x")])
        call.wait(.seconds(1))
        #expect(call.log.last == .hangUp(cause: nil))
    }

    @Test func anAnswerThatIsNeverAcknowledgedEndsTheCall() throws {
        let set = try scenario("  a: [answer, moh]")
        var run = ScenarioRun(
            scenario: try required(set["s"], "s"), in: set, inputs: [:], call: CallFacts(caller: "", called: "", callID: ""))
        var out: [ScenarioCommand] = []
        run.start(at: .zero, into: &out)
        #expect(out.last == .answer())
        run.fire(at: try #require(run.nextDeadline), into: &out)
        #expect(run.isFinished)
    }

    @Test func playFieldsReachThePlayback() throws {
        let set = try scenario(
            "  a:\n    - answer\n    - play: [x, {tone: beep, for: 200ms}, {silence: 1s}, {say: {number: 40 + 2}}, {say: {digits: 012}}]\n      repeat: 3\n      gain: -6\n      start_at: 2s\n    - hangup"
        )
        let call = try Rehearsal(set, "s")
        guard case .play(let playback)? = call.log.last else { throw Missing(what: "playback") }
        #expect(
            playback.items == [
                .clip("x"), .tone(.beep, .milliseconds(200)), .silence(.seconds(1)), .say(.number, "42"), .say(.digits, "012"),
            ])
        #expect(playback.repeatCount == 3)
        #expect(playback.gain == -6)
        #expect(playback.startAt == .seconds(2))
        #expect(playback.locale == "en")
    }

    private static let controlled = """
          a:
            - answer
            - play: [x, y, z]
              controls: {pause: 5, back: 4, forward: 6, restart: 1, slower: "*", faster: 9, quieter: 2, louder: 3}
              barge_in: true
              key: {goto: stopped}
            - log: whole
            - hangup
          stopped: [log: "stopped by {digits}", hangup]
        """

    @Test func keysThatControlWhatPlaysEndNothing() throws {
        let set = try scenario(Self.controlled)
        var call = try Rehearsal(set, "s")
        call.press("1*9234")
        let controls = call.log.compactMap { if case .control(_, let control) = $0 { control } else { nil } }
        #expect(controls == [.restart, .slower, .faster, .quieter, .louder, .back])
        call.press("5")
        call.wait(.seconds(600))
        #expect(!call.run.isFinished && !call.log.contains(.log("whole")), "it stands still")
        call.press("5")
        call.wait(.milliseconds(2_999))
        #expect(!call.run.isFinished)
        call.wait(.milliseconds(1))
        #expect(call.log.contains(.log("whole")) && call.run.isFinished)

        var other = try Rehearsal(set, "s")
        other.press("6")
        other.wait(.milliseconds(1))
        #expect(other.log.contains(.log("whole")), "five seconds on it is over")
        var third = try Rehearsal(set, "s")
        third.press("57")
        #expect(third.log.contains(.log("stopped by 7")), "any other key ends it, also while it stands still")
    }

    @Test func speedAndLoudnessHaveLimits() {
        var playback = Playback(id: PlayID(1), items: [], locale: "en")
        var speeds: [Int] = []
        while let faster = playback.changed(by: .faster) {
            playback = faster
            speeds.append(playback.speed)
        }
        #expect(speeds == [125, 150, 175, 200])
        for _ in 0..<20 { playback = playback.changed(by: .slower) ?? playback }
        #expect(playback.speed == 50)
        for _ in 0..<20 { playback = playback.changed(by: .louder) ?? playback }
        #expect(playback.gain == 15 && playback.changed(by: .pause) == nil)
        playback.gain = 20
        #expect(playback.changed(by: .louder) == nil && playback.changed(by: .quieter)?.gain == 17)
    }

    @Test func keysAndDefaults() throws {
        let set = try scenario(
            "  a:\n    - answer\n    - play: [x]\n      key: {log: stopped}\n      done: {log: whole}\n    - echo: {end: star}\n    - switch: digits\n      cases: {star: {log: star}, 5: {log: five}}\n      else: {log: other}\n    - send_dtmf: 12\n    - emit: {event: done, data: {who: '{caller}'}}\n    - hangup",
            "defaults: {play: {barge_in: true}}")
        var call = try Rehearsal(set, "s")
        call.press("5")
        #expect(call.log.contains(.log("stopped")))
        call.press("5")
        #expect(call.log.last == .echo(true))
        call.press("*")
        #expect(
            call.log.suffix(5) == [
                .echo(false), .log("star"), .sendDigits("12"), .emit(event: "done", data: ["who": "alice"]), .hangUp(cause: nil),
            ])
    }

    @Test func callerTextCannotForgeLogLines() throws {
        let call = try Rehearsal(try scenario("  a: [log: 'from {caller}', reject: 486]"), "s", caller: "x\r\nVia: y")
        #expect(call.log.contains(.log("from x  Via: y")))
    }

    @Test func aTestInAFileCanFail() throws {
        let set = try clean(
            "scenario: s\nstates:\n  a: [answer, menu: {keys: {1: {goto: b}}, exhausted: hangup}]\n  b: [hangup]\n"
                + "tests:\n  - {name: good, keys: [2, 500ms, 1], expect: {path: [a, b], state: b}}\n  - {name: bad, keys: [2], expect: {path: [a, b], state: b}}\n"
        )
        let scenario = try required(set["s"], "s")
        #expect(scenario.tests.map { $0.run(scenario, in: set).map(\.code) } == [[], ["test-failed", "test-failed"]])
    }
}
