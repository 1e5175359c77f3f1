import Foundation
import GRDB
import Testing

@testable import Credentials
@testable import Voicemail

@Suite struct DamagedIndexTests {
    let fixture: StoreFixture
    let box: MailboxAddress

    init() throws {
        fixture = try StoreFixture()
        box = try .box("1001")
    }

    private var index: String { fixture.folder + "/index.sqlite" }

    /// A mailbox with a PIN, a saved message, a new one and a greeting; the store is closed.
    private func filled() throws -> [VoiceMessage] {
        let store = try fixture.open()
        try store.add(box, pin: PIN("7391"))
        try store.add(.box("empty"))
        let messages = try (1...2).map { try StoreFixture.leave(3_000, value: Int16($0), in: box, of: store) }
        try store.mark(messages[0].id, as: .saved)
        let draft = try store.greetingDraft(.busy, of: box)
        try StoreFixture.record(draft, milliseconds: 1_000)
        try store.setGreeting(.busy, of: box, from: draft)
        store.close()
        return messages
    }

    private func expectRebuilt(_ messages: [VoiceMessage], reason: String? = nil) throws {
        let store = try fixture.open()
        let setAside = try #require(store.startReport.setAside)
        if let reason { #expect(setAside.reason.contains(reason), "\(setAside.reason)") }
        #expect(FileManager.default.fileExists(atPath: setAside.path))
        #expect(try store.mailboxes().map(\.address.name) == ["1001", "empty"])
        let found = try store.messages(in: box)
        #expect(Set(found.map(\.id)) == Set(messages.map(\.id)) && found.allSatisfy { $0.duration == 3_000 && $0.state == .new })
        #expect(try store.verify("7391", of: box, by: "alice") == .noPIN)
        #expect(store.greetingPath(.busy, of: box) != nil)
        #expect(try store.check().isEmpty)
        store.close()
        #expect(try fixture.open().startReport.isEmpty)
    }

    @Test(arguments: ["this is no database, and longer than the header of one, which has a hundred bytes, so that it is read", "x"])
    func anotherFileIsSetAsideUnchanged(text: String) throws {
        let messages = try filled()
        try Data(text.utf8).write(to: URL(fileURLWithPath: index))
        try expectRebuilt(messages, reason: "no SQLite file")
        #expect(try String(contentsOfFile: index + ".damaged-1", encoding: .utf8) == text)
    }

    @Test func aFolderInItsPlaceIsSetAside() throws {
        let messages = try filled()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: index + suffix) }
        try FileManager.default.createDirectory(atPath: index, withIntermediateDirectories: false)
        try expectRebuilt(messages, reason: "no regular file")
    }

    @Test func anotherProgramsDatabaseIsSetAsideUnchanged() throws {
        let messages = try filled()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: index + suffix) }
        let foreign = try DatabaseQueue(path: index)
        try foreign.write {
            try $0.execute(sql: "PRAGMA application_id = 99; CREATE TABLE song (name TEXT); INSERT INTO song VALUES ('x')")
        }
        try foreign.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: index))
        try expectRebuilt(messages, reason: "another program")
        #expect(try Data(contentsOf: URL(fileURLWithPath: index + ".damaged-1")) == before)
    }

    @Test func anAnonymousForeignDatabaseIsSetAside() throws {
        let messages = try filled()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: index + suffix) }
        let foreign = try DatabaseQueue(path: index)
        try foreign.write { try $0.execute(sql: "CREATE TABLE message (text TEXT)") }
        try foreign.close()
        try expectRebuilt(messages, reason: "another program")
    }

    @Test(arguments: ["DROP TABLE guess", "ALTER TABLE message RENAME COLUMN run TO running", "DROP TABLE grdb_migrations"])
    func tablesThatAreNotOursAreSetAside(statement: String) throws {
        let messages = try filled()
        let foreign = try DatabaseQueue(path: index)
        try foreign.write { try $0.execute(sql: statement) }
        try foreign.close()
        try expectRebuilt(messages)
    }

    @Test func aMissingIndexIsMadeFromTheFilesWithoutACorpse() throws {
        let messages = try filled()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: index + suffix) }
        let store = try fixture.open()
        #expect(store.startReport.setAside == nil && store.startReport.entries.count == 4)
        #expect(try store.messages(in: box).count == messages.count && store.check().isEmpty)
    }

    @Test func aLaterVersionsIndexIsLeftAlone() throws {
        _ = try filled()
        let later = try DatabaseQueue(path: index)
        try later.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('of a later version')") }
        try later.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: index))
        #expect(throws: VoicemailError.self) { try fixture.open() }
        #expect(
            failure { () throws(VoicemailError) in _ = try MessageStore.open(folder: fixture.folder, secret: StoreFixture.secret) }
                == .newerIndex)
        #expect(try Data(contentsOf: URL(fileURLWithPath: index)).count == before.count)
    }

    @Test func twoDamagedOnesAreBothKept() throws {
        for _ in 0..<2 {
            _ = try fixture.open().close()
            try Data("broken".utf8).write(to: URL(fileURLWithPath: index))
        }
        _ = try fixture.open()
        #expect(StoreFixture.names(fixture.folder).filter { $0.contains("damaged") }.count >= 1)
        try Data("broken again".utf8).write(to: URL(fileURLWithPath: index))
        _ = try fixture.open()
        let kept = Set(StoreFixture.names(fixture.folder).filter { $0.contains("damaged") && !$0.contains("wal") && !$0.contains("shm") })
        #expect(kept.isSuperset(of: ["index.sqlite.damaged-1", "index.sqlite.damaged-2"]))
    }

    /// Any bytes of the index overwritten with anything: the store opens and has every message's file, or says clearly why not.
    @Test func anIndexOverwrittenAnywhereLosesNoMessage() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anIndexOverwrittenAnywhereLosesNoMessage seed \(seed)")
        var random = SeededRandom(seed: seed)
        let messages = try filled()
        let good = try Data(contentsOf: URL(fileURLWithPath: index))
        for round in 0..<40 {
            for name in StoreFixture.names(fixture.folder) where name.hasPrefix("index") {
                try FileManager.default.removeItem(atPath: fixture.folder + "/" + name)
            }
            var bytes = good
            if round % 4 == 3 {
                bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))
            } else {
                let start = Int.random(in: 0..<bytes.count, using: &random)
                for offset in start..<min(bytes.count, start + Int.random(in: 1...600, using: &random)) {
                    bytes[offset] = UInt8.random(in: 0...255, using: &random)
                }
            }
            try bytes.write(to: URL(fileURLWithPath: index))
            let store: MessageStore
            do { store = try fixture.open() } catch {
                // A change of the migrations' names looks like a later version; nothing is touched then.
                #expect((error as? VoicemailError)?.kind == .newerIndex, "\(error)")
                continue
            }
            // What quick_check lets pass (a changed letter in a text) may rename a row, but every file is somebody's message.
            let known = try store.mailboxes().flatMap { try store.messages(in: $0.address) }
            for message in messages { #expect(known.contains { $0.path == message.path }, "round \(round)") }
            store.close()
        }
    }
}
