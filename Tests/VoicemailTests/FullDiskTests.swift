import Credentials
import Foundation
import GRDB
import Glibc
import Testing

@testable import Voicemail

/// A small file system that is really full: only root can mount one, so elsewhere these tests say that they were skipped.
private final class TinyDisk: Sendable {
    let fixture: StoreFixture

    init?(kilobytes: Int) throws {
        fixture = try StoreFixture()
        guard StoreFixture.run("/bin/mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k,mode=700", "tmpfs", fixture.root) else { return nil }
    }

    deinit { _ = StoreFixture.run("/bin/umount", "-l", fixture.root) }

    /// Takes all the room there is.
    func fill() {
        let filling = open(fixture.root + "/filling", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let zeros = [UInt8](repeating: 0, count: 4_096)
        while write(filling, zeros, zeros.count) > 0 {}
        close(filling)
    }

    func free() { unlink(fixture.root + "/filling") }

    static let isPossible = getuid() == 0 && ((try? TinyDisk(kilobytes: 64)) ?? nil) != nil
}

@Suite(.enabled(if: TinyDisk.isPossible, "only root can mount a tiny disk")) struct FullDiskTests {
    private func box() throws -> MailboxAddress { try .box("1001") }

    @Test func beginningFailsWithACodeAndLeavesNothing() throws {
        let disk = try #require(try TinyDisk(kilobytes: 2_048))
        let box = try box()
        let store = try disk.fixture.open(policy: MailboxPolicy(mostMessages: 10_000))
        try store.add(box)
        let kept = try StoreFixture.leave(in: box, of: store)
        disk.fill()
        var begun: [PendingMessage] = []
        var error: VoicemailError?
        for _ in 0..<5_000 where error == nil {
            do throws(VoicemailError) {
                begun.append(try store.begin(MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon)))
            } catch let failure { error = failure }
        }
        #expect(error?.kind == .diskFull && error?.remedy.contains("free space") == true, "\(String(describing: error))")
        let rows = try store.index.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM message") }
        #expect(rows == begun.count + 1)
        #expect(try store.messages(in: box) == [kept] && store.check().isEmpty)
        disk.free()
        #expect(try StoreFixture.leave(in: box, of: store).state == .new)
        for pending in begun { try store.discard(pending.id) }
        #expect(try store.check().isEmpty)
    }

    /// Uses up what room SQLite's log still has.
    private func exhaust(_ store: MessageStore, _ box: MailboxAddress) {
        var count = 0
        while count < 5_000, failure({ () throws(VoicemailError) in try store.setDisabled(count % 2 == 0, of: box) }) == nil { count += 1 }
        #expect(count < 5_000)
    }

    @Test func whatWasRecordedIsDeliveredFromTheReserve() throws {
        let disk = try #require(try TinyDisk(kilobytes: 2_048))
        let box = try box()
        let store = try disk.fixture.open()
        try store.add(box)
        let pending = try store.begin(MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon))
        try StoreFixture.record(pending.path, milliseconds: 3_000)
        disk.fill()
        exhaust(store, box)
        #expect(try store.deliver(pending.id, duration: 3_000) != nil)
        #expect(try store.messages(in: box).count == 1 && store.check().isEmpty)
    }

    @Test func whatCannotBeEnteredIsSafeAndDeliveredLater() throws {
        let disk = try #require(try TinyDisk(kilobytes: 2_048))
        let box = try box()
        let store = try disk.fixture.open()
        try store.add(box)
        let pending = try store.begin(MessageDraft(box: box, caller: "x", calledAt: StoreFixture.noon))
        try StoreFixture.record(pending.path, milliseconds: 3_000)
        disk.fill()
        // A reader that is at work all the time keeps the log from being written back, so the reserve cannot be had.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: store.index.path, configuration: configuration)
        try reader.inDatabase { database in
            try database.execute(sql: "BEGIN")
            _ = try Row.fetchAll(database, sql: "SELECT * FROM mailbox")
        }
        exhaust(store, box)
        #expect(failure { () throws(VoicemailError) in _ = try store.deliver(pending.id, duration: 3_000) } == .diskFull)
        try reader.inDatabase { try $0.execute(sql: "COMMIT") }
        #expect(try store.messages(in: box).isEmpty)
        disk.free()
        #expect(try store.deliver(pending.id, duration: 3_000)?.duration == 3_000)
        #expect(try store.check().isEmpty)
    }

    @Test func theOwnerCanStillMakeRoom() throws {
        let disk = try #require(try TinyDisk(kilobytes: 2_048))
        let box = try box()
        let store = try disk.fixture.open()
        try store.add(box, pin: PIN("7391"))
        let messages = try (0..<3).map { _ in try StoreFixture.leave(in: box, of: store) }
        disk.fill()
        exhaust(store, box)
        try store.index.writeFromReserve { try $0.execute(sql: "UPDATE mailbox SET isDisabled = 0") }
        // Even the log-in must write: the guess, before it is looked at.
        #expect(try store.verify("7391", of: box, by: "alice") == .right)
        for message in messages { try store.mark(message.id, as: .deleted) }
        #expect(try store.purgeDeleted(in: box) == 3)
        #expect(try StoreFixture.leave(in: box, of: store).state == .new)
    }

    @Test func aStoreOnAFullDiskSaysSoAndOpensWhenThereIsRoom() throws {
        let disk = try #require(try TinyDisk(kilobytes: 2_048))
        disk.fill()
        let error = failure { () throws(VoicemailError) in
            _ = try MessageStore.open(folder: disk.fixture.folder, secret: StoreFixture.secret)
        }
        #expect(error == .diskFull)
        disk.free()
        let store = try disk.fixture.open()
        #expect(store.startReport.isEmpty)
        try store.add(box())
        #expect(try store.check().isEmpty)
    }

    @Test func aMailboxThatFindsNoRoomIsNotThere() throws {
        let disk = try #require(try TinyDisk(kilobytes: 2_048))
        let store = try disk.fixture.open()
        disk.fill()
        var added = 0
        var error: VoicemailError.Kind?
        while added < 2_000, error == nil {
            let address = try MailboxAddress.box("\(added)")
            error = failure { () throws(VoicemailError) in try store.add(address) }
            if error == nil { added += 1 }
        }
        #expect(error == .diskFull)
        #expect(try store.mailboxes().count == added && store.check().isEmpty)
    }
}
