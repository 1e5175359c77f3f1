import AudioFiles
import Credentials
import Foundation
import Testing
import Timing
import Voicemail

@testable import CallControl

/// Leaving and hearing a message, through the shipped scenarios and a store on disk.
@Suite final class MailboxCallTests {
    private let folder: ScratchFolder
    private let store: MessageStore
    private let box: MailboxAddress

    init() throws {
        folder = try ScratchFolder()
        let secret = try ServerSecret.open(folder.path + "/secret")
        store = try MessageStore.open(folder: folder.path + "/voicemail", secret: secret)
        box = try #require(MailboxAddress(name: "1001", domain: "example.com"))
        try store.add(box, pin: PIN("7391"))
    }

    private func bench(trustsPeers: Bool = false) throws -> SwitchboardBench {
        let routes = [
            Route(pattern: try DialPattern("{box:1XXX}"), scenario: "voicemail-leave", mailbox: MailboxRules()),
            Route(pattern: try DialPattern("*97"), scenario: "voicemail-check", inputs: ["own": "true"]),
            Route(pattern: try DialPattern("*98"), scenario: "voicemail-check"),
        ]
        let bench = try SwitchboardBench(recordings: folder.path, routes: routes, messages: store, trustsPeers: trustsPeers)
        #expect(bench.recorder.start())
        return bench
    }

    /// Half a second of a loud tone for each count.
    private static func speech(_ halves: Int) -> [Int16] {
        (0..<halves * 4_000).map { Int16(9_000 * sin(Double($0) * 2 * .pi * 440 / 8_000)) }
    }

    private func files() -> [String] {
        FileManager.default.enumerator(atPath: folder.path + "/voicemail")?.compactMap { $0 as? String }.filter { $0.contains(".wav") }
            ?? []
    }

    /// Up to the running recording; the caller has heard the greeting and the tone.
    private func reachRecording(_ bench: SwitchboardBench, _ start: CallerDouble) throws -> CallerDouble {
        let caller = try #require(bench.call(start))
        bench.finishPlaying()
        bench.finishPlaying()
        #expect(bench.session?.recording != nil)
        return caller
    }

    private func speak(_ bench: SwitchboardBench, halves: Int) {
        for _ in 0..<halves { #expect(bench.speak(Self.speech(1))) }
    }

    @Test func hangingUpDeliversWhatWasSaid() throws {
        let bench = try bench()
        defer { bench.recorder.stop() }
        let caller = try reachRecording(bench, CallerDouble(number: "1001", user: "2002"))
        #expect(try store.messages(in: box).isEmpty, "it is being recorded, and no message yet")
        speak(bench, halves: 6)
        bench.receive(caller.request("BYE"))
        #expect(bench.awaitBackground())
        let message = try #require(try store.messages(in: box).first)
        #expect(message.caller == "2002" && message.state == .new && message.duration == 3_000)
        bench.expectNothingLeft()
        #expect(try store.check() == [])
    }

    @Test(arguments: [0, 2])
    func whatIsSilentOrShortLeavesNothing(halves: Int) throws {
        let bench = try bench()
        defer { bench.recorder.stop() }
        let caller = try reachRecording(bench, CallerDouble(number: "1001"))
        speak(bench, halves: halves)
        bench.receive(caller.request("BYE"))
        #expect(bench.awaitBackground())
        #expect(try store.messages(in: box).isEmpty)
        #expect(files() == [])
        #expect(try store.check() == [])
        bench.expectNothingLeft()
    }

    @Test func aMessageIsRecordedAgainAndKeptByKey() throws {
        let bench = try bench()
        defer { bench.recorder.stop() }
        let caller = try reachRecording(bench, CallerDouble(number: "1001"))
        speak(bench, halves: 5)
        bench.press("#")
        #expect(bench.awaitBackground())
        bench.press("3")
        bench.finishPlaying()
        speak(bench, halves: 8)
        bench.press("#")
        #expect(bench.awaitBackground())
        bench.press("1")
        #expect(bench.trace.states.last == "save")
        let messages = try store.messages(in: box)
        #expect(messages.map(\.duration) == [4_000])
        #expect(files().count == 1, "the first attempt is gone")
        bench.receive(caller.request("BYE"))
        #expect(try store.messages(in: box).count == 1, "delivered once, though the caller hangs up afterwards")
        bench.expectNothingLeft()
    }

    @Test func unknownAndDisabledBoxesAreRefusedBeforeTheAnswer() throws {
        let bench = try bench()
        bench.receive(CallerDouble(number: "1777", callID: "a").request("INVITE", body: CallerDouble.offer))
        #expect(bench.takeSent().last?.status?.code == 404)
        try store.setDisabled(true, of: box)
        bench.receive(CallerDouble(number: "1001", callID: "b").request("INVITE", body: CallerDouble.offer))
        #expect(bench.takeSent().last?.status?.code == 480)
    }

    private func leaveMessage(caller: String = "2002", halves: Int = 6) throws {
        let bench = try bench()
        defer { bench.recorder.stop() }
        let double = try reachRecording(bench, CallerDouble(number: "1001", user: caller, callID: "leave-\(caller)"))
        speak(bench, halves: halves)
        bench.receive(double.request("BYE"))
        #expect(bench.awaitBackground())
    }

    @Test func theOwnerHearsDeletesAndHasBack() throws {
        try leaveMessage()
        let bench = try bench()
        let caller = try #require(bench.call(CallerDouble(number: "*98", user: "1001")))
        bench.press("1001#")
        bench.press("7391#")
        #expect(bench.trace.states.last == "counts")
        while bench.trace.states.last == "counts" { bench.finishPlaying() }
        bench.press("1")
        #expect(bench.trace.states.last == "listen")
        bench.finishPlaying()
        bench.press("7")
        #expect(try store.messages(in: box).map(\.state) == [.deleted])
        bench.finishPlaying()
        bench.press("7")
        #expect(try store.messages(in: box).map(\.state) == [.new])
        bench.finishPlaying()
        bench.press("9")
        #expect(try store.messages(in: box).map(\.state) == [.saved])
        bench.finishPlaying()
        bench.press("7")
        bench.receive(caller.request("BYE"))
        #expect(try store.messages(in: box) == [], "what is deleted when he leaves is gone")
        #expect(files() == [])
        bench.expectNothingLeft()
    }

    @Test func aWrongPINOpensNothing() throws {
        let bench = try bench()
        let caller = try #require(bench.call(CallerDouble(number: "*98", user: "1001")))
        for _ in 0..<3 {
            bench.press("1001#")
            bench.press("1111#")
            bench.finishPlaying()
        }
        #expect(bench.trace.states.filter { $0 == "wrong" }.count == 3)
        #expect(bench.trace.states.last == "goodbye")
        #expect(!bench.trace.states.contains("counts"))
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func onlyATrustedPeerVouchesForTheOwner() throws {
        for trusts in [false, true] {
            let bench = try bench(trustsPeers: trusts)
            let double = CallerDouble(number: "*97", user: "somebody", callID: "own-\(trusts)")
            let invite = double.request("INVITE", body: CallerDouble.offer).replacingOccurrences(
                of: "Max-Forwards", with: "P-Asserted-Identity: <sip:1001@example.com>\r\nMax-Forwards")
            bench.receive(invite)
            bench.pass(.seconds(1))
            #expect(bench.trace.states.contains("counts") == trusts)
            #expect(bench.trace.states.contains("pin") != trusts)
        }
        let bench = try bench(trustsPeers: true)
        _ = try #require(bench.call(CallerDouble(number: "*97", user: "1001", callID: "from")))
        #expect(!bench.trace.states.contains("counts"), "From proves nothing")
    }

    @Test func anOwnGreetingIsHeardByCallers() throws {
        let bench = try bench()
        defer { bench.recorder.stop() }
        let owner = try #require(bench.call(CallerDouble(number: "*98", user: "1001", callID: "owner")))
        bench.press("1001#")
        bench.press("7391#")
        while bench.trace.states.last == "counts" { bench.finishPlaying() }
        bench.press("0")
        bench.press("1")
        bench.finishPlaying()
        bench.finishPlaying()
        speak(bench, halves: 4)
        bench.press("#")
        #expect(bench.awaitBackground())
        #expect(try store.mailbox(box)?.greetings == [], "not before he has kept it")
        bench.press("1")
        #expect(try store.mailbox(box)?.greetings == [.unavailable])
        bench.receive(owner.request("BYE"))
        _ = bench.takeOrders()
        _ = try #require(bench.call(CallerDouble(number: "1001", callID: "caller")))
        #expect(!bench.trace.states.contains("standard-greeting"))
        #expect(bench.session?.playing?.track.tickCount ?? 0 > 8_000)
    }

    @Test func thePINIsChanged() throws {
        let bench = try bench()
        _ = try #require(bench.call(CallerDouble(number: "*98", user: "1001")))
        bench.press("1001#")
        bench.press("7391#")
        while bench.trace.states.last == "counts" { bench.finishPlaying() }
        bench.press("0")
        bench.press("5")
        bench.press("1111#")
        bench.press("1111#")
        #expect(try store.verify("7391", of: box, by: "x") == .right, "1111 is refused")
        bench.finishPlaying()
        bench.press("5")
        bench.press("4826#")
        bench.press("4826#")
        #expect(try store.verify("4826", of: box, by: "x") == .right)
        #expect(try store.verify("7391", of: box, by: "x") == .wrong)
    }
}
