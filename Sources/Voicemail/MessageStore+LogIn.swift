import Credentials
import GRDB

extension MessageStore {
    /// Whether what `caller` has keyed in opens the mailbox. Tens of milliseconds, for a mailbox that does not exist too.
    ///
    /// The verdict is for the scenario, which says the same for a wrong PIN, an unknown box, and one without a PIN. Counted across calls
    /// and restarts: ten wrong ones an hour lock the mailbox, and the caller.
    package func verify(_ pin: String, of address: MailboxAddress, by caller: String) throws(VoicemailError) -> PINVerdict {
        try verify(pin, name: address.description, address: address, by: caller)
    }

    /// The same for what is no address at all, so that this cannot be told apart by its cost either.
    package func verify(_ pin: String, ofNobody name: String, by caller: String) throws(VoicemailError) -> PINVerdict {
        try verify(pin, name: name, address: nil, by: caller)
    }

    private func verify(_ pin: String, name: String, address: MailboxAddress?, by caller: String) throws(VoicemailError) -> PINVerdict {
        let row = try address.flatMap { address throws(VoicemailError) in
            try index.read { database in
                try Row.fetchOne(
                    database, sql: "SELECT isDisabled, pin FROM mailbox WHERE address = ?", arguments: [address.description])
            }
        }
        let thing = GuardedThing(name, exists: row != nil)
        let now = clock()
        let admission = limiter.withLock { $0.attempt(on: thing, by: caller, at: now) }
        guard case .admitted(let failure) = admission else {
            if case .locked(let until) = admission { return .locked(until: until) }
            return .wrong
        }
        // Before the PIN is looked at: a restart, by whatever means, gives no further guess.
        try store(failure)
        let hash = row?.text("pin").flatMap { PINHash(stored: $0) }.flatMap { $0.wasMade(with: secret) ? $0 : nil }
        let isRight: Bool
        do throws(CredentialError) {
            if let hash {
                isRight = try hash.verify(pin, secret: secret)
            } else {
                try PINHash.pretend(pin, secret: secret, cost: cost)
                isRight = false
            }
        } catch { throw .credentials(error) }
        guard let row, let address else { return .unknownBox }
        if row.integer("isDisabled") != 0 { return .disabled }
        guard let hash else { return .noPIN }
        guard isRight else { return .wrong }
        try forgive(thing, caller: failure.caller)
        if hash.isOutdated(by: cost), let digits = PIN(pin) { try renew(hash, with: digits, of: address) }
        return .right
    }

    private func store(_ failure: GuessLimiter.Failure) throws(VoicemailError) {
        try index.writeFromReserve { database in
            // Beyond the hour, on either side of a clock that was set, nothing counts; so the table stays small.
            try database.execute(
                sql: "DELETE FROM guess WHERE at NOT BETWEEN ? AND ?",
                arguments: [(failure.at + -3_600).seconds, (failure.at + 3_600).seconds])
            try database.execute(
                sql: "INSERT INTO guess (thing, isReal, caller, at) VALUES (?, ?, ?, ?)",
                arguments: [failure.thing.name, failure.thing.exists, failure.caller, failure.at.seconds])
        }
    }

    private func forgive(_ thing: GuardedThing, caller: String) throws(VoicemailError) {
        limiter.withLock { $0.succeeded(on: thing, by: caller) }
        try index.writeFromReserve { database in
            try database.execute(
                sql: "DELETE FROM guess WHERE thing = ? AND isReal = ? AND caller = ?", arguments: [thing.name, thing.exists, caller])
        }
    }

    /// Hashed again with today's parameters, unless somebody has set another PIN meanwhile.
    private func renew(_ old: PINHash, with pin: PIN, of address: MailboxAddress) throws(VoicemailError) {
        let hash = try hash(pin)
        try index.writeFromReserve { database in
            try database.execute(
                sql: "UPDATE mailbox SET pin = ? WHERE address = ? AND pin = ?",
                arguments: [hash.stored, address.description, old.stored])
        }
    }

    static func storedGuesses(_ index: MessageIndex) throws(VoicemailError) -> [GuessLimiter.Failure] {
        let rows = try index.read { database in
            try Row.fetchAll(database, sql: "SELECT thing, isReal, caller, at FROM guess ORDER BY at DESC LIMIT 100000")
        }
        return rows.compactMap { row in
            guard let thing = row.text("thing"), let caller = row.text("caller"), let at = row.integer("at") else { return nil }
            return GuessLimiter.Failure(
                thing: GuardedThing(thing, exists: row.integer("isReal") == 1), caller: caller, at: UnixTime(seconds: Int64(at)))
        }
    }
}
