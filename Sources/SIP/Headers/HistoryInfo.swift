/// One entry of History-Info: a Request-URI that the call has been sent to (RFC 7044 §5, RFC 4244 §4.1).
package struct HistoryInfo: Hashable, Sendable {
    /// `1.2.1` as its numbers. Each is the parent's index and one number more (RFC 7044 §10.3).
    package struct Index: Hashable, Sendable, CustomStringConvertible {
        package var numbers: [UInt32]

        package var description: String { numbers.map(String.init).joined(separator: ".") }

        /// Nil when the text is no index. Depth is bounded by Max-Forwards, so a deeper one is none either.
        package init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { $0.utf8.allSatisfy(\.isDigit) ? UInt32($0) : nil }
            guard numbers.count == parts.count, numbers.count <= 255 else { return nil }
            self.numbers = numbers
        }

        /// Whether `other` was reached from this entry, at any depth.
        package func isAncestor(of other: Index) -> Bool {
            other.numbers.count > numbers.count && other.numbers.starts(with: numbers)
        }
    }

    /// How the proxy came to this target, with the index of the entry that it left (RFC 7044 §10.4).
    package enum Retargeting: Hashable, Sendable {
        /// `rc`: another address of the same user.
        case contact(of: Index)
        /// `mp`: another user, as by call forwarding.
        case mapped(from: Index)
        /// `np`: the Request-URI stayed what it was.
        case unchanged(from: Index)
    }

    package var address: NameAddress
    /// Nil when it is missing or broken; RFC 7044 §5 demands one.
    package var index: Index?
    /// Nil in an entry written by an RFC 4244 proxy, or when the parameter is broken.
    package var retargeting: Retargeting?

    package init(_ address: NameAddress) {
        self.address = address
        func index(_ name: String) -> Index? { address.parameters.plain(name).flatMap { Index($0) } }
        self.index = index("index")
        if let left = index("mp") {
            retargeting = .mapped(from: left)
        } else if let left = index("rc") {
            retargeting = .contact(of: left)
        } else {
            retargeting = index("np").map { .unchanged(from: $0) }
        }
    }

    /// Why the call was sent here: the URI parameter of RFC 4458 §2.2 stands on the entry that was retargeted to (RFC 8119).
    package var cause: UInt16? { address.uri.retargetingCause }

    /// Why the call was sent on from here: an escaped Reason in the URI of the entry that was left (RFC 7044 §10.2). A
    /// response's status (`SIP`) counts before the network's cause; nil when there is none or it cannot be read.
    package var departure: Reason? {
        guard let header = address.uri.headers.first(where: { $0.name.equalsIgnoringCase("Reason") }),
            let reasons = try? Reason.list(SIPURI.unescaped(header.value))
        else { return nil }
        return reasons.first { $0.scheme.equalsIgnoringCase("SIP") } ?? reasons.first { $0.status != nil } ?? reasons.first
    }
}

extension SIPMessage {
    /// The entries in the order of the message, which is the order of the retargetings (RFC 7044 §10.3).
    ///
    /// One broken entry makes the whole list unusable, since nobody could say any more which is the first or the last.
    package func history() throws(SIPParseError) -> [HistoryInfo] {
        try addresses(of: .historyInfo).map { HistoryInfo($0) }
    }
}
