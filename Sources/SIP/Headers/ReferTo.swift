/// A Refer-To value: whom the receiver of a REFER is to ask, and how (RFC 3515 §2.1).
package struct ReferTo: Hashable, Sendable {
    package var address: NameAddress

    package init(_ address: NameAddress) {
        self.address = address
    }

    /// `replaces` goes along as an escaped header (RFC 3891 §4), which makes an attended transfer of it.
    package init(target: SIPURI, replaces: Replaces? = nil) {
        var uri = target
        if let replaces { uri.headers.append(.init(name: "Replaces", value: SIPURI.escaped(replaces.text, keeping: \.isUnreserved))) }
        address = NameAddress(uri: uri)
    }

    package var text: String { address.text }

    /// Where the new request goes: the URI without what is meant for its headers (RFC 3261 §19.1.5).
    package var target: SIPURI {
        var target = address.uri
        target.headers = []
        target.parameters.remove("method")
        return target
    }

    /// The method asked for; INVITE where the URI names none (RFC 3261 §19.1.5).
    package var method: SIPMethod { address.uri.parameters["method"].map { SIPMethod(SIPURI.unescaped($0)) } ?? .invite }

    /// The call whose place the new one takes; nil when none is named.
    package func replaces() throws(SIPParseError) -> Replaces? {
        let written = address.uri.headers.filter { $0.name.equalsIgnoringCase("Replaces") }
        guard let first = written.first else { return nil }
        // Two calls cannot be replaced by one (RFC 3891 §3).
        guard written.count == 1 else { throw SIPParseError("more than one Replaces in Refer-To", at: 0) }
        return try Replaces.parse(SIPURI.unescaped(first.value))
    }
}

extension SIPMessage {
    /// What Refer-To says; nil when there is none. RFC 3515 §2.4.1 wants exactly one value.
    package func referTo() throws(SIPParseError) -> ReferTo? {
        try address(of: .referTo).map { ReferTo($0) }
    }

    /// Whether the sender of a REFER wants no subscription, or its receiver makes none (RFC 4488 §4).
    package var declinesReferSubscription: Bool {
        guard let value = value(of: .referSub) else { return false }
        let word = value.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        return String(word.filter { $0 != " " && $0 != "\t" }).equalsIgnoringCase("false")
    }
}
