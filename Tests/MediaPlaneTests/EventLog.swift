import Foundation

@testable import MediaPlane

/// The events of the media threads, in order.
final class EventLog: @unchecked Sendable {
    private let condition = NSCondition()
    private var all: [MediaEvent] = []

    func add(_ events: [MediaEvent]) {
        condition.lock()
        all += events
        condition.broadcast()
        condition.unlock()
    }

    /// The first event that `matches`; nil after ten seconds without.
    func first<Result>(_ matches: (MediaEvent) -> Result?) -> Result? {
        condition.lock()
        defer { condition.unlock() }
        let limit = Date(timeIntervalSinceNow: 10)
        while true {
            if let found = all.lazy.compactMap(matches).first { return found }
            guard condition.wait(until: limit) else { return nil }
        }
    }

    /// The first event that `matches` so far.
    func present<Result>(_ matches: (MediaEvent) -> Result?) -> Result? {
        condition.lock()
        defer { condition.unlock() }
        return all.lazy.compactMap(matches).first
    }

    /// All that `matches` so far.
    func count(_ matches: (MediaEvent) -> Bool) -> Int {
        condition.lock()
        defer { condition.unlock() }
        return all.count(where: matches)
    }
}
