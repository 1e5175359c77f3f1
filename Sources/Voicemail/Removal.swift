import GRDB

/// Takes messages away: tombstone in the index, then the file, then the row.
///
/// File before tombstone, and a kill in between would make it a lost message; row before file, and the file would be found at the next
/// start and delivered as a new message.
struct Removal {
    var folder: MailFolder
    var index: MessageIndex
    var passed: (StoreStep) -> Void = { _ in }

    /// Marks the messages that `condition` selects and that nobody sees any more; how many.
    func mark(where condition: String, _ arguments: StatementArguments) throws(VoicemailError) -> Int {
        let count = try index.writeFromReserve { database in
            try database.execute(sql: "UPDATE message SET state = 'discarded' WHERE \(condition)", arguments: arguments)
            return database.changesCount
        }
        if count > 0 { passed(.removalRow) }
        return count
    }

    /// Removes all that is marked, now or by a run that was killed; which.
    @discardableResult
    func finish() throws(VoicemailError) -> [MessageID] {
        let rows = try index.read { database in
            try Row.fetchAll(
                database, sql: "SELECT id, mailbox FROM message WHERE state = 'discarded'")
        }
        var removed: [MessageID] = []
        var folders: Set<String> = []
        for row in rows {
            guard let id = row.text("id").flatMap({ MessageID($0) }), let box = row.text("mailbox").flatMap({ MailboxAddress($0) })
            else { continue }
            let path = folder.message(id, of: box)
            // The unfinished name too: a caller may hang up before the recorder has written anything.
            try Disk.remove(path + ".part")
            try Disk.remove(path)
            passed(.removalFile)
            folders.insert(path)
            removed.append(id)
        }
        guard !removed.isEmpty else { return [] }
        // After a power cut the rows must not be gone and the files back.
        for path in folders { Disk.sync(folderOf: path) }
        try index.writeFromReserve { database in
            for id in removed { try database.execute(sql: "DELETE FROM message WHERE id = ?", arguments: [id.text]) }
        }
        passed(.removalEnd)
        return removed
    }
}
