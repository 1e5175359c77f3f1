import Credentials
import GRDB

extension MessageStore {
    /// The mailbox's messages, the oldest first; deleted ones are among them until they are purged.
    package func messages(in box: MailboxAddress) throws(VoicemailError) -> [VoiceMessage] {
        let rows = try index.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM message WHERE mailbox = ? AND state IN ('new', 'saved', 'deleted') ORDER BY receivedAt, number
                    """, arguments: [box.description])
        }
        return rows.compactMap(message)
    }

    package func message(_ id: MessageID) throws(VoicemailError) -> VoiceMessage {
        guard let row = try row(id), let message = message(from: row), row.text("state") == message.state.rawValue else {
            throw .unknown(id)
        }
        return message
    }

    /// Saves, deletes, or takes either back.
    package func mark(_ id: MessageID, as state: VoiceMessage.State) throws(VoicemailError) {
        let box = try index.writeFromReserve { database -> String? in
            try database.execute(
                sql: "UPDATE message SET state = ?, changedAt = ? WHERE id = ? AND state IN ('new', 'saved', 'deleted')",
                arguments: [state.rawValue, self.clock().seconds, id.text])
            guard database.changesCount == 1 else { return nil }
            return try String.fetchOne(database, sql: "SELECT mailbox FROM message WHERE id = ?", arguments: [id.text])
        }
        guard let box else { throw .unknown(id) }
        step(.markRow)
        if let address = MailboxAddress(box) { changed(address) }
    }

    /// At the end of the owner's session: what he has deleted goes for good. How many.
    @discardableResult
    package func purgeDeleted(in box: MailboxAddress) throws(VoicemailError) -> Int {
        let count = try remove(where: "mailbox = ? AND state = 'deleted'", [box.description])
        if count > 0 { changed(box) }
        return count
    }

    /// Drops the row of a message whose file is gone for good.
    package func forgetLost(_ id: MessageID) throws(VoicemailError) {
        guard try remove(where: "id = ? AND state = 'lost'", [id.text]) == 1 else { throw .unknown(id) }
    }

    func row(_ id: MessageID) throws(VoicemailError) -> Row? {
        try index.read { try Row.fetchOne($0, sql: "SELECT * FROM message WHERE id = ?", arguments: [id.text]) }
    }

    func message(from row: Row) -> VoiceMessage? {
        guard let id = row.text("id").flatMap({ MessageID($0) }), let box = row.text("mailbox").flatMap({ MailboxAddress($0) })
        else { return nil }
        return VoiceMessage(
            id: id, box: box, caller: row.text("caller") ?? "", callerName: row.text("callerName"),
            receivedAt: UnixTime(seconds: Int64(row.integer("receivedAt") ?? 0)), duration: row.integer("duration") ?? 0,
            state: row.text("state").flatMap { VoiceMessage.State(rawValue: $0) } ?? .new, isUrgent: row.integer("isUrgent") == 1,
            path: folder.message(id, of: box))
    }
}
