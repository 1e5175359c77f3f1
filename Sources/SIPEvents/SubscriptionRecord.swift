import SIP
import SIPDialogs
import Timing

/// A subscription as it is written to disk: subscribers are not told of a restart.
package struct SubscriptionRecord: Codable, Hashable, Sendable {
    package var resource: EventResource
    package var eventID: String?
    /// The number of the next document (RFC 4575 §4.1).
    package var version: UInt32
    /// Seconds since 1970.
    package var expiry: Int64
    package var dialog: DialogRecord
}

extension Notifier {
    /// What is added to the numbers of a restored subscription: more than a day's NOTIFYs, so that records need not be saved for
    /// each of them. They must be whenever `revision` changes; every subscription is refreshed within a day or ends.
    static let leap: UInt32 = 100_000

    /// All subscriptions that go on, for `restore` after a restart. `unixTime`: seconds since 1970, now.
    package func records(at now: MonotonicTime, unixTime: Int64) -> [SubscriptionRecord] {
        entries.values.compactMap { entry in
            guard entry.machine.phase == .active else { return nil }
            return SubscriptionRecord(
                resource: entry.resource, eventID: entry.eventID, version: entry.version,
                expiry: unixTime.addingReportingOverflow(Int64(entry.machine.secondsLeft(at: now))).partialValue,
                dialog: entry.dialog.record)
        }
    }

    /// Takes subscriptions up again and tells each subscriber everything, spread at random over `window`, so that a start is no
    /// storm. Returns how many were; those that have expired or that cannot be read are dropped. `takeNotices` tells the resources
    /// whose state is due.
    package mutating func restore(
        _ records: [SubscriptionRecord], spreadOver window: Duration, at now: MonotonicTime, unixTime: Int64, through agent: inout UserAgent
    ) -> Int {
        var count = 0
        for record in records where entries.count < settings.limit {
            let (seconds, overflow) = record.expiry.subtractingReportingOverflow(unixTime)
            guard !overflow, seconds > 0, let dialog = try? Dialog(record.dialog, sequenceLeap: Self.leap),
                record.eventID?.isSIPToken != false, entries[dialog.identifier] == nil,
                (topics[record.resource]?.subscribers.count ?? 0) < settings.limitPerResource
            else { continue }
            // A clock that was set back must not make a subscription endless.
            let expiry = now + .seconds(min(seconds, Int64(settings.longestDuration)))
            let machine = NotifierSubscription(
                restoredUntil: expiry, firstNotice: min(now + jitter(within: window), expiry), interval: record.resource.package.interval)
            if topics[record.resource] == nil { notices.append(.watched(record.resource)) }
            topics[record.resource, default: Topic()].subscribers.append(dialog.identifier)
            agent.adopt(dialog.identifier)
            deadlines.set(machine.nextDeadline, for: dialog.identifier)
            entries[dialog.identifier] = Entry(
                machine: machine, dialog: dialog, resource: record.resource, eventID: record.eventID,
                version: record.version.addingReportingOverflow(Self.leap).partialValue)
            count += 1
        }
        return count
    }

    private func jitter(within window: Duration) -> Duration {
        let nanoseconds = window.wholeNanoseconds
        return nanoseconds > 0 ? .nanoseconds(Int64(random() % UInt64(nanoseconds))) : .zero
    }
}
