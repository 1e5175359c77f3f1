import Credentials
import Testing

@testable import Voicemail

@Suite struct RecordingTests {
    let fixture: StoreFixture
    let box: MailboxAddress
    let store: MessageStore

    init() throws {
        fixture = try StoreFixture()
        box = try .box("1001")
        store = try fixture.open()
        try store.add(box)
    }

    private var messageFiles: [String] { StoreFixture.names(store.folder.messages(of: box)) }

    private func begin() throws -> PendingMessage {
        try store.begin(MessageDraft(box: box, caller: "sip:bob@example.com", callerName: "Bob", calledAt: StoreFixture.noon))
    }

    @Test func aMessageIsThereWhenItIsDeliveredAndNotBefore() throws {
        let pending = try begin()
        #expect(pending.path == "\(fixture.folder)/example.com/1001/messages/\(pending.id).wav")
        #expect(try store.messages(in: box).isEmpty)
        try StoreFixture.record(pending.path, milliseconds: 3_000)
        #expect(try store.messages(in: box).isEmpty)
        let delivered = try #require(try store.deliver(pending.id, duration: 3_000, isUrgent: true))
        #expect(
            delivered
                == VoiceMessage(
                    id: pending.id, box: box, caller: "sip:bob@example.com", callerName: "Bob", receivedAt: StoreFixture.noon,
                    duration: 3_000, state: .new, isUrgent: true, path: pending.path))
        #expect(try store.messages(in: box) == [delivered])
        #expect(try store.deliver(pending.id, duration: 9_000) == delivered, "a second delivery changes nothing")
        #expect(try store.check().isEmpty)
    }

    @Test func messagesComeInOrderOfAge() throws {
        var expected: [MessageID] = []
        for offset: Int64 in [0, 0, 0, 5, 5] {
            fixture.advance(offset)
            expected.append(try StoreFixture.leave(in: box, of: store).id)
        }
        #expect(try store.messages(in: box).map(\.id) == expected)
    }

    @Test func whatIsTooShortIsDiscarded() throws {
        let pending = try begin()
        try StoreFixture.record(pending.path, milliseconds: 1_999)
        #expect(try store.deliver(pending.id, duration: 1_999) == nil)
        #expect(messageFiles.isEmpty)
        #expect(try store.messages(in: box).isEmpty && store.check().isEmpty)
        #expect(failure { () throws(VoicemailError) in _ = try store.deliver(pending.id, duration: 3_000) } == .unknownMessage)
    }

    @Test func withoutAFinishedFileNothingIsDelivered() throws {
        let pending = try begin()
        #expect(failure { () throws(VoicemailError) in _ = try store.deliver(pending.id, duration: 3_000) } == .noRecording)
        try StoreFixture.recordPart(pending.path, milliseconds: 3_000)
        #expect(failure { () throws(VoicemailError) in _ = try store.deliver(pending.id, duration: 3_000) } == .noRecording)
        try store.discard(pending.id)
        #expect(messageFiles.isEmpty)
    }

    @Test func aDiscardedRecordingLeavesNothingWhateverThereWas() throws {
        let (none, part, whole) = try (begin(), begin(), begin())
        try StoreFixture.recordPart(part.path, milliseconds: 3_000)
        try StoreFixture.record(whole.path, milliseconds: 3_000)
        for pending in [none, part, whole] { try store.discard(pending.id) }
        try store.discard(whole.id)
        #expect(messageFiles.isEmpty)
        #expect(try store.check().isEmpty)
    }

    @Test func aDeliveredMessageCannotBeDiscarded() throws {
        let message = try StoreFixture.leave(in: box, of: store)
        #expect(failure { () throws(VoicemailError) in try store.discard(message.id) } == .wrongState)
        #expect(try store.messages(in: box) == [message])
    }

    @Test func aRecordingMadeElsewhereIsTakenOver() throws {
        let path = fixture.root + "/call.wav"
        let draft = MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon, isUrgent: true)
        #expect(failure { () throws(VoicemailError) in _ = try store.adopt(path, as: draft, duration: 3_000) } == .noRecording)
        try StoreFixture.record(path, milliseconds: 3_000, value: 77)
        #expect(try store.adopt(path, as: draft, duration: 1_000) == nil)
        #expect(StoreFixture.names(fixture.root).contains("call.wav"))
        let message = try #require(try store.adopt(path, as: draft, duration: 3_000))
        #expect(try StoreFixture.sound(message.path) == (3_000, 77))
        #expect(message.isUrgent && message.state == .new)
        #expect(!StoreFixture.names(fixture.root).contains("call.wav"))
        #expect(try store.messages(in: box) == [message] && store.check().isEmpty)
    }

    @Test func aLongCallerNameIsCutAndAnOddOneKept() throws {
        let long = String(repeating: "ä", count: 10_000)
        let message = try StoreFixture.leave(in: box, of: store, caller: long)
        #expect(message.caller.utf8.count <= 515)
        let odd = "\"'; DROP TABLE message; --\u{0}\n😀"
        #expect(try StoreFixture.leave(in: box, of: store, caller: odd).caller == odd.replacing("\u{0}", with: ""))
    }

    @Test func senselessTimesAndLengthsDoNotTrap() throws {
        for time in [Int64.min, -1, 0, .max] {
            let pending = try store.begin(MessageDraft(box: box, caller: "x", calledAt: UnixTime(seconds: time)))
            #expect(MessageID(pending.id.text) == pending.id)
            try StoreFixture.record(pending.path, milliseconds: 2_000)
            let message = try #require(try store.deliver(pending.id, duration: Int.max))
            #expect(message.receivedAt.seconds == time && message.duration == 1_000_000_000)
            try store.mark(message.id, as: .deleted)
            try store.purgeDeleted(in: box)
        }
        let pending = try begin()
        try StoreFixture.record(pending.path, milliseconds: 2_000)
        #expect(try store.deliver(pending.id, duration: Int.min) == nil)
    }
}
