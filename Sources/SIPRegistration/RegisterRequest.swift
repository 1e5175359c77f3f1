import SIP
import SIPDialogs

/// A REGISTER that is to be sent. Which flow it takes is the business of whoever finds the next hop: of the first route, or of the
/// target where there is none (RFC 3261 §8.1.2), for each request anew, as a redirection changes it.
package struct RegisterRequest: Sendable {
    package var target: SIPURI
    /// With its tag.
    package var from: NameAddress
    package var to: NameAddress
    package var callID: String
    package var sequence: UInt32
    package var routes: [String]
    package var headers: [(String, String)]

    /// `more`: credentials that are known before they are asked for.
    package func outgoing(over flow: Flow, adding more: [(HeaderID, String)] = []) -> OutgoingRequest {
        OutgoingRequest(
            .register, target: target, from: from, to: to, callID: callID, sequence: sequence, routes: routes, flow: flow,
            headers: headers + more.map { ($0.0.name, $0.1) }, hasContact: false)
    }
}

package enum RegistrationOutput: Sendable {
    /// Its final outcome, also that there was none, goes to `receive`.
    case send(RegisterRequest)
    case state(RegistrationState)
}
