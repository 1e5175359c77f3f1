/// The URI parameters by which a proxy tells an application whose call it is, and why it comes (RFC 4458).
extension SIPURI {
    /// What `target` names (RFC 4458 §2.1); nil when there is none.
    ///
    /// The value is an escaped URI, written with its scheme or, as in the examples of RFC 4458 §3, without. A value without
    /// any domain is taken as a user of this URI's host. Throws when it is no URI, or when there is more than one.
    package func retargetingTarget() throws(SIPParseError) -> SIPURI? {
        let written = parameters.items.filter { $0.name.equalsIgnoringCase("target") }
        guard let first = written.first else { return nil }
        guard written.count == 1 else { throw SIPParseError("more than one `target`", at: 0) }
        guard let value = first.value else { throw SIPParseError("`target` is empty", at: 0) }
        let plain = SIPURI.unescaped(value)
        if let colon = plain.firstIndex(of: ":"), ["sip", "sips", "tel"].contains(String(plain[..<colon]).lowercasedASCII) {
            return try SIPURI.parse(plain)
        }
        // A user with a password before the "@" would be a URI too: it is no scheme that anybody uses here.
        return plain.contains("@") ? try SIPURI.parse("sip:" + plain) : SIPURI(user: plain, host: host)
    }

    /// The `cause` parameter: the SIP status that stands for a reason to redirect (RFC 4458 §2.2, RFC 8119); nil when it is
    /// absent or no status.
    package var retargetingCause: UInt16? {
        guard let text = parameters["cause"], text.utf8.count == 3, let cause = UInt16(text), (100...699).contains(cause) else {
            return nil
        }
        return cause
    }
}
