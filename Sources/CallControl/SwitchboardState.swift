import SIPDialogs
import Timing

/// How a switchboard stands at one moment: whether it takes calls, and how much it keeps of them.
package struct SwitchboardState: Codable, Sendable, Equatable {
    /// What OPTIONS tells (`ready`, else 503), and `degraded`: it takes calls, and something is missing.
    package enum Condition: String, Codable, Sendable { case ready, degraded, draining, full, late }

    package struct Table: Codable, Sendable, Equatable {
        package var name: String
        package var entries: Int
    }

    package var condition: Condition
    /// Why it is not ready.
    package var reason: String?
    package var calls: Int
    package var callLimit: Int
    package var invited: Int
    package var answered: Int
    package var refused: Int
    package var ended: Int
    /// All that is remembered between two messages. Once the calls are over and the timers of their transactions have run (32 s), each is
    /// back at what stands without calls: subscriptions and rooms with watchers.
    package var tables: [Table]

    /// Adds what the disks say, which may take its time: not to be asked on the event loop.
    package mutating func look(at folders: [String], hasRoom: (String) -> Bool = { DiskSpace.hasRoom(in: $0) }) {
        guard condition == .ready, let full = folders.first(where: { !hasRoom($0) }) else { return }
        condition = .degraded
        reason = "the disk of \(full) is nearly full: messages are not taken"
    }
}

extension Switchboard {
    package func state(at now: MonotonicTime) -> SwitchboardState {
        let (condition, reason) = condition(at: now)
        return SwitchboardState(
            condition: condition, reason: reason, calls: calls.count, callLimit: gate.admission.callLimit, invited: totals.invited,
            answered: totals.answered, refused: totals.refused, ended: totals.ended, tables: tables)
    }

    private func condition(at now: MonotonicTime) -> (SwitchboardState.Condition, String?) {
        switch gate.admission.condition(calls: calls.count, at: now) {
        case .refused(_, .draining): return (.draining, "it was told to drain, or stops")
        case .refused(_, .full): return (.full, AdmissionControl.Reason.full.rawValue)
        case .refused(_, let reason): return (.late, reason.rawValue)
        case .admitted: break
        }
        return (.ready, nil)
    }

    private var tables: [SwitchboardState.Table] {
        let counts = userAgent.tableCounts
        let tables = [
            ("calls", calls.count), ("calls out", legs.count), ("media sessions", callsBySession.count + legsBySession.count),
            ("transactions", counts.transactions), ("dialogs", counts.dialogs), ("sessions", counts.sessions),
            ("of the user agent besides", counts.others), ("rooms", rooms.count), ("deadlines", deadlines.count),
            ("referrals", referrals.count), ("transfers", transfers.count), ("subscriptions", notifier.subscriptionCount),
            ("of the notifier besides", notifier.tableCount - notifier.subscriptionCount), ("of lamps told unasked", lamps.tableCount),
        ]
        return tables.map { SwitchboardState.Table(name: $0.0, entries: $0.1) }
    }
}
