import GRDB

/// Compares index and disk, and changes neither.
struct Survey {
    var folder: MailFolder
    var index: MessageIndex
    /// What this run is recording just now is no discrepancy.
    var run: String

    private struct Entry {
        var state: IndexState
        var isOfThisRun: Bool
    }

    func discrepancies() throws(VoicemailError) -> [Discrepancy] {
        // Rows before files: a message that is begun in between is a file more, which its unfinished name shows.
        let (boxes, entries) = try index.read { database in (try self.boxes(database), try self.entries(database)) }
        var found: [Discrepancy] = []
        for box in folder.boxes() where !boxes.contains(box) { found.append(.folderWithoutMailbox(box)) }
        for box in boxes.sorted() {
            if Disk.kind(of: folder.messages(of: box)) != .folder || Disk.kind(of: folder.greetings(of: box)) != .folder {
                found.append(.mailboxWithoutFolder(box))
            }
            found += compare(entries[box] ?? [:], with: Disk.names(in: folder.messages(of: box)), in: box)
            found += drafts(in: box)
        }
        return found
    }

    func unreadableGreetings() throws(VoicemailError) -> [Discrepancy] {
        try index.read { try self.boxes($0) }.sorted().flatMap { box in
            GreetingKind.allCases.compactMap { kind in
                let path = folder.greeting(kind, of: box)
                guard Disk.kind(of: path) != .none else { return nil }
                do throws(VoicemailError) {
                    _ = try SoundLength.milliseconds(path)
                    return nil
                } catch { return .unreadableGreeting(error) }
            }
        }
    }

    private func compare(_ entries: [MessageID: Entry], with names: [String], in box: MailboxAddress) -> [Discrepancy] {
        var found: [Discrepancy] = []
        let files = Set(names)
        for (id, entry) in entries.sorted(by: { $0.key.text < $1.key.text }) {
            let isThere = files.contains(id.text + MailFolder.soundSuffix)
            switch entry.state {
            case .recording: if !entry.isOfThisRun { found.append(.interrupted(id, box)) }
            case .discarded: found.append(.unfinishedRemoval(id, box))
            case .lost: if isThere { found.append(.lostAndFound(id, box)) }
            case .new, .saved, .deleted: if !isThere { found.append(.messageWithoutFile(id, box)) }
            }
        }
        for name in names {
            let path = "\(folder.messages(of: box))/\(name)"
            let id = name.hasSuffix(MailFolder.soundSuffix) ? MessageID(String(name.dropLast(MailFolder.soundSuffix.count))) : nil
            if name.hasSuffix(".wav.part") {
                let id = MessageID(String(name.dropLast(".wav.part".count)))
                if id.flatMap({ entries[$0] })?.isOfThisRun != true { found.append(.unfinishedFile(path: path)) }
            } else if name.hasSuffix(MailFolder.soundSuffix), id.flatMap({ entries[$0] }) == nil {
                found.append(.fileWithoutMessage(path: path, box))
            }
        }
        return found
    }

    private func drafts(in box: MailboxAddress) -> [Discrepancy] {
        Disk.names(in: folder.greetings(of: box)).compactMap { name in
            let kinds = GreetingKind.allCases.map { $0.rawValue + MailFolder.soundSuffix }
            guard name.hasSuffix(".wav") || name.hasSuffix(".wav.part"), !kinds.contains(name), !name.hasPrefix("draft-\(run)-")
            else { return nil }
            return .forgottenDraft(path: "\(folder.greetings(of: box))/\(name)")
        }
    }

    private func boxes(_ database: Database) throws -> Set<MailboxAddress> {
        Set(try String.fetchAll(database, sql: "SELECT address FROM mailbox").compactMap { MailboxAddress($0) })
    }

    private func entries(_ database: Database) throws -> [MailboxAddress: [MessageID: Entry]] {
        var entries: [MailboxAddress: [MessageID: Entry]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT id, mailbox, state, run FROM message") {
            guard let id = row.text("id").flatMap({ MessageID($0) }), let box = row.text("mailbox").flatMap({ MailboxAddress($0) }),
                let state = row.text("state").flatMap({ IndexState(rawValue: $0) })
            else { continue }
            entries[box, default: [:]][id] = Entry(state: state, isOfThisRun: row.text("run") == run)
        }
        return entries
    }
}
