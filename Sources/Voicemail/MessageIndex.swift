import GRDB
import Glibc

/// The SQLite file: opened, checked, brought up to date; read and written with coded errors.
final class MessageIndex: Sendable {
    let path: String
    private let pool: DatabasePool

    private init(path: String, pool: DatabasePool) {
        self.path = path
        self.pool = pool
    }

    func read<Result>(_ body: (Database) throws -> Result) throws(VoicemailError) -> Result {
        do { return try pool.read(body) } catch { throw .index(error, path) }
    }

    /// One transaction: all of it or nothing.
    func write<Result>(_ body: (Database) throws -> Result) throws(VoicemailError) -> Result {
        do { return try pool.write(body) } catch { throw .index(error, path) }
    }

    /// The same for what finishes a message or makes room, on a full disk too.
    ///
    /// There SQLite's log cannot grow; written back into the index, its own length is free again, and the reserve sees to it that the
    /// log has some and the index free pages. No recorder can take that room, as it could a file kept for the purpose.
    func writeFromReserve<Result>(_ body: (Database) throws -> Result) throws(VoicemailError) -> Result {
        do throws(VoicemailError) {
            return try write(body)
        } catch {
            guard error.kind == .diskFull else { throw error }
        }
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
        return try write(body)
    }

    func close() {
        try? pool.close()
    }

    /// Opens the index at `path` or makes it. One that is damaged or no index of ours is first given another name, which is returned:
    /// what it knew must then be had from the files.
    static func open(_ path: String) throws(VoicemailError) -> (index: MessageIndex, setAside: SetAsideIndex?) {
        var setAside: SetAsideIndex?
        for _ in 0..<2 {
            switch try attempt(path) {
            case .opened(let index): return (index, setAside)
            case .useless(let reason): setAside = SetAsideIndex(path: try setAsideFiles(path), reason: reason)
            }
        }
        throw VoicemailError(.unreadableIndex, path, "a new index cannot be made", mend: "check the disk and its mount")
    }

    private enum Attempt {
        case opened(MessageIndex)
        case useless(reason: String)
    }

    private static func attempt(_ path: String) throws(VoicemailError) -> Attempt {
        // SQLite would make the file readable by all; its companions take their mode from it.
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            if errno == EISDIR || errno == ELOOP { return .useless(reason: "it is no regular file") }
            throw .system(errno, path, while: "opening the index")
        }
        var header = [UInt8](repeating: 0, count: 72)
        let count = pread(descriptor, &header, header.count, 0)
        Glibc.close(descriptor)
        guard count >= 0 else { throw .system(errno, path, while: "reading the index") }
        // An empty file is a new index.
        if count > 0 {
            guard count == header.count, header.starts(with: Array("SQLite format 3\0".utf8)) else {
                return .useless(reason: "it is no SQLite file")
            }
            // Looked at before SQLite is, which would put another program's database into WAL mode. Zero: maybe not written back yet.
            let owner = header[68..<72].reduce(Int32(0)) { $0 << 8 | Int32($1) }
            guard owner == 0 || owner == IndexSchema.applicationID else { return .useless(reason: "another program made it") }
        }
        var pool: DatabasePool?
        do {
            let opened = try DatabasePool(path: path, configuration: configuration)
            pool = opened
            if let reason = try prepare(opened) {
                try? opened.close()
                return .useless(reason: reason)
            }
            return .opened(MessageIndex(path: path, pool: opened))
        } catch {
            try? pool?.close()
            if let reason = uselessness(of: error) { return .useless(reason: reason) }
            throw .index(error, path)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "voicemail"
        // Only somebody with the sqlite3 program can hold it.
        configuration.busyMode = .timeout(5)
        return configuration
    }

    /// Nil when the index may be used, else why not.
    private static func prepare(_ pool: DatabasePool) throws -> String? {
        let (verdict, owner, tables) = try pool.read { database in
            (
                try String.fetchOne(database, sql: "PRAGMA quick_check(1)"), try Int.fetchOne(database, sql: "PRAGMA application_id"),
                try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            )
        }
        guard verdict == "ok" else { return "SQLite finds it damaged: \(verdict ?? "no answer")" }
        guard owner == Int(IndexSchema.applicationID) || owner == 0 && tables == 0 else { return "another program made it" }
        if try pool.read({ try IndexSchema.migrations.hasBeenSuperseded($0) }) {
            throw VoicemailError(
                .newerIndex, pool.path, "a later version of the server made this index", mend: "run that version, or move the index away")
        }
        // FULL, though a kill (even SIGKILL) loses nothing under NORMAL: a power cut would take back a changed PIN, a deletion that was
        // said aloud or the name of a caller, and there are only some few writes a message, none on an event loop.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try IndexSchema.migrations.migrate(pool)
        try pool.read(IndexSchema.probe)
        fillReserve(pool)
        return nil
    }

    /// Makes the log and the index a quarter of a megabyte longer than they need be. In two transactions: what is freed in the one that
    /// took it is never written. When there is no room, there is no reserve.
    private static func fillReserve(_ pool: DatabasePool) {
        try? pool.writeWithoutTransaction { database in
            try database.execute(sql: "INSERT INTO reserve (room) VALUES (zeroblob(262144))")
            try database.execute(sql: "DELETE FROM reserve")
            try database.checkpoint(.passive)
        }
    }

    private static func uselessness(of error: any Error) -> String? {
        guard let error = error as? DatabaseError else { return nil }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_SCHEMA, .SQLITE_FORMAT:
            return error.message ?? error.resultCode.description
        default:
            return nil
        }
    }

    private static func setAsideFiles(_ path: String) throws(VoicemailError) -> String {
        guard let name = (1...999).map({ "\(path).damaged-\($0)" }).first(where: { Disk.kind(of: $0) == .none }) else {
            throw VoicemailError(.damagedIndex, path, "999 damaged indexes lie here", mend: "look at them and delete them")
        }
        // The log goes before the file: a new index beside the old one's log would be filled from it.
        for suffix in ["-wal", "-shm", ""] where Disk.kind(of: path + suffix) != .none {
            try Disk.replace(name + suffix, with: path + suffix)
        }
        return name
    }
}

/// An index that could not be used and lies under another name now.
package struct SetAsideIndex: Equatable, Sendable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String {
        "the index was useless (\(reason)): it is kept as \(path), and a new one was made from the files; all PINs must be set anew"
    }
}
