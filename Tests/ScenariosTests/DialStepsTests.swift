import Findings
import Scenarios
import Testing
import Timing

/// dial: what is read, what is ordered, and which way every end leads.
@Suite struct DialStepsTests {
    private static let outcomes =
        "ended: {log: ended}, busy: {log: busy}, no_answer: {log: no_answer}, rejected: {log: rejected}, unreachable: {log: unreachable}"

    private static func dial(_ fields: String = "to: 'sip:a@b'") -> String {
        "    - dial: {\(fields), \(outcomes)}\n    - play: [after]\n    - hangup"
    }

    private func answered(_ fields: String = "to: 'sip:a@b'", more: String = "") throws -> LiveCall {
        try LiveCall("    - answer\n" + Self.dial(fields), more: more)
    }

    @Test func whatIsOrdered() throws {
        let call = try answered(
            """
            to: ['sip:{caller}@b', 'sip:b@c', 'sip:b@c', '{none}'], strategy: in_turn, timeout: 12s, caller_id: '7{caller}', pass_digits: false,
                  headers: {X-Who: 'caller {caller}'}, confirm: {key: '1#', prompt: [press-one, {say: {digits: caller}}]}
            """, more: "vars: {none: {type: text, init: ''}}")
        let order = try call.dial().order
        let confirmation = try required(order.confirmation, "confirmation")
        #expect(order.targets == ["sip:412@b", "sip:b@c"], "each once, and no empty one")
        #expect(order.strategy == .inTurn && order.timeout == .seconds(12) && order.callerID == "7412" && !order.passesDigits)
        #expect(order.headers == [ScenarioHeader("X-Who", "caller 412")])
        #expect(confirmation.keys == ["1", "#"])
        #expect(confirmation.prompt.items == [.clip("press-one"), .say(.digits, "412"), .silence(.seconds(1))])
        #expect(confirmation.prompt.repeatCount == nil)
        #expect(try answered().dial().order == DialOrder(targets: ["sip:a@b"]), "the defaults")
    }

    @Test(arguments: [
        (DialOutcome.busy(486), "busy"), (.noAnswer(nil), "no_answer"), (.rejected(603), "rejected"), (.unreachable(404), "unreachable"),
        (.ended(.seconds(3)), "ended"),
    ])
    func eachEndHasItsWay(outcome: DialOutcome, log: String) throws {
        var call = try answered()
        call.tell(.dialEnded(try call.dial().id, outcome, target: "t"))
        #expect(call.commands.first == .log(log))
        #expect(try call.playing().items == [.clip("after")])
    }

    @Test func endsOfOtherDialsAreNotTaken() throws {
        var call = try answered()
        for event in [
            ScenarioEvent.dialEnded(OrderID(99), .busy(486), target: ""), .dialBridged(OrderID(99), target: ""),
            .dialProgress(OrderID(99), ringing: true), .transferEnded(try call.dial().id, .done(status: 200)),
        ] {
            call.tell(event)
            #expect(call.commands == [])
        }
    }

    @Test func anAnsweredCallerHearsTheRingbackTone() throws {
        var call = try answered()
        let id = try call.dial().id
        #expect(call.commands.contains { if case .play = $0 { true } else { false } } == false, "nothing rings yet")
        call.tell(.dialProgress(id, ringing: true))
        let tone = try call.playing()
        #expect(tone.items == [.tone(.ringback, .seconds(30))] && tone.repeatCount == nil)
        call.tell(.dialProgress(id, ringing: false))
        #expect(call.commands == [], "one tone for all phones")
        call.tell(.dialBridged(id, target: "sip:a@b"))
        #expect(call.commands == [.stopPlay(tone.id)])
        call.now = call.now + .seconds(61)
        call.tell(.dialEnded(id, .ended(.seconds(61)), target: "sip:a@b"))
        #expect(call.commands.first == .log("ended"))
    }

    @Test func anUnansweredCallerGets180AndIsAnsweredWithTheOtherSide() throws {
        var call = try LiveCall(Self.dial())
        let id = try call.dial().id
        for _ in 0..<3 { call.tell(.dialProgress(id, ringing: true)) }
        #expect(call.all.count { $0 == .ring() } == 1)
        call.tell(.dialBridged(id, target: "sip:a@b"))
        #expect(call.commands == [.answer()])
        #expect(call.run.nextDeadline == call.now + .seconds(40), "somebody must acknowledge it")
        call.tell(.answered)
        #expect(call.run.nextDeadline == nil)
        call.tell(.dialEnded(id, .ended(.seconds(1)), target: "sip:a@b"))
        #expect(try call.playing().items == [.clip("after")], "without another answer")
        #expect(call.all.count { $0 == .answer() } == 1)
    }

    @Test func aConversationThatEndsBeforeTheACKWaitsForIt() throws {
        var call = try LiveCall(Self.dial())
        let id = try call.dial().id
        call.tell(.dialBridged(id, target: "sip:a@b"))
        call.tell(.dialEnded(id, .ended(.seconds(0)), target: "sip:a@b"))
        #expect(call.commands == [])
        call.tell(.answered)
        #expect(call.commands.first == .log("ended"))
        #expect(try call.playing().items == [.clip("after")])
    }

    @Test func anAnswerThatNobodyAcknowledgesEndsBoth() throws {
        var call = try LiveCall(Self.dial())
        let id = try call.dial().id
        call.tell(.dialBridged(id, target: "sip:a@b"))
        call.pass(.seconds(41))
        #expect(call.commands == [.endBridge(id), .log("the answer was never acknowledged"), .hangUp(cause: nil)])
        #expect(call.run.isFinished)
    }

    @Test func musicTakesEarlyMediaAndStopsWithTheAnswer() throws {
        var call = try LiveCall(Self.dial("to: 'sip:a@b', music: jazz"))
        let id = try call.dial().id
        guard case .music(let music, "jazz") = call.all.dropLast().last else { throw Missing(what: "music") }
        #expect(call.all.suffix(3).first == .earlyMedia())
        call.tell(.dialProgress(id, ringing: true))
        #expect(call.commands == [], "no tone over the music")
        call.tell(.dialBridged(id, target: "sip:a@b"))
        #expect(call.commands == [.stopPlay(music), .answer()])
        var failing = try answered("to: 'sip:a@b', music: jazz")
        guard case .music(let bad, _) = failing.all.dropLast().last else { throw Missing(what: "music") }
        failing.tell(.playFailed(bad, "gone"))
        #expect(failing.commands == [.log("the music failed: gone")])
        failing.tell(.dialEnded(try failing.dial().id, .busy(486), target: ""))
        #expect(failing.commands.first == .log("busy"), "they rang all the same")
    }

    @Test func aFailureBeforeTheAnswerMayStillBeRejected() throws {
        var call = try LiveCall("    - dial: {to: 'sip:a@b', busy: {reject: 486}, else: {reject: 480}}\n    - hangup")
        call.tell(.dialEnded(try call.dial().id, .busy(486), target: "sip:a@b"))
        #expect(call.commands == [.reject(status: 486, reason: nil)])
    }

    @Test func hangingUpCancelsOrPartsOnce() throws {
        for isBridged in [false, true] {
            var call = try answered(
                "to: 'sip:a@b', into: r",
                more:
                    "vars: {r: {type: record, fields: {outcome: text, status: int, target: text, seconds: int}}}\nhandlers: {hangup: {log: '{r.outcome} {r.status} {r.target} {r.seconds}'}}"
            )
            let id = try call.dial().id
            if isBridged { call.tell(.dialBridged(id, target: "sip:a@b")) }
            call.now = call.now + .seconds(5)
            call.tell(.hungUp)
            #expect(call.commands == (isBridged ? [.endBridge(id), .log("ended 200 sip:a@b 5")] : [.cancelDial(id), .log(" 0  0")]))
            #expect(call.run.isFinished && call.run.nextDeadline == nil)
        }
    }

    @Test func theResultIsStored() throws {
        var call = try answered(
            "to: 'sip:a@b', into: r",
            more: "vars: {r: {type: record, fields: {outcome: text, status: int}}}")
        call.tell(.dialEnded(try call.dial().id, .rejected(403), target: "sip:a@b"))
        #expect(call.run.value(of: "r") == .record(["outcome": .text("rejected"), "status": .int(403)]))
    }

    @Test func theCallerEndsTheConversationWithHisKeys() throws {
        var call = try answered("to: 'sip:a@b', stop_by: '*0'")
        let id = try call.dial().id
        call.press("*0")
        #expect(call.commands == [], "not before the conversation")
        call.tell(.dialBridged(id, target: "sip:a@b"))
        call.press("12*")
        call.now = call.now + .seconds(4)
        call.press("0")
        #expect(call.commands == [], "too long after the star")
        call.press("**0")
        #expect(call.commands.prefix(2) == [.endBridge(id), .log("ended")])
        #expect(try call.playing().items == [.clip("after")])
        call.tell(.dialEnded(id, .ended(.seconds(1)), target: ""))
        #expect(call.commands == [], "it is over already")
    }

    @Test func keysOfTheConversationAreNotKeptForLater() throws {
        var call = try LiveCall(
            "    - answer\n    - dial: {to: 'sip:a@b', else: hangup}\n    - gather: {prompt: [ask], max: 1, ok: {log: 'got {digits}'}, exhausted: hangup}\n    - hangup"
        )
        let id = try call.dial().id
        call.press("1")
        call.tell(.dialBridged(id, target: "sip:a@b"))
        call.press("2")
        call.tell(.dialEnded(id, .ended(.seconds(1)), target: ""))
        #expect(try call.playing().items == [.clip("ask")])
        #expect(call.logs == [])
        // What was typed while it rang in vain is kept, as with any step that does not listen.
        var vain = try LiveCall(
            "    - answer\n    - dial: {to: 'sip:a@b', else: {wait: 1ms}}\n    - gather: {prompt: [ask], max: 1, ok: {log: 'got {digits}'}, exhausted: hangup}\n    - hangup"
        )
        vain.press("1")
        vain.tell(.dialEnded(try vain.dial().id, .busy(486), target: ""))
        vain.pass(.milliseconds(1))
        #expect(vain.logs == ["got 1"])
    }

    @Test func theConversationIsNoTimeInMenus() throws {
        var call = try answered(more: "limits: {menus: 60s}\nhandlers: {limit: [{log: limit}, hangup]}")
        let id = try call.dial().id
        call.pass(.seconds(10))
        call.tell(.dialBridged(id, target: "sip:a@b"))
        call.pass(.seconds(3_600))
        #expect(call.commands == [] && call.run.nextDeadline == nil)
        call.tell(.dialEnded(id, .ended(.seconds(3_600)), target: ""))
        #expect(call.run.nextDeadline == call.now + .seconds(50))
    }

    @Test func ringingIsTimeInMenus() throws {
        var call = try answered("to: 'sip:a@b', timeout: 2m", more: "limits: {menus: 60s}\nhandlers: {limit: [{log: limit}, hangup]}")
        let id = try call.dial().id
        call.tell(.dialProgress(id, ringing: true))
        let tone = try call.playing()
        call.pass(.seconds(60))
        #expect(
            call.commands.contains(.cancelDial(id)) && call.commands.contains(.stopPlay(tone.id)) && call.commands.contains(.log("limit")))
        call.tell(.dialBridged(id, target: "sip:a@b"))
        #expect(call.commands == [], "too late")
    }

    @Test func aServerThatTellsNothingHangsNobody() throws {
        var call = try answered("to: ['sip:a@b', 'sip:b@b'], strategy: in_turn, timeout: 10s")
        let id = try call.dial().id
        call.pass(.seconds(59))
        #expect(call.commands == [])
        call.pass(.seconds(1))
        #expect(call.commands.contains(.cancelDial(id)) && call.commands.contains(.log("no_answer")))
    }

    @Test func nobodyToCallIsUnreachable() throws {
        let call = try answered("to: ['{none}', '{none}']", more: "vars: {none: {type: text, init: ''}}")
        #expect(call.logs.contains("unreachable"))
        #expect(throws: Missing.self) { try call.dial() }
    }

    @Test func aDialLeavesTheRoomOfTheCallingScenario() throws {
        let (set, _) = check(
            "scenario: s\nstates:\n  a:\n    - answer\n    - conference: {room: '1', keys: {1: {call: c}}, else: hangup}\n    - play: [out]\n    - hangup\n",
            "scenario: c\nresult: {x: text}\nstates:\n  a:\n    - answer\n    - dial: {to: 'sip:a@b', else: {log: nobody}}\n    - return: {x: y}\n"
        )
        var call = try LiveCall(try required(set, "set"), "s")
        guard case .enterRoom(let room, _) = call.all.last else { throw Missing(what: "room") }
        call.tell(.roomEntered(room))
        call.press("1")
        #expect(call.commands.contains(.leaveRoom(room)))
        call.tell(.dialEnded(try call.dial().id, .busy(486), target: ""))
        #expect(try call.playing().items == [.clip("out")])
    }

    @Test(arguments: [
        ("dial: {else: hangup}", "missing-field"),
        ("dial: {to: [], else: hangup}", "missing-field"),
        ("dial: 'sip:a@b'", "wrong-type"),
        ("dial: {to: 'sip:a@b'}", "missing-outcome"),
        ("dial: {to: 'sip:a@b', busy: hangup, no_answer: hangup, rejected: hangup}", "missing-outcome"),
        ("dial: {to: 'a@b', else: hangup}", "wrong-target"),
        ("dial: {to: 'http://{called}', else: hangup}", "wrong-target"),
        ("dial: {to: 'sip:a@b', strategy: inturn, else: hangup}", "wrong-word"),
        ("dial: {to: 'sip:a@b', timeout: 30, else: hangup}", "wrong-type"),
        ("dial: {to: 'sip:a@b', timeout: 0s, else: hangup}", "out-of-range"),
        ("dial: {to: 'sip:a@b', timeout: 1h, else: hangup}", "out-of-range"),
        ("dial: {to: 'sip:a@b', stop_by: x, else: hangup}", "wrong-type"),
        ("dial: {to: 'sip:a@b', stop_by: '123456789', else: hangup}", "out-of-range"),
        ("dial: {to: 'sip:a@b', confirm: {key: 1}, else: hangup}", "missing-field"),
        ("dial: {to: 'sip:a@b', confirm: {prompt: [x]}, else: hangup}", "missing-field"),
        ("dial: {to: 'sip:a@b', confirm: {key: 1, prompt: [x], promt: [x]}, else: hangup}", "unknown-field"),
        ("dial: {to: 'sip:a@b', tmeout: 3s, else: hangup}", "unknown-field"),
        ("dial: {to: 'sip:a@b', into: q, else: hangup}", "type-mismatch"),
        ("dial: {to: 'sip:a@b', into: z, else: hangup}", "undefined-variable"),
        ("dial: {to: 'sip:a@b', into: caller, else: hangup}", "read-only"),
        ("dial: {to: 'sip:{z}@b', else: hangup}", "undefined-variable"),
        ("dial: {to: 'sip:{called}@elsewhere', else: hangup}", "open-target"),
        ("dial: {to: 'sip:a@elsewhere', else: hangup}", "closed-target"),
        ("dial: {to: 'sip:a@b', caller_id: '{p}', else: hangup}", "masked-printed"),
    ])
    func mistakes(step: String, code: String) throws {
        let more = "vars: {p: {type: digits, init: ''}, q: {type: int, init: 0}}"
        let text =
            "scenario: s\n\(more)\nstates:\n  a:\n    - answer\n    - gather: {into: p, mask: true, exhausted: hangup}\n    - log: '{q}'\n    - \(step)\n    - hangup\n"
        let findings = ScenarioSet.load(
            files: [("f", text)], prompts: AnyPrompts(), dialTargets: [try DialTarget("sip:*@b")]
        ).findings.filter { $0.code != "unreachable-step" && $0.code != "never-read" }
        #expect(findings.map(\.code) == [code], "\(findings.map(\.description))")
        #expect(findings.allSatisfy { $0.location.line == 8 })
    }

    @Test func seventeenTargetsAreTooMany() throws {
        let to = (1...17).map { "'sip:\($0)@b'" }.joined(separator: ", ")
        let findings = check("scenario: s\nstates:\n  a:\n    - dial: {to: [\(to)], else: hangup}\n    - hangup\n").findings
        #expect(findings.filter { $0.severity == .error }.map(\.code) == ["out-of-range"])
    }

    @Test func aKeyOfARoomCannotDial() throws {
        let findings = check(
            "scenario: s\nstates:\n  a:\n    - answer\n    - conference: {room: '1', keys: {1: {dial: {to: 'sip:a@b', else: hangup}}}, else: hangup}\n    - hangup\n"
        ).findings
        #expect(findings.filter { $0.severity == .error }.map(\.code) == ["not-while-in-room"])
    }

    @Test func defaultsServeAllDials() throws {
        let call = try answered(more: "defaults: {dial: {timeout: 7s, strategy: in_turn}}")
        #expect(try call.dial().order.timeout == .seconds(7))
        #expect(try call.dial().order.strategy == .inTurn)
    }
}
