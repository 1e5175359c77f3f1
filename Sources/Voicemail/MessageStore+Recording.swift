import AudioFiles
import GRDB

extension MessageStore {
    /// Before a message is recorded: writes its row and makes its folder. Open the recorder on the path that comes back; end with
    /// `deliver` or `discard` once the recorder has finished.
    ///
    /// Throws when the mailbox is unknown, disabled or full, and when the disk is; then nothing of it remains.
    package func begin(_ draft: MessageDraft) throws(VoicemailError) -> PendingMessage {
        let (id, room) = try reserve(draft, source: nil)
        step(.beginRow)
        do throws(VoicemailError) {
            try folder.makeBox(draft.box)
        } catch {
            try index.writeFromReserve { try $0.execute(sql: "DELETE FROM message WHERE id = ?", arguments: [id.text]) }
            throw error
        }
        step(.beginFolders)
        return PendingMessage(id: id, path: folder.message(id, of: draft.box), longestSeconds: room)
    }

    /// The recording is finished and stays: it becomes a new message. `duration` in milliseconds.
    ///
    /// Nil when it is shorter than the policy's shortest message; it is discarded then. When this throws for want of room, the
    /// recording is safe: call again, or let the next start's scan deliver it. Calling twice is harmless.
    package func deliver(_ id: MessageID, duration: Int, isUrgent: Bool = false) throws(VoicemailError) -> VoiceMessage? {
        let (row, state) = try pending(id)
        guard let message = message(from: row) else { throw .unknown(id) }
        switch state {
        case .new, .saved, .deleted: return message
        case .discarded: throw .unknown(id)
        case .lost: throw VoicemailError(.wrongState, "\(id)", "its file is lost", mend: "restore the file and scan")
        case .recording: break
        }
        guard Disk.kind(of: message.path) == .file, let size = Disk.size(of: message.path) else {
            throw VoicemailError(
                .noRecording, message.path, "the recording is not there under its final name", mend: "finish it before it is delivered")
        }
        guard duration >= policy.shortestMessage else {
            try discard(id)
            return nil
        }
        let delivered = try index.writeFromReserve { database in
            try Self.deliver(
                id, duration: duration, bytes: size.bytes, isUrgent: isUrgent || message.isUrgent, at: self.clock().seconds, database)
        }
        step(.deliverRow)
        guard delivered else { throw VoicemailError(.wrongState, "\(id)", "it is no longer being recorded", mend: "list the messages") }
        changed(message.box)
        return try self.message(id)
    }

    /// The recording is finished or was never begun, and does not stay: row and file go. Of what is gone already nothing is said.
    package func discard(_ id: MessageID) throws(VoicemailError) {
        if try remove(where: "id = ? AND state = 'recording'", [id.text]) > 0 { return }
        let state = try index.read { try String.fetchOne($0, sql: "SELECT state FROM message WHERE id = ?", arguments: [id.text]) }
        guard let state, state != IndexState.discarded.rawValue else { return }
        throw VoicemailError(.wrongState, "\(id)", "it is delivered already", mend: "mark it as deleted instead")
    }

    /// Takes a finished recording that lies elsewhere on the same disk (a call's own recording) into the mailbox; its old name goes.
    ///
    /// Nil when it is shorter than the policy's shortest message: it stays where it is.
    package func adopt(_ path: String, as draft: MessageDraft, duration: Int) throws(VoicemailError) -> VoiceMessage? {
        guard Disk.kind(of: path) == .file, let size = Disk.size(of: path) else {
            throw VoicemailError(.noRecording, path, "there is no such recording", mend: "finish it before it is taken over")
        }
        guard duration >= policy.shortestMessage else { return nil }
        // The row names the file it waits for, so that the scan can finish what a kill has cut short.
        let (id, _) = try reserve(draft, source: path)
        step(.adoptRow)
        do throws(VoicemailError) {
            try folder.makeBox(draft.box)
            try Disk.link(path, as: folder.message(id, of: draft.box))
        } catch {
            try index.writeFromReserve { try $0.execute(sql: "DELETE FROM message WHERE id = ?", arguments: [id.text]) }
            throw error
        }
        step(.adoptFile)
        _ = try index.write { database in
            try Self.deliver(id, duration: duration, bytes: size.bytes, isUrgent: draft.isUrgent, at: self.clock().seconds, database)
        }
        step(.adoptDelivery)
        try Disk.remove(path)
        step(.adoptSource)
        changed(draft.box)
        return try message(id)
    }

    /// One statement, so that a message is delivered once however many try.
    static func deliver(
        _ id: MessageID, duration: Int, bytes: Int, isUrgent: Bool, at now: Int64, _ database: Database
    ) throws -> Bool {
        try database.execute(
            sql: """
                UPDATE message SET state = 'new', duration = ?, bytes = ?, isUrgent = ?, changedAt = ?, source = NULL
                WHERE id = ? AND state = 'recording'
                """, arguments: [min(max(0, duration), longestDuration), bytes, isUrgent, now, id.text])
        return database.changesCount == 1
    }

    /// Milliseconds: more is no recording but a mistake of whoever measured it.
    private static let longestDuration = 1_000_000_000

    private func reserve(_ draft: MessageDraft, source: String?) throws(VoicemailError) -> (id: MessageID, room: Int) {
        let id = MessageID(receivedAt: draft.calledAt)
        let room = try index.write { database in
            switch try self.status(of: draft.box, database) {
            case .open: break
            case .unknown: throw VoicemailError.unknown(draft.box)
            case .disabled:
                throw VoicemailError(.mailboxDisabled, "\(draft.box)", "this mailbox takes no messages", mend: "enable it")
            case .full:
                throw VoicemailError(.mailboxFull, "\(draft.box)", "this mailbox is full", mend: "delete messages or raise its limit")
            }
            try database.execute(
                sql: """
                    INSERT INTO message (id, mailbox, state, run, caller, callerName, receivedAt, isUrgent, changedAt, source)
                    VALUES (?, ?, 'recording', ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id.text, draft.box.description, self.run, Self.bounded(draft.caller), draft.callerName.map(Self.bounded),
                    draft.calledAt.seconds, draft.isUrgent, self.clock().seconds, source,
                ])
            let used = try self.load(of: draft.box, database).milliseconds / 1_000
            return max(1, min(self.policy.longestMessage, self.policy.mostSeconds - used))
        }
        return (id, room)
    }

    /// Removes the messages that `condition` selects and that nobody sees any more; how many.
    func remove(where condition: String, _ arguments: StatementArguments) throws(VoicemailError) -> Int {
        let removal = Removal(folder: folder, index: index, passed: { self.step($0) })
        let count = try removal.mark(where: condition, arguments)
        try removal.finish()
        return count
    }

    private func pending(_ id: MessageID) throws(VoicemailError) -> (row: Row, state: IndexState) {
        guard let row = try row(id), let state = row.text("state").flatMap({ IndexState(rawValue: $0) }) else { throw .unknown(id) }
        return (row, state)
    }

    /// Callers' names come from the network; SQLite's text ends at a NUL.
    private static func bounded(_ text: String) -> String {
        String(decoding: text.utf8.prefix(512).filter { $0 != 0 }, as: UTF8.self)
    }
}
