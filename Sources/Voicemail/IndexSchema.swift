import GRDB

/// The index's tables, and how an older index becomes one of today. A migration that has been released is never edited.
enum IndexSchema {
    /// "AnVm" in the file's header (bytes 68 to 71): tells our index from any other SQLite file.
    static let applicationID: Int32 = 0x416E_566D

    static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("mailboxes, messages and guesses") { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(
                sql: """
                    CREATE TABLE mailbox (
                        address TEXT PRIMARY KEY NOT NULL,
                        isDisabled INTEGER NOT NULL DEFAULT 0,
                        pin TEXT
                    ) STRICT;
                    CREATE TABLE message (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        id TEXT UNIQUE NOT NULL,
                        mailbox TEXT NOT NULL REFERENCES mailbox (address),
                        state TEXT NOT NULL CHECK (state IN ('recording', 'new', 'saved', 'deleted', 'discarded', 'lost')),
                        run TEXT NOT NULL,
                        caller TEXT NOT NULL,
                        callerName TEXT,
                        receivedAt INTEGER NOT NULL,
                        duration INTEGER NOT NULL DEFAULT 0 CHECK (duration BETWEEN 0 AND 1000000000000),
                        bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes BETWEEN 0 AND 1000000000000),
                        isUrgent INTEGER NOT NULL,
                        changedAt INTEGER NOT NULL,
                        source TEXT
                    ) STRICT;
                    CREATE INDEX messageByMailbox ON message (mailbox, state);
                    CREATE TABLE guess (
                        thing TEXT NOT NULL,
                        isReal INTEGER NOT NULL,
                        caller TEXT NOT NULL,
                        at INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX guessByTime ON guess (at);
                    CREATE TABLE reserve (room BLOB) STRICT;
                    """)
        }
        return migrator
    }

    /// Fails when the tables are not as the statements of the store want them.
    static func probe(_ database: Database) throws {
        for columns in [
            "address, isDisabled, pin FROM mailbox",
            "number, id, mailbox, state, run, caller, callerName, receivedAt, duration, bytes, isUrgent, changedAt, source FROM message",
            "thing, isReal, caller, at FROM guess", "room FROM reserve",
        ] {
            _ = try Row.fetchOne(database, sql: "SELECT \(columns) LIMIT 0")
        }
    }
}

/// What the index says of a message. `new`, `saved` and `deleted` are its owner's to see.
enum IndexState: String {
    /// The row stands, its file is being written.
    case recording
    case new, saved, deleted
    /// To be removed, file first: a kill in between must neither bring it back as a new message nor call it lost.
    case discarded
    /// Its file is gone, and nobody asked for that.
    case lost
}

extension Row {
    // GRDB's own subscripts trap on a value of another type, and the index is a file that anybody may have edited.
    func text(_ column: String) -> String? { String.fromDatabaseValue(self[column]) }
    func integer(_ column: String) -> Int? { Int.fromDatabaseValue(self[column]) }
}
