/// One Diversion value: who sent the call on, and why (RFC 5806; historic, and still what most gateways send).
package struct Diversion: Hashable, Sendable {
    package var address: NameAddress
    /// `user-busy`, `no-answer`, `unconditional`... in small letters and without quotes; `unknown` when none is written.
    package var reason: String
    /// How many diversions this value stands for: 1 unless a number from 1 to 99 is written.
    package var count: Int

    package init(address: NameAddress, reason: String = "unknown", count: Int = 1) {
        self.address = address
        self.reason = reason
        self.count = count
    }

    /// The `cause` of RFC 4458 that means the same, by the ISUP codes behind both (RFC 5806 §9.1 with errata 3082 and 3083,
    /// RFC 4458 §2.2): nil for what has no code of its own.
    package var cause: UInt16? {
        switch reason {
        case "user-busy": 486
        case "no-answer": 408
        case "unconditional", "follow-me", "time-of-day": 302
        case "deflection": 480
        case "unavailable", "out-of-service", "away", "do-not-disturb": 503
        default: nil
        }
    }

    init(_ address: NameAddress) {
        let reason = address.parameters.plain("reason").map(\.lowercasedASCII) ?? "unknown"
        let counter = address.parameters.plain("counter").flatMap { Int($0) } ?? 1
        self.init(address: address, reason: reason.isEmpty ? "unknown" : reason, count: (1...99).contains(counter) ? counter : 1)
    }
}

extension SIPMessage {
    /// The diversions, the latest first: each hop that diverts puts its value above the others (RFC 5806).
    ///
    /// One broken value makes the whole list unusable, since nobody could say any more which is the first or the last.
    package func diversions() throws(SIPParseError) -> [Diversion] {
        try addresses(of: .diversion).map { Diversion($0) }
    }
}
