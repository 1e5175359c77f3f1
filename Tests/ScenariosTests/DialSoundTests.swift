import Scenarios
import Testing
import Timing

/// dial: whoever is called may be heard before he answers, in place of the ring-back tone or the music.
@Suite struct DialSoundTests {
    private static func dial(_ fields: String = "to: 'sip:a@b'") -> String {
        "    - dial: {\(fields), else: hangup}\n    - hangup"
    }

    @Test func theRingbackToneGivesWayAndComesBack() throws {
        var call = try LiveCall("    - answer\n" + Self.dial())
        let id = try call.dial().id
        call.tell(.dialProgress(id, ringing: true))
        let tone = try call.playing()
        call.tell(.dialSound(id, isHeard: true))
        #expect(call.commands == [.stopPlay(tone.id)])
        call.tell(.dialSound(id, isHeard: true))
        #expect(call.commands == [], "said once")
        call.tell(.dialSound(id, isHeard: false))
        #expect(try call.playing().items == [.tone(.ringback, .seconds(30))])
    }

    @Test func whoIsHeardBeforeHeRingsNeedsNoTone() throws {
        var call = try LiveCall("    - answer\n" + Self.dial())
        let id = try call.dial().id
        call.tell(.dialSound(id, isHeard: true))
        call.tell(.dialProgress(id, ringing: true))
        #expect(call.commands == [])
        call.tell(.dialSound(id, isHeard: false))
        #expect(try call.playing().items == [.tone(.ringback, .seconds(30))], "another one may be ringing")
    }

    @Test func aCallerWhoIsNotAnsweredGetsEarlyMediaOnce() throws {
        var call = try LiveCall(Self.dial())
        let id = try call.dial().id
        for isHeard in [true, false, true] { call.tell(.dialSound(id, isHeard: isHeard)) }
        #expect(call.all.count { $0 == .earlyMedia() } == 1)
        #expect(!call.all.contains { if case .play = $0 { true } else { false } }, "nothing had rung")
    }

    @Test func theMusicComesBack() throws {
        var call = try LiveCall(Self.dial("to: 'sip:a@b', music: jazz"))
        let id = try call.dial().id
        call.tell(.dialSound(id, isHeard: true))
        #expect(call.commands.contains { if case .stopPlay = $0 { true } else { false } })
        call.tell(.dialSound(id, isHeard: false))
        #expect(call.commands.contains { if case .music(_, "jazz") = $0 { true } else { false } })
        call.tell(.dialBridged(id, target: "sip:a@b"))
        #expect(call.commands.contains(.answer()))
    }

    @Test func ofOtherDialsNothingIsTaken() throws {
        var call = try LiveCall(Self.dial())
        call.tell(.dialSound(OrderID(99), isHeard: true))
        #expect(call.commands == [])
        let id = try call.dial().id
        call.tell(.dialBridged(id, target: "sip:a@b"))
        call.tell(.dialSound(id, isHeard: false))
        #expect(call.commands == [], "they talk")
    }
}
