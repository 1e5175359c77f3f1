import Foundation
import NIOPosix
import SIPEvents
import Synchronization

/// Where subscriptions outlive the process: one JSON file, replaced as a whole. Subscribers are not told of a restart.
final class SubscriptionFile: Sendable {
    /// More than the longest list that is kept takes.
    private static let largest = 64 << 20

    private let path: String
    private let background: NIOThreadPool
    /// What is to be written next; a list that came while one was being written replaces another that waits.
    private let waiting = Mutex<(next: [SubscriptionRecord]?, isWriting: Bool)>((nil, false))

    init(path: String, background: NIOThreadPool) {
        self.path = path
        self.background = background
    }

    /// What the last run left; nothing when there is no file or it cannot be read.
    func read() -> [SubscriptionRecord] {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path), let size = attributes[.size] as? Int,
            size <= Self.largest, let data = FileManager.default.contents(atPath: path)
        else { return [] }
        return (try? JSONDecoder().decode([SubscriptionRecord].self, from: data)) ?? []
    }

    func save(_ records: [SubscriptionRecord]) {
        let begins = waiting.withLock { state in
            state.next = records
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard begins else { return }
        background.submit { [self] _ in
            while let records = waiting.withLock({ state in
                defer { state.next = nil }
                state.isWriting = state.next != nil
                return state.next
            }) {
                // Lost when the disk is full: then lamps are dark until their telephones subscribe again.
                if let data = try? JSONEncoder().encode(records) { try? data.write(to: URL(fileURLWithPath: path), options: .atomic) }
            }
        }
    }
}
