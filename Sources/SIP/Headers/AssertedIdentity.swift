/// The caller as a trusted network knows him: P-Asserted-Identity (RFC 3325 §9.1).
package struct AssertedIdentity: Hashable, Sendable {
    /// The sip or sips value.
    package var sip: NameAddress?
    /// The tel value.
    package var tel: NameAddress?

    /// The value that names an account: the SIP one, else the telephone number.
    package var uri: SIPURI? { sip?.uri ?? tel?.uri }
}

extension SIPMessage {
    /// What P-Asserted-Identity says; nil when it is absent, broken, or says more than RFC 3325 §9.1 allows: one value, or
    /// one sip or sips and one tel value. It proves a caller, so that a header in doubt is no header.
    ///
    /// Whoever calls may write this header: only what a trusted peer sent counts (§5).
    package func assertedIdentity(peerIsTrusted: Bool) -> AssertedIdentity? {
        guard peerIsTrusted, has(.pAssertedIdentity), let values = try? addresses(of: .pAssertedIdentity), values.count <= 2 else {
            return nil
        }
        var identity = AssertedIdentity()
        for value in values {
            if value.uri.isSIP, identity.sip == nil {
                identity.sip = value
            } else if value.uri.scheme == .other("tel"), identity.tel == nil {
                identity.tel = value
            } else {
                return nil
            }
        }
        return identity
    }
}
