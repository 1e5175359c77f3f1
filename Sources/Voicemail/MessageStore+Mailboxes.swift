import Credentials
import GRDB

extension MessageStore {
    /// Adds a mailbox. Without a PIN it can receive, but nobody can log in.
    package func add(_ address: MailboxAddress, pin: PIN? = nil) throws(VoicemailError) {
        let hash = try pin.map { pin throws(VoicemailError) in try self.hash(pin) }
        try index.write { database in
            guard try !Self.exists(address, database) else {
                throw VoicemailError(.alreadyExists, "\(address)", "this mailbox exists", mend: "set its PIN, or choose another name")
            }
            try database.execute(
                sql: "INSERT INTO mailbox (address, pin) VALUES (?, ?)", arguments: [address.description, hash?.stored])
        }
        step(.mailboxRow)
        do throws(VoicemailError) {
            // So that the files alone tell of it, should the index be lost.
            try folder.makeBox(address)
        } catch {
            try index.writeFromReserve { try $0.execute(sql: "DELETE FROM mailbox WHERE address = ?", arguments: [address.description]) }
            throw error
        }
        step(.mailboxFolders)
    }

    /// An administrator sets the PIN (nil: nobody can log in any more); the lock on it, if any, is lifted.
    package func setPIN(_ pin: PIN?, of address: MailboxAddress) throws(VoicemailError) {
        let hash = try pin.map { pin throws(VoicemailError) in try self.hash(pin) }
        try index.write { database in
            try database.execute(
                sql: "UPDATE mailbox SET pin = ? WHERE address = ?", arguments: [hash?.stored, address.description])
            guard database.changesCount == 1 else { throw VoicemailError.unknown(address) }
            try database.execute(
                sql: "DELETE FROM guess WHERE thing = ? AND isReal", arguments: [address.description])
        }
        limiter.withLock { $0.forget(GuardedThing(address.description)) }
    }

    /// The owner, who has logged in, chooses a PIN: nil when it is set, else why it is not taken.
    package func changePIN(of address: MailboxAddress, to text: String) throws(VoicemailError) -> PINRefusal? {
        if let refusal = PINRule.refusal(of: text, number: address.name) { return refusal }
        guard let pin = PIN(text) else { return .notDigits }
        try setPIN(pin, of: address)
        return nil
    }

    package func setDisabled(_ isDisabled: Bool, of address: MailboxAddress) throws(VoicemailError) {
        try index.write { database in
            try database.execute(
                sql: "UPDATE mailbox SET isDisabled = ? WHERE address = ?", arguments: [isDisabled, address.description])
            guard database.changesCount == 1 else { throw VoicemailError.unknown(address) }
        }
    }

    /// Nil when there is none.
    package func mailbox(_ address: MailboxAddress) throws(VoicemailError) -> Mailbox? {
        try mailboxes(only: address).first
    }

    /// All of them, by domain and name.
    package func mailboxes() throws(VoicemailError) -> [Mailbox] {
        try mailboxes(only: nil).sorted { $0.address < $1.address }
    }

    package func status(of address: MailboxAddress) throws(VoicemailError) -> MailboxStatus {
        try index.read { try self.status(of: address, $0) }
    }

    func status(of address: MailboxAddress, _ database: Database) throws -> MailboxStatus {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT isDisabled FROM mailbox WHERE address = ?", arguments: [address.description])
        else { return .unknown }
        if row.integer("isDisabled") != 0 { return .disabled }
        // What others are leaving just now will be a message too.
        let (count, milliseconds) = try load(of: address, database)
        return count >= policy.mostMessages || milliseconds >= policy.mostSeconds * 1_000 ? .full : .open
    }

    /// What counts against the limits.
    func load(of address: MailboxAddress, _ database: Database) throws -> (count: Int, milliseconds: Int) {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT count(*) AS count, sum(duration) AS total FROM message
                WHERE mailbox = ? AND (state IN ('new', 'saved') OR state = 'recording' AND run = ?)
                """, arguments: [address.description, run])
        return (row?.integer("count") ?? 0, row?.integer("total") ?? 0)
    }

    static func exists(_ address: MailboxAddress, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM mailbox WHERE address = ?)", arguments: [address.description]) ?? false
    }

    private func mailboxes(only address: MailboxAddress?) throws(VoicemailError) -> [Mailbox] {
        let rows = try index.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT mailbox.address, mailbox.isDisabled, mailbox.pin,
                        count(*) FILTER (WHERE state = 'new') AS new, count(*) FILTER (WHERE state = 'saved') AS saved,
                        count(*) FILTER (WHERE state = 'new' AND isUrgent) AS urgent, count(*) FILTER (WHERE state = 'lost') AS lost,
                        sum(duration) FILTER (WHERE state IN ('new', 'saved')) AS duration,
                        sum(bytes) FILTER (WHERE state IN ('new', 'saved')) AS bytes
                    FROM mailbox LEFT JOIN message ON message.mailbox = mailbox.address
                    WHERE ?1 IS NULL OR mailbox.address = ?1 GROUP BY mailbox.address
                    """, arguments: [address?.description])
        }
        return rows.compactMap { row in
            guard let address = row.text("address").flatMap({ MailboxAddress($0) }) else { return nil }
            return Mailbox(
                address: address, isDisabled: row.integer("isDisabled") != 0,
                hasPIN: row.text("pin").flatMap { PINHash(stored: $0) }?.wasMade(with: secret) ?? false, limits: policy,
                newMessages: row.integer("new") ?? 0, savedMessages: row.integer("saved") ?? 0,
                urgentMessages: row.integer("urgent") ?? 0, lostMessages: row.integer("lost") ?? 0,
                milliseconds: row.integer("duration") ?? 0, bytes: row.integer("bytes") ?? 0,
                greetings: Set(GreetingKind.allCases.filter { Disk.kind(of: folder.greeting($0, of: address)) == .file }))
        }
    }

    func hash(_ pin: PIN) throws(VoicemailError) -> PINHash {
        do { return try PINHash(pin, secret: secret, cost: cost) } catch { throw .credentials(error) }
    }
}
