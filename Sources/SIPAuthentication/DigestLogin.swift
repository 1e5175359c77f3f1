import SIP

/// A user name and password of ours, and where they may be shown.
///
/// A response to a challenge lets the challenger try passwords at his leisure, so a login for every realm (`*`) should name the host
/// it is for: then nobody to whom a call was sent on can ask for it.
package struct DigestLogin: Sendable {
    /// `*` for any.
    package var realm: String
    /// The host of the Request-URI, of which the proxies on the way are seen as part; nil for any.
    package var host: String?
    package var username: String
    package var password: DigestPassword

    package init(realm: String = "*", host: String? = nil, username: String, password: DigestPassword) {
        self.realm = realm
        self.host = host
        self.username = username
        self.password = password
    }

    func isFor(realm asked: String, host target: String?) -> Bool {
        guard realm == "*" || realm == asked else { return false }
        guard let host else { return true }
        return target.map { host.equalsIgnoringCase($0) } ?? false
    }
}
