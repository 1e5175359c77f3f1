import SIP

/// Whether the callee may learn who calls (RFC 3323, RFC 3325).
package enum CallerPrivacy: Hashable, Sendable {
    case open
    /// From and Contact name nobody; the trusted network alone is told, by P-Preferred-Identity or the P-Asserted-Identity among
    /// the caller's own headers, and asked to keep it.
    case withheld

    /// The From of the INVITE, without its tag.
    func from(_ caller: NameAddress) -> NameAddress {
        var caller = caller
        caller.parameters.remove("tag")
        guard self == .withheld else { return caller }
        // RFC 3323 §4.1.1.3.
        return NameAddress(display: "Anonymous", uri: SIPURI(user: "anonymous", host: "anonymous.invalid"))
    }

    /// What is added to the INVITE. RFC 3325 §9.2: a user agent writes P-Preferred-Identity; it is left out beside an assertion.
    func headers(_ caller: NameAddress, beside others: [(String, String)]) -> [(String, String)] {
        guard self == .withheld else { return [] }
        func has(_ name: String) -> Bool { others.contains { $0.0.equalsIgnoringCase(name) } }
        var headers: [(String, String)] = []
        if !has("Privacy") { headers.append(("Privacy", "id")) }
        if !has("P-Asserted-Identity"), !has("P-Preferred-Identity") {
            headers.append(("P-Preferred-Identity", NameAddress(display: caller.display, uri: caller.uri).text))
        }
        return headers
    }
}
