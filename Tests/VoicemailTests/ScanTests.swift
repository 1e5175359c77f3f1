import Credentials
import Foundation
import Testing

@testable import Voicemail

@Suite struct ScanTests {
    let fixture: StoreFixture
    let box: MailboxAddress

    init() throws {
        fixture = try StoreFixture()
        box = try .box("1001")
    }

    private func draft() -> MessageDraft {
        MessageDraft(box: box, caller: "sip:bob@example.com", callerName: "Bob", calledAt: StoreFixture.noon, isUrgent: true)
    }

    /// A server that was killed while it recorded `milliseconds`.
    private func interrupted(_ milliseconds: Int) throws -> PendingMessage {
        let store = try fixture.open()
        if try store.mailbox(box) == nil { try store.add(box) }
        let pending = try store.begin(draft())
        try StoreFixture.recordPart(pending.path, milliseconds: milliseconds)
        store.close()
        return pending
    }

    @Test func aRecordingCutShortBecomesAMessageWithItsCaller() throws {
        let pending = try interrupted(5_000)
        let store = try fixture.open()
        let message = VoiceMessage(
            id: pending.id, box: box, caller: "sip:bob@example.com", callerName: "Bob", receivedAt: StoreFixture.noon, duration: 5_000,
            isUrgent: true, path: pending.path)
        #expect(try store.messages(in: box) == [message])
        #expect(store.startReport.entries.last == .recovered(message) && store.startReport.entries.count == 2)
        #expect(store.startReport.description.contains("5000 ms recovered"))
        #expect(try StoreFixture.sound(pending.path) == (5_000, 1_000))
        #expect(try store.check().isEmpty && store.scan().isEmpty)
    }

    @Test func oneCutTooShortIsRemoved() throws {
        let pending = try interrupted(1_500)
        let store = try fixture.open()
        #expect(store.startReport.entries.last == .tooShort(pending.id, box))
        #expect(try store.messages(in: box).isEmpty && store.check().isEmpty)
        #expect(StoreFixture.names(store.folder.messages(of: box)).isEmpty)
    }

    @Test func aMessageWithoutAFileIsLostAndSaidSoAndCanComeBack() throws {
        var store = try fixture.open()
        try store.add(box)
        let message = try StoreFixture.leave(in: box, of: store)
        let hidden = fixture.root + "/hidden.wav"
        try FileManager.default.moveItem(atPath: message.path, toPath: hidden)
        #expect(try store.check() == [.messageWithoutFile(message.id, box)])
        store.close()
        store = try fixture.open()
        #expect(store.startReport.entries == [.lost(message.id, box)])
        #expect(try store.messages(in: box).isEmpty && store.mailbox(box)?.lostMessages == 1 && store.check().isEmpty)
        try FileManager.default.moveItem(atPath: hidden, toPath: message.path)
        #expect(try store.check() == [.lostAndFound(message.id, box)])
        #expect(try store.scan().entries == [.found(message)])
        #expect(try store.messages(in: box) == [message])
        try FileManager.default.removeItem(atPath: message.path)
        _ = try store.scan()
        try store.forgetLost(message.id)
        #expect(try store.mailbox(box)?.lostMessages == 0 && store.check().isEmpty)
    }

    @Test func aFileThatTheIndexDoesNotKnowIsAdopted() throws {
        let store = try fixture.open()
        try store.add(box)
        let id = MessageID(receivedAt: UnixTime(seconds: 1_700_000_000))
        try StoreFixture.record(store.folder.message(id, of: box), milliseconds: 4_000, value: 5)
        try StoreFixture.record(store.folder.messages(of: box) + "/from a backup.wav", milliseconds: 3_000, value: 6)
        #expect(try store.check().count == 2)
        #expect(try store.scan().entries.count == 2)
        let messages = try store.messages(in: box)
        #expect(messages.count == 2 && messages[0].id == id && messages[0].receivedAt.seconds == 1_700_000_000)
        #expect(messages[0].duration == 4_000 && messages[0].caller.isEmpty && messages[0].state == .new)
        #expect(try StoreFixture.sound(messages[1].path) == (3_000, 6))
        #expect(abs(messages[1].receivedAt.seconds - UnixTime.now().seconds) < 60)
        #expect(try store.check().isEmpty && store.scan().isEmpty)
        #expect(StoreFixture.names(store.folder.messages(of: box)).count == 2)
    }

    @Test func aMessageThatSomebodyCopiesIntoAnotherMailboxIsAMessageThereToo() throws {
        let store = try fixture.open()
        let other = try MailboxAddress.box("1002")
        try store.add(box)
        try store.add(other)
        let message = try StoreFixture.leave(in: box, of: store)
        try FileManager.default.copyItem(atPath: message.path, toPath: store.folder.message(message.id, of: other))
        #expect(try store.scan().entries.count == 1)
        let copy = try #require(try store.messages(in: other).first)
        #expect(copy.id != message.id && copy.receivedAt == message.receivedAt && copy.duration == message.duration)
        #expect(try store.messages(in: box) == [message] && store.check().isEmpty)
    }

    @Test func whatIsNoAudioIsSetAsideOnceAndReported() throws {
        let store = try fixture.open()
        try store.add(box)
        let path = store.folder.messages(of: box) + "/note.wav"
        #expect(StoreFixture.run("/bin/cp", "/etc/passwd", path))
        let report = try store.scan()
        guard case .failed(let error) = report.entries.first else {
            Issue.record("\(report)")
            return
        }
        #expect(error.kind == .notAudio && report.entries.count == 1)
        #expect(StoreFixture.names(store.folder.messages(of: box)) == ["note.wav.broken"])
        #expect(try store.scan().isEmpty && store.check().isEmpty && store.messages(in: box).isEmpty)
    }

    @Test func anEmptyUnfinishedFileLeavesALostMessageWithItsCaller() throws {
        let store = try fixture.open()
        try store.add(box)
        let pending = try store.begin(draft())
        store.close()
        try Data().write(to: URL(fileURLWithPath: pending.path + ".part"))
        let next = try fixture.open()
        #expect(next.startReport.entries.contains(.lost(pending.id, box)))
        #expect(StoreFixture.names(next.folder.messages(of: box)) == ["\(pending.id).wav.broken"])
        #expect(try next.check().isEmpty)
    }

    @Test func aScanOfARunningServerLeavesItsRecordingsAlone() throws {
        let store = try fixture.open()
        try store.add(box)
        let (early, late) = try (store.begin(draft()), store.begin(draft()))
        try StoreFixture.record(late.path, milliseconds: 3_000)
        #expect(try store.scan().isEmpty && store.check().isEmpty)
        #expect(try store.deliver(late.id, duration: 3_000) != nil)
        try StoreFixture.record(early.path, milliseconds: 3_000)
        #expect(try store.deliver(early.id, duration: 3_000) != nil)
    }

    @Test func aMailboxWithoutAFolderGetsOneAndAFolderAMailbox() throws {
        let store = try fixture.open()
        try store.add(box)
        let other = try MailboxAddress.box("1002")
        try FileManager.default.moveItem(atPath: store.folder.box(box), toPath: store.folder.box(other))
        #expect(try store.check() == [.folderWithoutMailbox(other), .mailboxWithoutFolder(box)])
        #expect(try store.scan().entries == [.adoptedMailbox(other)])
        #expect(try store.mailboxes().map(\.address) == [box, other] && store.check().isEmpty)
    }

    @Test func foldersThatAreNoMailboxesAreNotTouched() throws {
        let store = try fixture.open()
        try FileManager.default.createDirectory(atPath: fixture.folder + "/lost+found/x", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: fixture.folder + "/EXAMPLE.com/1001", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: fixture.folder + "/example.com/a b", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: fixture.folder + "/example.com/link", withDestinationPath: "/tmp")
        #expect(try store.check().isEmpty && store.scan().isEmpty && store.mailboxes().isEmpty)
    }
}
