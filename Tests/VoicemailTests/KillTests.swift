import Testing

@testable import Voicemail

/// The server is killed after each single step on disk of everything it does. The next start must bring index and disk together,
/// lose no delivered message, and bring back none that was removed.
@Suite struct KillTests {
    let fixture: StoreFixture
    let box: MailboxAddress

    init() throws {
        fixture = try StoreFixture()
        box = try .box("1001")
    }

    /// Opens after the kill; index and disk must agree, a second start finds nothing to do, and what stood before stands still.
    private func reopened(keeping kept: [VoiceMessage]) throws -> MessageStore {
        let first = try fixture.open()
        #expect(try first.check().isEmpty)
        first.close()
        let store = try fixture.open()
        #expect(store.startReport.isEmpty, "\(store.startReport)")
        let messages = try store.messages(in: box)
        for message in kept {
            #expect(messages.contains(message))
            #expect(try StoreFixture.sound(message.path) == (message.duration, 1_000))
        }
        #expect(StoreFixture.names(store.folder.messages(of: box)) == messages.map { "\($0.id).wav" }.sorted())
        return store
    }

    private func prepared() throws -> (store: MessageStore, kept: [VoiceMessage]) {
        let store = try fixture.open()
        try store.add(box)
        let kept = [try StoreFixture.leave(2_500, in: box, of: store)]
        return (store, kept)
    }

    private func draft(_ store: MessageStore) -> MessageDraft {
        MessageDraft(box: box, caller: "sip:bob@example.com", calledAt: store.clock())
    }

    @Test(arguments: [StoreStep.mailboxRow, .mailboxFolders]) func whileAddingAMailbox(step: StoreStep) throws {
        let store = try fixture.open()
        #expect(try fixture.killed(at: step, store: store) { try store.add(box) })
        #expect(try reopened(keeping: []).status(of: box) == .open)
    }

    @Test(arguments: [StoreStep.beginRow, .beginFolders]) func whileBeginning(step: StoreStep) throws {
        let (store, kept) = try prepared()
        #expect(try fixture.killed(at: step, store: store) { _ = try store.begin(draft(store)) })
        let next = try reopened(keeping: kept)
        #expect(try next.messages(in: box) == kept)
        #expect(try next.mailbox(box)?.lostMessages == 1, "that somebody called is still known")
    }

    @Test func whileRecordingAndBetweenTheRecordingsEndAndItsDelivery() throws {
        for isFinished in [false, true] {
            let fixture = try StoreFixture()
            let store = try fixture.open()
            try store.add(box)
            let pending = try store.begin(draft(store))
            if isFinished {
                try StoreFixture.record(pending.path, milliseconds: 4_000)
            } else {
                try StoreFixture.recordPart(pending.path, milliseconds: 4_000)
            }
            store.close()
            let next = try fixture.open()
            #expect(try next.messages(in: box).map(\.id) == [pending.id] && next.messages(in: box)[0].duration == 4_000)
            #expect(try next.check().isEmpty)
        }
    }

    @Test func rightAfterDelivery() throws {
        let (store, kept) = try prepared()
        var delivered: VoiceMessage?
        #expect(try fixture.killed(at: .deliverRow, store: store) { delivered = try StoreFixture.leave(in: box, of: store) })
        _ = try reopened(keeping: kept + [try #require(delivered)])
    }

    @Test(arguments: [StoreStep.removalRow, .removalFile, .removalEnd]) func whileDiscarding(step: StoreStep) throws {
        let (store, kept) = try prepared()
        let pending = try store.begin(draft(store))
        try StoreFixture.record(pending.path, milliseconds: 4_000)
        #expect(try fixture.killed(at: step, store: store) { try store.discard(pending.id) })
        let next = try reopened(keeping: kept)
        #expect(try next.messages(in: box) == kept && next.mailbox(box)?.lostMessages == 0)
    }

    @Test(arguments: [(StoreStep.removalRow, 0), (.removalFile, 0), (.removalFile, 1), (.removalFile, 2), (.removalEnd, 0)])
    func whilePurging(step: StoreStep, after: Int) throws {
        let (store, kept) = try prepared()
        for _ in 0..<3 { try store.mark(try StoreFixture.leave(in: box, of: store).id, as: .deleted) }
        #expect(try fixture.killed(at: step, after: after, store: store) { try store.purgeDeleted(in: box) })
        let next = try reopened(keeping: kept)
        #expect(try next.messages(in: box) == kept && next.mailbox(box)?.lostMessages == 0)
    }

    @Test func rightAfterMarkingTheMarkStands() throws {
        let (store, kept) = try prepared()
        #expect(try fixture.killed(at: .markRow, store: store) { try store.mark(kept[0].id, as: .saved) })
        #expect(try reopened(keeping: []).messages(in: box).map(\.state) == [.saved])
    }

    @Test(arguments: [StoreStep.adoptRow, .adoptFile, .adoptDelivery, .adoptSource]) func whileTakingOverARecording(step: StoreStep) throws
    {
        let (store, kept) = try prepared()
        let path = fixture.root + "/call.wav"
        try StoreFixture.record(path, milliseconds: 4_000)
        #expect(try fixture.killed(at: step, store: store) { _ = try store.adopt(path, as: draft(store), duration: 4_000) })
        let next = try reopened(keeping: kept)
        let messages = try next.messages(in: box)
        #expect(messages.count == 2 && messages.last?.duration == 4_000 && messages.last?.caller == "sip:bob@example.com")
        // Once delivered, its old name is a copy in the caller's hands at worst.
        #expect(StoreFixture.names(fixture.root).contains("call.wav") == (step == .adoptDelivery))
    }

    @Test(arguments: [nil, StoreStep.greetingFile, .greetingRemoved]) func whileChangingAGreeting(step: StoreStep?) throws {
        var (store, kept) = try prepared()
        func draft(_ value: Int16) throws -> String {
            let path = try store.greetingDraft(.busy, of: box)
            try StoreFixture.record(path, milliseconds: 1_000, value: value)
            return path
        }
        try store.setGreeting(.busy, of: box, from: draft(1))
        let newer = try draft(2)
        switch step {
        case .greetingFile?:
            #expect(try fixture.killed(at: .greetingFile, store: store) { try store.setGreeting(.busy, of: box, from: newer) })
        case .greetingRemoved?:
            #expect(try fixture.killed(at: .greetingRemoved, store: store) { try store.removeGreeting(.busy, of: box) })
        default:
            store.close()
        }
        store = try reopened(keeping: kept)
        let value = try store.greetingPath(.busy, of: box).map { try StoreFixture.sound($0).value }
        #expect(value == (step == nil ? 1 : step == .greetingFile ? 2 : nil))
        #expect(StoreFixture.names(store.folder.greetings(of: box)).count == (step == .greetingRemoved ? 0 : 1))
    }

    /// Killed while it repairs: the store's own steps at a start are the same ones, so a start after a start after a kill is enough.
    @Test func everyStepIsTested() {
        let tested: Set<StoreStep> = [
            .mailboxRow, .mailboxFolders, .beginRow, .beginFolders, .deliverRow, .adoptRow, .adoptFile, .adoptDelivery, .adoptSource,
            .removalRow, .removalFile, .removalEnd, .markRow, .greetingFile, .greetingRemoved,
        ]
        #expect(tested == Set(StoreStep.allCases))
    }
}
