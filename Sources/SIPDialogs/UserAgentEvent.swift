import SIP

/// What a user agent wants done.
package enum UserAgentOutput: Sendable {
    case send([UInt8], Flow)
    case event(UserAgentEvent)
}

package enum UserAgentEvent: Sendable {
    /// A new call that passed all checks. Nothing has been sent: a 100 follows by itself when nothing else does within 200 ms.
    case invited(CallHandle, IncomingInvite)
    /// Our 2xx to an INVITE or re-INVITE has its ACK; the body is the answer to a late offer.
    case acknowledged(CallHandle, body: Body?)
    /// To be answered with `answerReinvite`; no body means that the peer wants our offer.
    case reinvited(CallHandle, body: Body?)
    /// The caller gave up before our answer; everything has been sent, the handle is dead.
    case cancelled(CallHandle)
    /// The last event of a call that was answered, or that lost its connection before.
    case ended(CallHandle, EndCause)
    /// The answer to `probe`. 2xx and any answer but 408 and 481 mean that the peer still knows the call.
    case probed(CallHandle, alive: Bool)
    /// As caller: a provisional response above 100. Copies of a reliable one are left out.
    case progressed(CallHandle, CallProgress)
    /// As caller: the first 2xx; `acknowledge` is due, with the answer when the body is an offer. No body when a reliable provisional
    /// brought the answer before.
    case answered(CallHandle, body: Body?, message: SIPMessage)
    /// As caller: no call came about; the ACK has been sent. 408 without any answer, 503 when the connection was lost,
    /// 487 after our own `hangUp`; no message where no answer came. The handle is dead.
    case failed(CallHandle, StatusCode, reason: String, message: SIPMessage?)
    /// The answer to our `reinvite`; its ACK has been sent, but for a re-INVITE without a body: there the body is an offer, and
    /// `acknowledge` is due.
    case reinviteAnswered(CallHandle, StatusCode, body: Body?)
    /// The peer's offer in an UPDATE or PRACK, to be answered with `answerUpdate`.
    case updated(CallHandle, body: Body)
    /// The answer to our `update`.
    case updateAnswered(CallHandle, StatusCode, body: Body?)
    /// A session timer's re-INVITE repeated what we offered last, and this is the answer, mostly the same as before.
    case refreshed(CallHandle, body: Body)
    /// As callee: the PRACK of a reliable provisional response came; the body is the answer to our offer in it.
    case provisionalAcknowledged(CallHandle, body: Body?)
    /// A request that is no part of a call's set-up; to be answered with `respond(to:)`.
    case requested(RequestHandle, IncomingRequest)
    /// An answer above 100 to a request of `send`, or that none came.
    case responded(RequestHandle, RequestOutcome)
    /// Bytes that were no valid message, for the log. What could be answered has been.
    case malformed(SIPParseError, Flow)
}

/// A provisional response above 100 to our INVITE.
package struct CallProgress: Sendable {
    package let status: StatusCode
    /// The peer's tag, which names the branch of a fork; nil when it has none.
    package let branch: String?
    /// The answer to our offer: given for good when reliable, else a preview of it. An offer when `wantsAnswer`.
    package internal(set) var body: Body?
    package let message: SIPMessage
    /// Its PRACK was sent, or is due by `answerProvisional`.
    package internal(set) var isReliable = false
    /// The body is an offer, as our INVITE had none: `answerProvisional` is due.
    package internal(set) var wantsAnswer = false
}

/// Why an answered call is over.
package enum EndCause: Hashable, Sendable {
    case remoteBye
    /// Our BYE was answered or timed out.
    case localBye
    /// No ACK came for 64*T1 and a BYE has been sent (RFC 3261 §13.3.1.4), or no PRACK did and the INVITE got 504 (RFC 3262 §3).
    case acknowledgementMissing
    /// A session timer ran out; a BYE has been sent (RFC 4028 §10).
    case sessionExpired
    /// A re-INVITE or UPDATE of ours got 481, 408 or no answer at all; a BYE has been sent (RFC 3261 §12.2.1.2).
    case dialogLost
    /// The connection was closed and nothing could be sent.
    case transportLost
}

/// A new call as it was asked for.
package struct IncomingInvite: Sendable {
    package let message: SIPMessage
    package let flow: Flow
    package let requestURI: SIPURI
    package let from: NameAddress
    package let to: NameAddress
    package let callID: String
    /// The user that proved himself to the gate by a password.
    package let authenticated: String?

    /// The offer; nil when the caller wants ours.
    package var body: Body? { message.body }

    /// The first value of a header, by its name in any case or form.
    package func header(_ name: String) -> String? { message.value(named: name) }
}
