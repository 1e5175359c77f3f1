import SIP
import SIPDialogs
import Timing

/// A REFER of ours and what its receiver tells of it (RFC 3515 §2.4.4, RFC 6665 §4.1).
///
/// ```
///   asked -- 2xx --> following -- NOTIFY with a final status --> over
///     | 3xx-6xx          | the subscription ends, no NOTIFY in time
///     +--> over          +--> over
/// ```
/// A NOTIFY may come before the answer to the REFER. Whatever comes when it is over is answered, and means nothing.
package struct ReferProgress: Sendable {
    package enum Outcome: Hashable, Sendable {
        /// The transfer has come about.
        case done
        /// Whoever was asked answered with this.
        case failed(StatusCode)
        /// The REFER itself was refused, or not answered (408).
        case refused(StatusCode)
        /// Accepted, and nothing more will be heard of it (RFC 4488).
        case unobserved
        /// The subscription ended without a final status.
        case lost(SubscriptionState.Reason?)
        case timeout
    }

    private enum Phase: Hashable, Sendable {
        case asked, following
        case over(Outcome)
    }

    /// How long after the 2xx a first NOTIFY may take: 64*T1 (RFC 6665 §4.1.2.4, timer N).
    package static let firstNotice = Duration.seconds(32)
    /// What a NOTIFY may come later than the time that its subscription was given.
    private static let grace = Duration.seconds(5)

    private let refer: RequestHandle
    private var phase = Phase.asked
    /// The CSeq number of the REFER, which is the id of its subscription (RFC 3515 §2.4.6); nil until it is answered.
    private var sequence: UInt32?
    /// The longest that all of it may take.
    private let end: MonotonicTime
    private var deadline: MonotonicTime?
    private var hasNotice = false
    /// The last status that was told.
    package private(set) var latest: StatusFragment?

    /// `patience`: how long the transfer may take.
    package init(sent refer: RequestHandle, patience: Duration, at now: MonotonicTime) {
        self.refer = refer
        end = now + patience
    }

    /// nil as long as it goes on.
    package var outcome: Outcome? {
        if case .over(let outcome) = phase { outcome } else { nil }
    }

    package var nextDeadline: MonotonicTime? {
        guard outcome == nil else { return nil }
        return deadline.map { min($0, end) } ?? end
    }

    /// The headers of the REFER.
    package static func headers(
        referTo: ReferTo, referredBy: ReferredBy? = nil, wantsProgress: Bool = true
    ) -> [(String, String)] {
        var headers = [("Refer-To", referTo.text)]
        if let referredBy { headers.append(("Referred-By", referredBy.text)) }
        if !wantsProgress { headers += [("Refer-Sub", "false"), ("Supported", "norefersub")] }
        return headers
    }

    /// The answer to the REFER; false when it was to something else.
    package mutating func responded(_ request: RequestHandle, _ answer: RequestOutcome, at now: MonotonicTime) -> Bool {
        guard request == refer else { return false }
        guard answer.status.isFinal, outcome == nil else { return true }
        sequence = answer.sequence
        guard answer.status.isSuccess else {
            phase = .over(.refused(answer.status))
            return true
        }
        // Where there is a NOTIFY already, there is a subscription.
        if answer.message?.declinesReferSubscription == true, !hasNotice {
            phase = .over(.unobserved)
            return true
        }
        phase = .following
        if !hasNotice { deadline = now + Self.firstNotice }
        return true
    }

    /// Whether a NOTIFY within the REFER's dialog is of its subscription.
    package func matches(_ request: IncomingRequest) -> Bool {
        guard request.method == .notify, let event = try? request.message.event(), event.package == ReferSubscription.package else {
            return false
        }
        guard let id = event.id, let sequence else { return true }
        return UInt32(id) == sequence
    }

    /// Answers a NOTIFY that `matches`.
    package mutating func receive(
        _ handle: RequestHandle, _ request: IncomingRequest, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) {
        guard let state = try? request.message.subscriptionState() else {
            // RFC 6665 §8.2.3: each NOTIFY MUST have one.
            return agent.respond(to: handle, .badRequest, reason: "Subscription-State expected", at: now, into: &outputs)
        }
        var fragment: StatusFragment?
        if let body = request.body {
            guard StatusFragment.isMediaType(body.contentType) else {
                return agent.respond(
                    to: handle, .unsupportedMediaType, headers: [("Accept", StatusFragment.mediaType)], at: now, into: &outputs)
            }
            fragment = StatusFragment(body)
            guard fragment != nil else {
                return agent.respond(to: handle, .badRequest, reason: "Status line expected in sipfrag", at: now, into: &outputs)
            }
        }
        agent.respond(to: handle, .ok, at: now, into: &outputs)
        take(fragment, state, at: now)
    }

    mutating func take(_ fragment: StatusFragment?, _ state: SubscriptionState, at now: MonotonicTime) {
        guard outcome == nil else { return }
        hasNotice = true
        if let fragment { latest = fragment }
        if let status = fragment?.status, status.isFinal {
            phase = .over(status.isSuccess ? .done : .failed(status))
        } else if state.phase == .terminated {
            phase = .over(state.reason == .timeout ? .timeout : .lost(state.reason))
        } else {
            // Without `expires`, which RFC 6665 §8.2.3 only recommends, it ends with our patience.
            deadline = state.expires.map { now + .seconds(Int64($0)) + Self.grace }
        }
    }

    package mutating func fire(at now: MonotonicTime) {
        guard let deadline = nextDeadline, now >= deadline else { return }
        phase = .over(.timeout)
    }
}
