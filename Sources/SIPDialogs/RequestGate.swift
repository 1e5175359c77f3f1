import SIP
import Timing

/// Who may ask: judges each request outside of a dialog but ACK and CANCEL (RFC 3261 §22.1), before any state is made of it.
///
/// Requests within a dialog are known by its tags, which only its two ends and the proxies between them have seen.
package protocol RequestGate: Sendable {
    mutating func judge(_ message: SIPMessage, _ envelope: Envelope, from flow: Flow, at now: MonotonicTime) -> GateJudgement
}

package enum GateJudgement: Sendable {
    /// `identity`: the user that proved himself by a password; nil when none was asked for.
    case pass(identity: String?)
    /// A challenge is a refusal with 401 and its WWW-Authenticate values.
    case refuse(StatusCode, [(String, String)])
    /// No answer at all.
    case drop
}

/// Proves who we are: asked when a request of ours gets 401 or 407 (RFC 3261 §22.2, §22.3).
package protocol RequestCredentials: Sendable {
    /// The Authorization or Proxy-Authorization values to try again with; nil gives the answer up to whoever asked. `attempt` counts
    /// from 1.
    mutating func authorization(
        for response: SIPMessage, method: SIPMethod, uri: String, body: [UInt8], attempt: Int
    ) -> [(HeaderID, String)]?

    /// Credentials for a new request under a Call-ID that was asked for some before, which saves being asked again; empty when none
    /// are known. `sequence` is the number it goes out under.
    mutating func anticipated(
        callID: String, sequence: UInt32, method: SIPMethod, uri: String, body: [UInt8]
    ) -> [(HeaderID, String)]

    /// A request that showed credentials was taken; the answer may say what to show next (RFC 7616 §3.5).
    mutating func accepted(_ response: SIPMessage)

    /// A dialog is over.
    mutating func forget(callID: String)
}

extension RequestCredentials {
    package func anticipated(
        callID: String, sequence: UInt32, method: SIPMethod, uri: String, body: [UInt8]
    ) -> [(HeaderID, String)] { [] }
    package func accepted(_ response: SIPMessage) {}
    package func forget(callID: String) {}
}
