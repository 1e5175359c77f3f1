import AudioFiles
import Foundation
import Synchronization
import Testing

@testable import Credentials
@testable import Voicemail

/// A store in a folder of its own, with a clock that stands until it is moved, and a way to be killed between two steps on disk.
final class StoreFixture: Sendable {
    static let secret = ServerSecret(octets: [UInt8](repeating: 42, count: 32))
    static let cheap = ScryptCost(logN: 4, blockSize: 1, parallelism: 1)
    static let noon = UnixTime(seconds: 1_800_000_000)

    private struct Kill {
        /// Nil: any.
        var step: StoreStep?
        /// How many times the step is let pass before.
        var after: Int
    }

    let root: String
    let time = Mutex(StoreFixture.noon)
    private let kill = Mutex<Kill?>(nil)
    private let isDead = Mutex(false)
    private let copies: String

    var folder: String { root + "/voicemail" }

    init() throws {
        let parent = NSTemporaryDirectory() + "antiphon-voicemail-" + UUID().uuidString
        root = parent + "/data"
        copies = parent + "/copy"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: (root as NSString).deletingLastPathComponent) }

    func open(
        policy: MailboxPolicy = MailboxPolicy(), secret: ServerSecret = StoreFixture.secret, cost: ScryptCost = StoreFixture.cheap
    ) throws -> MessageStore {
        try MessageStore.open(
            folder: folder, secret: secret, policy: policy, cost: cost, clock: { self.time.withLock { $0 } }, passed: { self.passed($0) })
    }

    func advance(_ seconds: Int64) {
        time.withLock { $0 = $0 + seconds }
    }

    /// Does `body` and then puts everything on disk back to how it was right after `step`, as if the server had been killed there.
    /// False when the step never came.
    @discardableResult
    func killed(at step: StoreStep?, after: Int = 0, store: MessageStore, _ body: () throws -> Void) throws -> Bool {
        isDead.withLock { $0 = false }
        kill.withLock { $0 = Kill(step: step, after: after) }
        try body()
        kill.withLock { $0 = nil }
        store.close()
        guard isDead.withLock({ $0 }) else { return false }
        try FileManager.default.removeItem(atPath: root)
        try FileManager.default.moveItem(atPath: copies, toPath: root)
        return true
    }

    private func passed(_ step: StoreStep) {
        let isHit = kill.withLock { kill in
            guard let pending = kill, pending.step ?? step == step else { return false }
            kill = pending.after == 0 ? nil : Kill(step: step, after: pending.after - 1)
            return pending.after == 0
        }
        guard isHit else { return }
        // Another process copies: closing the index's files in this one would drop SQLite's locks on them.
        isDead.withLock { $0 = Self.run("/bin/cp", "-a", root, copies) }
    }

    static func run(_ words: String...) -> Bool {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        guard posix_spawn(&child, words[0], nil, nil, &arguments, environ) == 0 else { return false }
        var status: Int32 = 0
        return waitpid(child, &status, 0) == child && status == 0
    }

    // MARK: Recording

    /// Leaves an unfinished recording of so many milliseconds at `path`, as a killed server does.
    static func recordPart(_ path: String, milliseconds: Int, value: Int16 = 1_000) throws {
        let file = try RecordingFile(creating: path, format: RecordingFormat())
        try [Int16](repeating: value, count: milliseconds * 8).withUnsafeBufferPointer { try file.write(samples: $0, at: 0) }
        file.abandon()
    }

    static func record(_ path: String, milliseconds: Int, value: Int16 = 1_000) throws {
        let file = try RecordingFile(creating: path, format: RecordingFormat())
        try [Int16](repeating: value, count: milliseconds * 8).withUnsafeBufferPointer { try file.write(samples: $0, at: 0) }
        _ = try file.finish()
    }

    /// What is heard of a file: how long it is, and the sample that it consists of.
    static func sound(_ path: String) throws -> (milliseconds: Int, value: Int16?) {
        let samples = try AudioFileReader.read(path, rate: 8_000).samples
        return (samples.count / 8, samples.first)
    }

    /// A message from the first ring to the last byte.
    @discardableResult
    static func leave(
        _ milliseconds: Int = 3_000, value: Int16 = 1_000, in box: MailboxAddress, of store: MessageStore,
        caller: String = "sip:bob@example.com",
        isUrgent: Bool = false
    ) throws -> VoiceMessage {
        let pending = try store.begin(
            MessageDraft(box: box, caller: caller, callerName: "Bob", calledAt: store.clock(), isUrgent: isUrgent))
        try record(pending.path, milliseconds: milliseconds, value: value)
        return try #require(try store.deliver(pending.id, duration: milliseconds))
    }

    static func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}

extension MailboxAddress {
    static func box(_ name: String) throws -> MailboxAddress { try #require(MailboxAddress(name: name, domain: "example.com")) }
}

/// The kind of the error that `body` throws; nil when it throws none.
func failure(_ body: () throws(VoicemailError) -> Void) -> VoicemailError.Kind? {
    do throws(VoicemailError) {
        try body()
        return nil
    } catch { return error.kind }
}
