import SIP

/// How calls out are made.
package struct DialOutSettings: Sendable {
    /// From of calls that the server places by itself.
    package var caller: NameAddress?
    /// Whether a `dial` step shows the number of the call that it connects, in place of `caller`'s user part.
    package var passesCaller: Bool
    /// Route values of calls out: an outbound proxy.
    package var routes: [String]
    package var policy: DialOutPolicy

    package init(caller: NameAddress? = nil, passesCaller: Bool = false, routes: [String] = [], policy: DialOutPolicy = DialOutPolicy()) {
        self.caller = caller
        self.passesCaller = passesCaller
        self.routes = routes
        self.policy = policy
    }
}
