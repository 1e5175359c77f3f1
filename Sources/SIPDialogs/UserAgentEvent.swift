import SIP

/// What a user agent wants done.
package enum UserAgentOutput: Sendable {
    case send([UInt8], Flow)
    case event(UserAgentEvent)
}

package enum UserAgentEvent: Sendable {
    /// A new call that passed all checks; 100 Trying has been sent.
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
    /// As caller: a provisional response above 100.
    case progressed(CallHandle, StatusCode, body: Body?)
    /// As caller: the first 2xx; `acknowledge` is due.
    case answered(CallHandle, body: Body?)
    /// As caller: no call came about; the ACK has been sent. 408 without any answer, 503 when the connection was lost,
    /// 487 after our own `hangUp`. The handle is dead.
    case failed(CallHandle, StatusCode, reason: String)
    /// The answer to our `reinvite`; its ACK has been sent.
    case reinviteAnswered(CallHandle, StatusCode, body: Body?)
    /// Bytes that were no valid message, for the log. What could be answered has been.
    case malformed(SIPParseError, Flow)
}

/// Why an answered call is over.
package enum EndCause: Hashable, Sendable {
    case remoteBye
    /// Our BYE was answered or timed out.
    case localBye
    /// No ACK came for 64*T1; a BYE has been sent (RFC 3261 §13.3.1.4).
    case acknowledgementMissing
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

    /// The offer; nil when the caller wants ours.
    package var body: Body? { message.body }

    /// The first value of a header, by its name in any case or form.
    package func header(_ name: String) -> String? { message.value(named: name) }
}
