import AudioFiles
import Credentials
import GRDB

/// Brings index and disk together. What each decides is looked at again within a transaction, so a scan of a running server is safe.
struct Scan {
    static let keepDeletedSeconds: Int64 = 24 * 3_600

    var folder: MailFolder
    var index: MessageIndex
    var policy: MailboxPolicy
    var run: String
    var now: UnixTime

    func perform() throws(VoicemailError) -> ScanReport {
        var report = ScanReport()
        report.entries = RecordingRepair.scan(folder.root).map { .repair($0) }
        let removal = Removal(folder: folder, index: index)
        report.entries += try removal.finish().map { .removed($0) }
        // A deleted message that the clock says will be deleted in future is one of a clock since set back: its day begins now.
        report.purged = try removal.mark(
            where: "state = 'deleted' AND (changedAt <= ?1 OR changedAt > ?2)",
            [(now + -Self.keepDeletedSeconds).seconds, (now + Self.keepDeletedSeconds).seconds])
        try removal.finish()
        // The files of a folder come into view when its mailbox is there.
        for discrepancy in try survey() {
            if case .folderWithoutMailbox(let box) = discrepancy { report.entries.append(try add(box)) }
        }
        for discrepancy in try survey() {
            do throws(VoicemailError) {
                report.entries += try resolve(discrepancy)
            } catch {
                // A broken index or a full disk ends the scan; one bad file does not.
                guard error.kind == .notAudio || error.kind == .noRecording || error.kind == .noPermission else { throw error }
                report.entries.append(.failed(error))
            }
        }
        return report
    }

    private func survey() throws(VoicemailError) -> [Discrepancy] {
        try Survey(folder: folder, index: index, run: run).discrepancies()
    }

    private func resolve(_ discrepancy: Discrepancy) throws(VoicemailError) -> [ScanReport.Entry] {
        switch discrepancy {
        case .interrupted(let id, let box): return try deliver(id, box)
        case .lostAndFound(let id, let box): return try find(id, box)
        case .messageWithoutFile(let id, let box): return try lose(id, box)
        case .fileWithoutMessage(let path, let box): return try adopt(path, box)
        case .mailboxWithoutFolder(let box):
            try folder.makeBox(box)
            return []
        case .forgottenDraft(let path):
            // Repaired and under its final name by now, or another process is recording it.
            if path.hasSuffix(".part") { return [] }
            try Disk.remove(path)
            return [.removedDraft(path: path)]
        case .unfinishedRemoval, .unfinishedFile, .folderWithoutMailbox, .unreadableGreeting:
            return []
        }
    }

    private func add(_ box: MailboxAddress) throws(VoicemailError) -> ScanReport.Entry {
        try index.write { database in
            try database.execute(sql: "INSERT OR IGNORE INTO mailbox (address) VALUES (?)", arguments: [box.description])
        }
        return .adoptedMailbox(box)
    }

    /// A recording that the end of an earlier run cut short: what there is of it is a message.
    private func deliver(_ id: MessageID, _ box: MailboxAddress) throws(VoicemailError) -> [ScanReport.Entry] {
        let path = folder.message(id, of: box)
        // Another process still writes it.
        if Disk.kind(of: path + ".part") != .none { return [] }
        if Disk.kind(of: path) == .none, let source = try source(of: id), Disk.kind(of: source) == .file {
            try Disk.link(source, as: path)
        }
        guard Disk.kind(of: path) == .file else { return try lose(id, box) }
        let duration = (try? SoundLength.milliseconds(path)) ?? 0
        let removal = Removal(folder: folder, index: index)
        guard duration >= policy.shortestMessage, duration > 0 else {
            guard try removal.mark(where: "id = ? AND state = 'recording' AND run <> ?", [id.text, run]) == 1 else { return [] }
            try removal.finish()
            return [.tooShort(id, box)]
        }
        let source = try source(of: id)
        let message = try message(id, box, duration: duration, from: .recording)
        // Of a recording that was being taken over, the old name goes last.
        if message != nil, let source { try Disk.remove(source) }
        return message.map { [.recovered($0)] } ?? []
    }

    private func find(_ id: MessageID, _ box: MailboxAddress) throws(VoicemailError) -> [ScanReport.Entry] {
        let duration = try SoundLength.milliseconds(folder.message(id, of: box))
        return try message(id, box, duration: duration, from: .lost).map { [.found($0)] } ?? []
    }

    private func lose(_ id: MessageID, _ box: MailboxAddress) throws(VoicemailError) -> [ScanReport.Entry] {
        let path = folder.message(id, of: box)
        let isLost = try index.write { database in
            guard Disk.kind(of: path) == .none else { return false }
            // Its owner did not want it any more: nothing is lost.
            try database.execute(sql: "DELETE FROM message WHERE id = ? AND state = 'deleted'", arguments: [id.text])
            try database.execute(
                sql: """
                    UPDATE message SET state = 'lost', changedAt = ?
                    WHERE id = ? AND (state IN ('new', 'saved') OR state = 'recording' AND run <> ?)
                    """, arguments: [self.now.seconds, id.text, self.run])
            return database.changesCount == 1
        }
        return isLost ? [.lost(id, box)] : []
    }

    /// A file that the index does not know becomes a message, with what the file itself tells.
    private func adopt(_ path: String, _ box: MailboxAddress) throws(VoicemailError) -> [ScanReport.Entry] {
        guard let size = Disk.size(of: path) else { return [] }
        let name = path.split(separator: "/").last.map { String($0.dropLast(MailFolder.soundSuffix.count)) } ?? ""
        var id = MessageID(name) ?? MessageID(receivedAt: UnixTime(seconds: size.writtenAt))
        // A message's file that somebody has copied from another mailbox.
        if try isTaken(id) { id = MessageID(receivedAt: id.receivedAt) }
        let duration: Int
        do throws(VoicemailError) {
            duration = try SoundLength.milliseconds(path)
        } catch {
            guard error.kind == .notAudio else { throw error }
            _ = Disk.setAside(path, candidates: ["\(path).broken"] + (1...99).map { "\(path).broken-\($0)" })
            throw error
        }
        // The name before the row: cut short here, the file is found again at the next start.
        let final = folder.message(id, of: box)
        if path != final {
            try Disk.link(path, as: final)
            try Disk.remove(path)
        }
        let isNew = try index.write { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO message (id, mailbox, state, run, caller, receivedAt, duration, bytes, isUrgent, changedAt)
                    VALUES (?, ?, 'new', ?, '', ?, ?, ?, 0, ?)
                    """,
                arguments: [id.text, box.description, self.run, id.receivedAt.seconds, duration, size.bytes, self.now.seconds])
            return database.changesCount == 1
        }
        let message = VoiceMessage(id: id, box: box, caller: "", receivedAt: id.receivedAt, duration: duration, path: final)
        return isNew ? [.adopted(message, from: path)] : []
    }

    private func isTaken(_ id: MessageID) throws(VoicemailError) -> Bool {
        try index.read { database in
            try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM message WHERE id = ?)", arguments: [id.text]) ?? true
        }
    }

    private func source(of id: MessageID) throws(VoicemailError) -> String? {
        try index.read { try String.fetchOne($0, sql: "SELECT source FROM message WHERE id = ?", arguments: [id.text]) }
    }

    /// Makes a row that stands at `state` a new message; nil when it does not stand there any more.
    private func message(
        _ id: MessageID, _ box: MailboxAddress, duration: Int, from state: IndexState
    ) throws(VoicemailError) -> VoiceMessage? {
        let path = folder.message(id, of: box)
        let bytes = Disk.size(of: path)?.bytes ?? 0
        let row = try index.write { database in
            try database.execute(
                sql: """
                    UPDATE message SET state = 'new', duration = ?, bytes = ?, changedAt = ?, source = NULL WHERE id = ? AND state = ?
                    """, arguments: [duration, bytes, self.now.seconds, id.text, state.rawValue])
            guard database.changesCount == 1 else { return nil as Row? }
            return try Row.fetchOne(
                database, sql: "SELECT caller, callerName, receivedAt, isUrgent FROM message WHERE id = ?", arguments: [id.text])
        }
        guard let row else { return nil }
        return VoiceMessage(
            id: id, box: box, caller: row.text("caller") ?? "", callerName: row.text("callerName"),
            receivedAt: UnixTime(seconds: Int64(row.integer("receivedAt") ?? 0)), duration: duration,
            isUrgent: row.integer("isUrgent") == 1, path: path)
    }
}
