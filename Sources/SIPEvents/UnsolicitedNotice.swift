import SIP
import SIPDialogs

/// A NOTIFY that nobody subscribed to: for telephones and proxies that light the lamp by it (RFC 3842 §4 has it as practice).
///
/// It opens no dialog; what is answered to it changes nothing but the log.
package struct UnsolicitedNotice: Hashable, Sendable {
    package var summary: MessageSummary
    /// Whose lamp: `sip:1001@example.com`, which the proxy turns into where he is registered.
    package var target: SIPURI
    /// Who tells it: the mailbox's URI or the server's.
    package var sender: NameAddress
    /// Route values: the outbound proxy, or the Path of the registration (RFC 3327 §5.3).
    package var routes: [String]
    /// Over which listener, and to which address: that of the first route.
    package var flow: Flow

    package init(_ summary: MessageSummary, to target: SIPURI, from sender: NameAddress, routes: [String] = [], flow: Flow) {
        self.summary = summary
        self.target = target
        self.sender = sender
        self.routes = routes
        self.flow = flow
    }

    /// For `UserAgent.send`.
    package var request: OutgoingRequest {
        OutgoingRequest(
            .notify, target: target, from: sender, to: NameAddress(uri: target), routes: routes, flow: flow,
            headers: [
                ("Event", EventPackage.messageSummary.rawValue), ("Subscription-State", SubscriptionState(.active).text),
            ], body: summary.body)
    }
}
