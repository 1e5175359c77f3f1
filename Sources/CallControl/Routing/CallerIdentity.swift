import SIP

/// Who calls: as whom he may be shown, and as whom somebody trusted vouches for him.
package struct CallerIdentity: Hashable, Sendable {
    /// Which headers count, which differs from peer to peer.
    package struct Rules: Hashable, Sendable {
        package enum Shown: String, Hashable, Sendable, CaseIterable {
            /// From: what the caller wants to be called back at.
            case from
            /// P-Asserted-Identity, where the peer is trusted: the line that he calls from.
            case asserted
        }

        package var shown: Shown
        /// Whether a trusted peer's Remote-Party-ID counts where there is no P-Asserted-Identity. It never became an RFC.
        package var remotePartyID: Bool

        package init(shown: Shown = .from, remotePartyID: Bool = false) {
            self.shown = shown
            self.remotePartyID = remotePartyID
        }
    }

    /// The user or the number to show; empty when the caller is anonymous, or has none.
    package var name: String
    /// The display name; empty when the caller is anonymous, or has none.
    package var display: String
    /// Whether the caller asked not to be shown, or came without a name to show.
    package var isAnonymous: Bool
    /// The account that a trusted peer vouches for. It decides what the caller may do, and stands whether he is shown or not: privacy is
    /// towards whom he calls, not towards whom he logs in at (RFC 3325 §7).
    package var proven: SIPURI?

    /// Reads the headers of a request. P-Preferred-Identity is what a client asks of its proxy (RFC 3325 §9.2): it proves nothing.
    package static func of(_ message: SIPMessage, peerIsTrusted: Bool, rules: Rules = Rules()) -> CallerIdentity {
        let asserted = message.assertedIdentity(peerIsTrusted: peerIsTrusted)
        let party = peerIsTrusted && rules.remotePartyID ? RemoteParty(message) : nil
        let from = (try? message.address(of: .from)) ?? nil
        var identity = CallerIdentity(name: "", display: "", isAnonymous: false, proven: asserted?.uri)
        if identity.proven == nil, let party, party.isScreened { identity.proven = party.address.uri }

        let vouched = asserted.map { $0.sip ?? $0.tel } ?? party?.address
        let shown = rules.shown == .asserted ? vouched ?? from : from
        identity.isAnonymous =
            PrivacyRequest(message).hidesCaller || party?.wantsPrivacy == true || shown.map { isAnonymous($0.uri) } ?? true
        guard !identity.isAnonymous, let shown else { return identity }
        identity.name = name(of: shown.uri)
        identity.display = shown.display ?? ""
        return identity
    }

    /// RFC 3323 §4.1: `sip:anonymous@anonymous.invalid`; gateways write other domains behind the same user.
    private static func isAnonymous(_ uri: SIPURI) -> Bool {
        guard uri.isSIP else { return false }
        return uri.host.equalsIgnoringCase("anonymous.invalid") || uri.user?.equalsIgnoringCase("anonymous") == true
    }

    /// A user without the parameters that `user=phone` lets follow (RFC 3261 §19.1.6); a number without its separators (RFC 3966 §3).
    private static func name(of uri: SIPURI) -> String {
        if uri.scheme == .other("tel") { return String(uri.opaque.prefix { $0 != ";" }.filter { !"-.()".contains($0) }) }
        return String((uri.user ?? "").prefix { $0 != ";" })
    }
}

/// What a caller wants kept from whom he calls (RFC 3323 §4.2, RFC 3325 §9.3).
struct PrivacyRequest {
    /// In small letters.
    var values: Set<String> = []

    init(_ message: SIPMessage) {
        for field in message.fields where field.id == .other && message.text(field.name).equalsIgnoringCase("Privacy") {
            // RFC 3323 separates by semicolons; some write commas.
            for value in message.unfolded(field.value).lowercasedASCII.split(whereSeparator: { ";, \t".contains($0) }) {
                values.insert(String(value))
            }
        }
    }

    /// `session` hides addresses of media, `history` those who sent the call on (RFC 7044 §10.1), `critical` says how much it matters;
    /// `none` forbids hiding, which beside another value nobody can have meant.
    var hidesCaller: Bool { !values.isDisjoint(with: ["id", "user", "header"]) }
}

/// Remote-Party-ID (draft-ietf-sip-privacy-04 §6), which older exchanges write instead of P-Asserted-Identity.
private struct RemoteParty {
    var address: NameAddress
    /// `screen=yes`: whoever wrote it has checked it.
    var isScreened: Bool
    var wantsPrivacy: Bool

    /// Nil when there is none that can be read and is about the caller.
    init?(_ message: SIPMessage) {
        guard let text = message.value(named: "Remote-Party-ID"), let address = try? NameAddress.parse(text) else { return nil }
        func value(_ name: String) -> String? { address.parameters.plain(name)?.lowercasedASCII }
        guard value("party") ?? "calling" == "calling" else { return nil }
        self.address = address
        isScreened = value("screen") == "yes"
        wantsPrivacy = value("privacy").map { $0 != "off" } ?? false
    }
}
