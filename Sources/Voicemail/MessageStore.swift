import Credentials
import GRDB
import Glibc
import Synchronization

/// All mailboxes, their messages and greetings: files on disk, and an index in SQLite of what is known about them.
///
/// Every function waits for the disk: call them on background threads only. Index and file are written in an order that leaves, killed
/// at any instant, something that the next start's scan can make right: a row before its file, and a tombstone before a removal.
package final class MessageStore: Sendable {
    package let policy: MailboxPolicy
    /// What the scan at the opening found and did.
    package let startReport: ScanReport

    let folder: MailFolder
    /// Where all of it lies.
    package var path: String { folder.root }
    let index: MessageIndex
    let secret: ServerSecret
    /// What a PIN's hash costs; the tests' is cheap.
    let cost: ScryptCost
    let clock: @Sendable () -> UnixTime
    let limiter: Mutex<GuessLimiter>
    /// This run of the server: what is `recording` under another one was cut short.
    let run: String
    private let passed: @Sendable (StoreStep) -> Void
    private let observer = Mutex<(@Sendable (MailboxAddress) -> Void)?>(nil)

    /// `tell` hears of every change of a mailbox's messages, on the thread that made it.
    package func observe(_ tell: @escaping @Sendable (MailboxAddress) -> Void) {
        observer.withLock { $0 = tell }
    }

    func changed(_ box: MailboxAddress) {
        observer.withLock { $0 }?(box)
    }

    /// Opens the store in `folder` (`DATA/voicemail`), makes it when there is none, and brings index and disk together.
    package static func open(
        folder: String, secret: ServerSecret, policy: MailboxPolicy = MailboxPolicy(),
        clock: @escaping @Sendable () -> UnixTime = UnixTime.now
    ) throws(VoicemailError) -> MessageStore {
        try open(folder: folder, secret: secret, policy: policy, cost: .standard, clock: clock, passed: { _ in })
    }

    /// `passed` is told after each step on disk.
    static func open(
        folder: String, secret: ServerSecret, policy: MailboxPolicy, cost: ScryptCost, clock: @escaping @Sendable () -> UnixTime,
        passed: @escaping @Sendable (StoreStep) -> Void
    ) throws(VoicemailError) -> MessageStore {
        try makeFolders(folder)
        let mailFolder = MailFolder(root: folder)
        let (index, setAside) = try MessageIndex.open(mailFolder.index)
        let run = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        var report = try Scan(folder: mailFolder, index: index, policy: policy, run: run, now: clock()).perform()
        report.setAside = setAside
        var limiter = GuessLimiter()
        limiter.restore(try storedGuesses(index), at: clock())
        return MessageStore(
            folder: mailFolder, index: index, secret: secret, policy: policy, cost: cost, clock: clock, limiter: limiter, run: run,
            report: report, passed: passed)
    }

    private init(
        folder: MailFolder, index: MessageIndex, secret: ServerSecret, policy: MailboxPolicy, cost: ScryptCost,
        clock: @escaping @Sendable () -> UnixTime, limiter: GuessLimiter, run: String, report: ScanReport,
        passed: @escaping @Sendable (StoreStep) -> Void
    ) {
        self.folder = folder
        self.index = index
        self.secret = secret
        self.policy = policy
        self.cost = cost
        self.clock = clock
        self.limiter = Mutex(limiter)
        self.run = run
        startReport = report
        self.passed = passed
    }

    /// Closes the index. Whatever is called afterwards fails.
    package func close() {
        index.close()
    }

    /// Brings index and disk together again, as at the opening; what this run is recording just now is left alone.
    package func scan() throws(VoicemailError) -> ScanReport {
        try Scan(folder: folder, index: index, policy: policy, run: run, now: clock()).perform()
    }

    /// Where index and disk differ. Changes nothing.
    package func check() throws(VoicemailError) -> [Discrepancy] {
        let survey = Survey(folder: folder, index: index, run: run)
        var differences = try survey.discrepancies()
        if !differences.isEmpty {
            // A message that came or went during the look shows once only.
            let again = try survey.discrepancies()
            differences = differences.filter { again.contains($0) }
        }
        return try differences + survey.unreadableGreetings()
    }

    func step(_ step: StoreStep) {
        passed(step)
    }

    private static func makeFolders(_ path: String) throws(VoicemailError) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/" + part
            if Disk.kind(of: built) == .none { try Disk.makeFolder(built) }
        }
        guard access(path, W_OK) == 0 else { throw .system(errno, path, while: "writing to the folder") }
    }
}
