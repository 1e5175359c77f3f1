import SIP
import SIPDialogs
import Timing

/// The subscription that a REFER to us makes: its sender is told how the request fares that he asked for (RFC 3515 §2.4.4, with the
/// changes of RFC 6665 and RFC 7647).
package struct ReferSubscription: Sendable {
    private enum Way: Sendable {
        /// In the dialog of a call, as REFERs of the old kind come (RFC 7647 §4).
        case call(CallHandle)
        /// In a dialog that the REFER made.
        case dialog(Dialog)
    }

    /// How long one is followed that nobody refreshes, in seconds.
    package static let usualDuration: UInt32 = 300

    private var way: Way
    package let event: EventHeader
    private var machine: NotifierSubscription
    private var fragment = StatusFragment(.trying)
    private var sent: RequestHandle?
    /// The sender wants to hear nothing (RFC 4488 §4).
    package let isSilent: Bool

    /// Accepts a REFER: 200 and the first NOTIFY, `100 Trying`. `isFirst`: none was accepted before it in its dialog; the others need
    /// an id to tell them apart (RFC 3515 §2.4.6). Throws, with nothing sent, when the REFER cannot be answered by a 2xx.
    package init(
        accepting handle: RequestHandle, _ request: IncomingRequest, isFirst: Bool = true, at now: MonotonicTime,
        through agent: inout UserAgent, into outputs: inout [UserAgentOutput]
    ) throws(SIPParseError) {
        // A dialog that the application keeps has one user, who counts its requests and in the end releases it: another one would use
        // its numbers again. RFC 6665 §4.5.2 would have subscriptions in dialogs of their own.
        guard request.usage == nil else {
            throw SIPParseError("REFER within another subscription's dialog", at: 0, status: .forbidden, partial: request.message)
        }
        if let call = request.call { way = .call(call) } else { way = .dialog(try Dialog(answering: request)) }
        event = EventHeader(package: Self.package, id: isFirst ? nil : String(request.envelope.cseq.number))
        machine = NotifierSubscription(interval: .zero, at: now)
        isSilent = request.message.declinesReferSubscription
        // RFC 6665 §8.3.1 has done away with 202.
        agent.respond(
            to: handle, .ok, headers: isSilent ? [("Refer-Sub", "false"), ("Supported", "norefersub")] : [], at: now, into: &outputs)
        guard !isSilent else { return }
        if case .dialog(let dialog) = way { agent.adopt(dialog.identifier) }
        advance(
            .subscribed(.seconds(Int64(Self.usualDuration)), isStateKnown: true), at: now, through: &agent, into: &outputs)
    }

    package static let package = "refer"

    /// Nothing will be sent any more.
    package var isOver: Bool { isSilent || machine.phase == .gone }
    package var nextDeadline: MonotonicTime? { isOver ? nil : machine.nextDeadline }

    /// The dialog that the REFER made; requests within it come with this `usage`.
    package var dialogIdentifier: DialogIdentifier? {
        if case .dialog(let dialog) = way, !isSilent { dialog.identifier } else { nil }
    }

    /// Tells a response to the request that was asked for. A final one ends the subscription; of several provisional ones that come
    /// while a NOTIFY is on its way, only the last is told.
    package mutating func tell(
        _ fragment: StatusFragment, at now: MonotonicTime, through agent: inout UserAgent, into outputs: inout [UserAgentOutput]
    ) {
        guard !isOver, machine.phase == .active, fragment != self.fragment else { return }
        self.fragment = fragment
        let event: NotifierSubscription.Event = fragment.status.isFinal ? .close(.noresource, retryAfter: nil) : .changed
        advance(event, at: now, through: &agent, into: &outputs)
    }

    package mutating func fire(at now: MonotonicTime, through agent: inout UserAgent, into outputs: inout [UserAgentOutput]) {
        guard let deadline = nextDeadline, now >= deadline else { return }
        advance(.time, at: now, through: &agent, into: &outputs)
    }

    /// The answer to a NOTIFY; false when it was none of this subscription.
    package mutating func responded(
        _ request: RequestHandle, _ outcome: RequestOutcome, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard request == sent else { return false }
        guard outcome.status.isFinal else { return true }
        sent = nil
        if case .dialog(var dialog) = way {
            dialog.absorb(outcome)
            way = .dialog(dialog)
        }
        advance(.answered(NotifyVerdict(outcome)), at: now, through: &agent, into: &outputs)
        return true
    }

    /// Answers a SUBSCRIBE within the dialog, which refreshes the subscription or ends it (RFC 3515 §2.4.4).
    package mutating func receive(
        _ handle: RequestHandle, _ request: IncomingRequest, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) {
        let event = try? request.message.event()
        // The first subscription may be asked for with the id that it was not given.
        guard !isOver, machine.phase == .active, event?.package == Self.package, self.event.id == nil || event?.id == self.event.id else {
            return agent.respond(to: handle, .noSuchCall, at: now, into: &outputs)
        }
        if case .dialog(var dialog) = way {
            guard dialog.follow(request) else {
                return agent.respond(to: handle, .serverError, reason: "CSeq out of order", at: now, into: &outputs)
            }
            way = .dialog(dialog)
        }
        let asked = (try? request.message.number(of: .expires, upTo: .max)) ?? UInt64(Self.usualDuration)
        let seconds = UInt32(min(asked, UInt64(Self.usualDuration)))
        agent.respond(to: handle, .ok, headers: [("Expires", String(seconds))], at: now, into: &outputs)
        advance(.subscribed(.seconds(Int64(seconds)), isStateKnown: true), at: now, through: &agent, into: &outputs)
    }

    private mutating func advance(
        _ event: NotifierSubscription.Event, at now: MonotonicTime, through agent: inout UserAgent, into outputs: inout [UserAgentOutput]
    ) {
        if case .notify = machine.handle(event, at: now) { notify(at: now, through: &agent, into: &outputs) }
        if machine.phase == .gone, case .dialog(let dialog) = way { agent.release(dialog.identifier) }
    }

    private mutating func notify(at now: MonotonicTime, through agent: inout UserAgent, into outputs: inout [UserAgentOutput]) {
        let state =
            switch machine.phase {
            case .active, .gone: SubscriptionState(.active, expires: machine.secondsLeft(at: now))
            case .closing(let reason, let retryAfter): SubscriptionState(.terminated, reason: reason, retryAfter: retryAfter)
            }
        let headers = [("Event", event.text), ("Subscription-State", state.text)]
        switch way {
        case .call(let call):
            sent = agent.send(.notify, in: call, headers: headers, body: fragment.body, at: now, into: &outputs)
            // The call is over, and with it whatever stood in its dialog.
            if sent == nil { _ = machine.handle(.answered(.failed), at: now) }
        case .dialog(var dialog):
            sent = agent.send(.notify, along: &dialog, headers: headers, body: fragment.body, at: now, into: &outputs)
            way = .dialog(dialog)
        }
    }
}
