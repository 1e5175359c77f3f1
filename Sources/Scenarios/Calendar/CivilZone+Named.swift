import Findings
import Foundation

/// The one place that knows the zones of the world: it turns a name of the IANA data base into a table, once, when a scenario is
/// read. Foundation brings these data along, so no container can lack them.
extension CivilZone {
    /// 2000 to 2100: outside of it the nearest offset goes on.
    private static let beginning: Int64 = 946_684_800
    private static let end: Int64 = 4_102_444_800

    /// Nil when there is no such zone.
    package init?(named name: String) {
        guard Self.isKnown(name), let zone = TimeZone(identifier: name) else { return nil }
        var instant = Date(timeIntervalSince1970: Double(Self.beginning))
        let initial = zone.secondsFromGMT(for: instant)
        var changes: [Change] = []
        // Two a year at most; the bound guards against data that are not as expected.
        while changes.count < 1000, let next = zone.nextDaylightSavingTimeTransition(after: instant), next > instant,
            next.timeIntervalSince1970 < Double(Self.end)
        {
            instant = next
            let offset = zone.secondsFromGMT(for: next)
            if offset != (changes.last?.offset ?? initial) {
                changes.append(Change(at: Int64(next.timeIntervalSince1970.rounded()), offset: offset))
            }
        }
        self.init(name: name, initialOffset: initial, changes: changes)
    }

    /// The right name that was probably meant.
    package static func nearestName(to name: String) -> String? {
        NearestName.of(name, among: TimeZone.knownTimeZoneIdentifiers)
    }

    /// Foundation also reads abbreviations and offsets (`EST`, `GMT+3`), which say nothing about summer.
    private static func isKnown(_ name: String) -> Bool {
        ["UTC", "GMT", "Etc/UTC"].contains(name) || (name.contains("/") && !name.hasPrefix("/"))
    }
}
