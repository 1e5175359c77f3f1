import Testing

@testable import Voicemail

@Suite struct GreetingTests {
    let fixture: StoreFixture
    let box: MailboxAddress
    let store: MessageStore

    init() throws {
        fixture = try StoreFixture()
        box = try .box("1001")
        store = try fixture.open()
        try store.add(box)
    }

    private func draft(_ value: Int16) throws -> String {
        let path = try store.greetingDraft(.busy, of: box)
        try StoreFixture.record(path, milliseconds: 1_000, value: value)
        return path
    }

    @Test func eachKindIsSetReplacedAndRemovedByItself() throws {
        for kind in GreetingKind.allCases {
            #expect(store.greeting(kind, of: box) == .none && store.greetingPath(kind, of: box) == nil)
            try store.setGreeting(kind, of: box, from: draft(10))
            try store.setGreeting(kind, of: box, from: draft(20))
            let path = try #require(store.greetingPath(kind, of: box))
            #expect(try StoreFixture.sound(path) == (1_000, 20))
        }
        #expect(try store.mailbox(box)?.greetings == Set(GreetingKind.allCases))
        try store.removeGreeting(.busy, of: box)
        try store.removeGreeting(.busy, of: box)
        #expect(try store.mailbox(box)?.greetings == [.name, .temporary, .unavailable])
        #expect(StoreFixture.names(store.folder.greetings(of: box)).count == 3)
    }

    @Test func whatCannotBePlayedDoesNotReplaceWhatCan() throws {
        try store.setGreeting(.busy, of: box, from: draft(10))
        let empty = fixture.root + "/empty.wav"
        try StoreFixture.record(empty, milliseconds: 0)
        #expect(failure { () throws(VoicemailError) in try store.setGreeting(.busy, of: box, from: empty) } == .notAudio)
        #expect(failure { () throws(VoicemailError) in try store.setGreeting(.busy, of: box, from: "/etc/passwd") } == .notAudio)
        let absent = fixture.root + "/absent.wav"
        #expect(failure { () throws(VoicemailError) in try store.setGreeting(.busy, of: box, from: absent) } == .noRecording)
        #expect(try StoreFixture.sound(try #require(store.greetingPath(.busy, of: box))).value == 10)
        let unknown = try MailboxAddress.box("9999")
        let path = try draft(1)
        #expect(failure { () throws(VoicemailError) in try store.setGreeting(.busy, of: unknown, from: path) } == .unknownMailbox)
    }

    @Test func anUnreadableGreetingIsToldFromNone() throws {
        try store.setGreeting(.busy, of: box, from: draft(10))
        #expect(StoreFixture.run("/bin/cp", "/etc/passwd", store.folder.greeting(.busy, of: box)))
        guard case .unreadable(let error) = store.greeting(.busy, of: box) else {
            Issue.record("not unreadable")
            return
        }
        #expect(error.kind == .notAudio && store.greetingPath(.busy, of: box) == nil)
        #expect(try store.check() == [.unreadableGreeting(error)])
    }

    @Test func aDraftThatNobodyKeptGoesAtTheNextStartAndNotBefore() throws {
        let path = try draft(10)
        try StoreFixture.recordPart(try store.greetingDraft(.name, of: box), milliseconds: 500)
        #expect(try store.check().isEmpty)
        #expect(try store.scan().entries.allSatisfy { if case .repair = $0 { true } else { false } })
        #expect(StoreFixture.names(store.folder.greetings(of: box)).count == 2)
        try store.discardGreetingDraft(path)
        store.close()
        let next = try fixture.open()
        #expect(next.startReport.entries.count == 1)
        #expect(StoreFixture.names(next.folder.greetings(of: box)).isEmpty)
        #expect(try next.check().isEmpty)
    }
}
