import Testing

@testable import Voicemail

@Suite struct MessageStateTests {
    let fixture: StoreFixture
    let box: MailboxAddress
    let store: MessageStore

    init() throws {
        fixture = try StoreFixture()
        box = try .box("1001")
        store = try fixture.open()
        try store.add(box)
    }

    @Test func everyStateCanBeReachedFromEveryOther() throws {
        let message = try StoreFixture.leave(in: box, of: store)
        for from in VoiceMessage.State.allCases {
            for to in VoiceMessage.State.allCases {
                try store.mark(message.id, as: from)
                try store.mark(message.id, as: to)
                #expect(try store.messages(in: box).map(\.state) == [to])
            }
        }
    }

    @Test func whatIsUnknownOrBeingRecordedCannotBeMarked() throws {
        let pending = try store.begin(MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon))
        #expect(failure { () throws(VoicemailError) in try store.mark(pending.id, as: .new) } == .unknownMessage)
        let other = MessageID(receivedAt: StoreFixture.noon)
        #expect(failure { () throws(VoicemailError) in try store.mark(other, as: .saved) } == .unknownMessage)
    }

    @Test func purgingTakesWhatIsDeletedInThisMailbox() throws {
        let other = try MailboxAddress.box("1002")
        try store.add(other)
        let kept = try StoreFixture.leave(in: box, of: store)
        let deleted = try StoreFixture.leave(in: box, of: store)
        let elsewhere = try StoreFixture.leave(in: other, of: store)
        try store.mark(deleted.id, as: .deleted)
        try store.mark(elsewhere.id, as: .deleted)
        #expect(try store.purgeDeleted(in: box) == 1)
        #expect(try store.messages(in: box).map(\.id) == [kept.id])
        #expect(try store.messages(in: other).map(\.id) == [elsewhere.id])
        #expect(StoreFixture.names(store.folder.messages(of: box)) == ["\(kept.id).wav"])
        #expect(try store.purgeDeleted(in: box) == 0)
        #expect(try store.check().isEmpty)
    }

    @Test func theNextStartPurgesWhatWasDeletedADayAgo() throws {
        let message = try StoreFixture.leave(in: box, of: store)
        try store.mark(message.id, as: .deleted)
        fixture.advance(24 * 3_600 - 1)
        #expect(try store.scan().purged == 0)
        fixture.advance(1)
        #expect(try store.scan().purged == 1)
        #expect(try store.messages(in: box).isEmpty && store.check().isEmpty)
        #expect(StoreFixture.names(store.folder.messages(of: box)).isEmpty)
    }

    @Test func twoSessionsInOneMailboxDoNotHurtEachOther() async throws {
        let store = store
        let box = box
        let messages = try (0..<20).map { _ in try StoreFixture.leave(in: box, of: store) }
        await withTaskGroup(of: Void.self) { group in
            for offset in 0..<2 {
                group.addTask {
                    for (index, message) in messages.enumerated() where index % 2 == offset {
                        try? store.mark(message.id, as: .deleted)
                        _ = try? store.purgeDeleted(in: box)
                    }
                }
            }
        }
        #expect(try store.messages(in: box).isEmpty && store.check().isEmpty)
        #expect(StoreFixture.names(store.folder.messages(of: box)).isEmpty)
    }
}
