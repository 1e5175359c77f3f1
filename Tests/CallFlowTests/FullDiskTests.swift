import Credentials
import Foundation
import SIP
import Testing
import Timing
import Voicemail

@testable import CallControl
@testable import MediaPlane

/// Callers who would leave a message for which there is no room.
@Suite final class FullDiskTests {
    private let folder: ScratchFolder
    private let store: MessageStore
    private let box: MailboxAddress

    init() throws {
        folder = try ScratchFolder()
        let secret = try ServerSecret.open(folder.path + "/secret")
        store = try MessageStore.open(
            folder: folder.path + "/voicemail", secret: secret, policy: MailboxPolicy(mostMessages: 1, mostSeconds: 3_600))
        box = try #require(MailboxAddress(name: "1001", domain: "example.com"))
        try store.add(box, pin: PIN("7391"))
    }

    private func bench(hasRoom: Bool = true, refusesFull: Bool = false) throws -> SwitchboardBench {
        let routes = [
            Route(pattern: try DialPattern("{box:1XXX}"), scenario: "voicemail-leave", mailbox: MailboxRules()),
            Route(pattern: try DialPattern("*98"), scenario: "voicemail-check"),
            Route(pattern: try DialPattern("600"), scenario: "echo", inputs: [:]),
        ]
        let bench = try SwitchboardBench(recordings: folder.path, routes: routes, messages: store) { settings in
            settings.hasRoom = { _ in hasRoom }
            settings.refusesFullMailboxes = refusesFull
        }
        #expect(bench.recorder.start())
        return bench
    }

    /// Fills the mailbox with its one message.
    private func fill() throws {
        let pending = try store.begin(MessageDraft(box: box, caller: "2002", calledAt: UnixTime.now()))
        try Data(repeating: 0, count: 40_000).write(to: URL(fileURLWithPath: pending.path))
        #expect(try store.deliver(pending.id, duration: 5_000) != nil)
    }

    private func refusal(_ bench: SwitchboardBench, _ number: String) throws -> StatusCode? {
        var caller = CallerDouble(number: number, callID: "to-\(number)")
        bench.receive(caller.request("INVITE", body: CallerDouble.offer))
        bench.pass(.seconds(1))
        guard let answer = bench.takeSent().last, let status = answer.status else { return nil }
        caller.toTag = try answer.envelope().toTag
        if status == .ok {
            bench.receive(caller.request("ACK", branch: "ack"))
            caller.sequence += 1
            bench.receive(caller.request("BYE"))
            return nil
        }
        bench.receive(caller.request("ACK", branch: "INVITE-1"))
        return status
    }

    @Test func onlyWhoWouldRecordIsSentElsewhere() throws {
        let bench = try bench(hasRoom: false)
        defer { bench.recorder.stop() }
        #expect(try refusal(bench, "1001") == .temporarilyUnavailable)
        #expect(bench.media.sessions.isEmpty, "nothing was opened for it")
        #expect(try refusal(bench, "1999") == .notFound, "a mailbox that is none is the better reason")
        #expect(try refusal(bench, "*98") == nil, "messages can be heard and deleted, which makes room")
        #expect(try refusal(bench, "600") == nil)
        bench.receive(CallerDouble(number: "600", callID: "ping").request("OPTIONS"))
        #expect(bench.takeSent().last?.status == .ok)
        bench.expectNothingLeft()
    }

    /// The disk fills up while he hears the greeting.
    @Test func whoIsAnsweredAlreadyIsTold() throws {
        let bench = try bench()
        defer { bench.recorder.stop() }
        let place = folder.path + "/voicemail/example.com/1001"
        try? FileManager.default.removeItem(atPath: place)
        try Data().write(to: URL(fileURLWithPath: place))
        let caller = try #require(bench.call(CallerDouble(number: "1001")))
        bench.finishPlaying()
        #expect(bench.takeOrders().contains("play vm-cannot-store"))
        bench.finishPlaying()
        bench.finishPlaying()
        #expect(bench.takeSent().contains { $0.method == .bye && $0.value(of: .callID) == caller.callID })
        bench.receive(CallerDouble(number: "1001", toTag: caller.toTag, sequence: caller.sequence).request("BYE"))
        bench.pass(.seconds(40))
        #expect(bench.switchboard.callCount == 0)
    }

    @Test func aFullMailboxSaysSo() throws {
        try fill()
        let bench = try bench()
        defer { bench.recorder.stop() }
        let caller = try #require(bench.call(CallerDouble(number: "1001")))
        let playing = try #require(bench.session?.playing)
        #expect(playing.track.parts.map { Shipped.clipNames[UInt(bitPattern: $0.bytes)] } == ["vm-mailbox-full"])
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
    }

    @Test func orRefusesWhereThatIsWanted() throws {
        try fill()
        let bench = try bench(refusesFull: true)
        defer { bench.recorder.stop() }
        #expect(try refusal(bench, "1001") == .temporarilyUnavailable)
        #expect(bench.media.sessions.isEmpty)
        bench.expectNothingLeft()
    }

    @Test func theSystemIsAsked() {
        #expect(DiskSpace.hasRoom(in: folder.path + "/not/there"), "what cannot be asked is tried")
        #if os(Linux)
            #expect(!DiskSpace.hasRoom(in: "/proc"), "a file system without a single block")
        #endif
    }
}
