import Credentials
import Glibc
import Testing

@testable import Voicemail

@Suite struct MailboxTests {
    let fixture: StoreFixture
    let box: MailboxAddress

    init() throws {
        fixture = try StoreFixture()
        box = try .box("1001")
    }

    @Test func aNewMailboxIsOpenAndEmpty() throws {
        let store = try fixture.open()
        #expect(store.startReport.isEmpty)
        try store.add(box)
        let mailbox = try #require(try store.mailbox(box))
        #expect(mailbox.address == box && !mailbox.hasPIN && !mailbox.isDisabled && mailbox.greetings.isEmpty)
        #expect(mailbox.newMessages == 0 && mailbox.bytes == 0 && mailbox.limits == store.policy)
        #expect(try store.status(of: box) == .open)
        #expect(try store.check().isEmpty)
        #expect(failure { () throws(VoicemailError) in try store.add(box) } == .alreadyExists)
    }

    @Test func whatThereIsNotIsUnknown() throws {
        let store = try fixture.open()
        #expect(try store.mailbox(box) == nil && store.mailboxes().isEmpty && store.messages(in: box).isEmpty)
        #expect(try store.status(of: box) == .unknown)
        #expect(failure { () throws(VoicemailError) in try store.setDisabled(true, of: box) } == .unknownMailbox)
        #expect(failure { () throws(VoicemailError) in try store.setPIN(nil, of: box) } == .unknownMailbox)
    }

    @Test func aDisabledMailboxTakesNothingUntilItIsEnabled() throws {
        let store = try fixture.open()
        try store.add(box)
        try store.setDisabled(true, of: box)
        #expect(try store.status(of: box) == .disabled)
        let draft = MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon)
        #expect(failure { () throws(VoicemailError) in _ = try store.begin(draft) } == .mailboxDisabled)
        try store.setDisabled(false, of: box)
        #expect(try store.status(of: box) == .open)
    }

    @Test func countsAndBytesAreThoseOfTheMessages() throws {
        let store = try fixture.open()
        try store.add(box)
        let first = try StoreFixture.leave(2_000, in: box, of: store)
        try StoreFixture.leave(3_000, in: box, of: store, isUrgent: true)
        let third = try StoreFixture.leave(4_000, in: box, of: store)
        try store.mark(first.id, as: .saved)
        try store.mark(third.id, as: .deleted)
        let mailbox = try #require(try store.mailbox(box))
        #expect(mailbox.newMessages == 1 && mailbox.savedMessages == 1 && mailbox.urgentMessages == 1 && mailbox.lostMessages == 0)
        #expect(mailbox.milliseconds == 5_000)
        #expect(mailbox.bytes == 5 * 16_000 + 2 * 44)
    }

    @Test func mailboxesAreListedByDomainAndName() throws {
        let store = try fixture.open()
        for text in ["b@y", "a@z", "a@y"] { try store.add(try #require(MailboxAddress(text))) }
        #expect(try store.mailboxes().map(\.address.description) == ["a@y", "b@y", "a@z"])
    }

    @Test func itIsFullByCountAlsoOfThoseBeingRecorded() throws {
        let store = try fixture.open(policy: MailboxPolicy(mostMessages: 2))
        try store.add(box)
        let first = try StoreFixture.leave(in: box, of: store)
        let pending = try store.begin(MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon))
        #expect(try store.status(of: box) == .full)
        let draft = MessageDraft(box: box, caller: "y", calledAt: StoreFixture.noon)
        #expect(failure { () throws(VoicemailError) in _ = try store.begin(draft) } == .mailboxFull)
        try store.discard(pending.id)
        #expect(try store.status(of: box) == .open)
        try StoreFixture.leave(in: box, of: store)
        #expect(try store.status(of: box) == .full)
        try store.mark(first.id, as: .deleted)
        #expect(try store.status(of: box) == .open)
    }

    @Test func itIsFullByLengthAndTellsTheRecorderWhatIsLeft() throws {
        let store = try fixture.open(policy: MailboxPolicy(mostSeconds: 5, longestMessage: 4))
        try store.add(box)
        let pending = try store.begin(MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon))
        #expect(pending.longestSeconds == 4)
        try StoreFixture.record(pending.path, milliseconds: 3_000)
        _ = try store.deliver(pending.id, duration: 3_000)
        #expect(try store.begin(MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon)).longestSeconds == 2)
        try StoreFixture.leave(2_000, in: box, of: store)
        #expect(try store.status(of: box) == .full)
    }

    @Test func theIndexAndTheFoldersAreTheServersAlone() throws {
        let store = try fixture.open()
        try store.add(box)
        for path in ["", "/index.sqlite", "/index.sqlite-wal", "/example.com/1001/messages"] {
            var status = stat()
            #expect(stat(fixture.folder + path, &status) == 0 && status.st_mode & 0o077 == 0, "\(path)")
        }
    }
}
