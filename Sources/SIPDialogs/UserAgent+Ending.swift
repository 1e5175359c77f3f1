import SIP
import SIPTransactions
import Timing

/// The timers of a call, and its end.
extension UserAgent {
    /// Ends a call: BYE; for a new call 480; as caller before the answer CANCEL. `headers`, such as Reason (RFC 3326), go with it.
    ///
    /// A callee may not send BYE before the ACK of its 2xx (RFC 3261 §15): it waits for it, or for 64*T1.
    package mutating func hangUp(
        _ call: CallHandle, headers: [(String, String)] = [], at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let session = sessions[call] else { return }
        switch session.phase {
        case .offered: reject(call, status: .temporarilyUnavailable, headers: headers, at: now, into: &outputs)
        case .calling: cancel(call, headers: headers, at: now, into: &outputs)
        case .established where session.unacknowledged != nil: sessions[call]?.delayedBye = headers
        case .established: sendBye(call, headers: headers, at: now, into: &outputs)
        case .ending: break
        }
    }

    /// Asks by OPTIONS whether the peer still knows the call; `.probed` tells.
    package mutating func probe(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard sessions[call]?.phase == .established else { return }
        let sent = send(.options, in: call, for: .probe(call), at: now, into: &outputs)
        if !sent { outputs.append(.event(.probed(call, alive: false))) }
    }

    /// Sends a request within the call's dialog, or the one with the peer's tag; false when there is no way to send it.
    mutating func send(
        _ method: SIPMethod, in call: CallHandle, tag: String? = nil, headers: [(HeaderID, String)] = [], extra: [(String, String)] = [],
        body: Body? = nil, for purpose: ClientEntry.Purpose, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard let tag = tag ?? sessions[call]?.dialog?.identifier.remoteTag, var dialog = sessions[call]?[tag]?.dialog, !dialog.isFlowLost
        else { return false }
        dialog.localSequence &+= 1
        sessions[call]?[tag]?.dialog = dialog
        let (flow, branch) = (dialog.nextFlow, makeBranch())
        let request = dialog.request(method, sequence: dialog.localSequence, via: via(for: flow, branch: branch))
        // RFC 4028 §7.1: every request but ACK tells what is supported.
        let supported = method == .invite && body == nil ? configuration.supportedWithoutReliable : configuration.supported
        openClient(
            request, headers: headers + [(.supported, supported), (.userAgent, configuration.product)], extra: extra, body: body,
            branch: branch, over: flow, for: purpose, at: now, into: &outputs)
        let key = ClientTransactionKey(branch: branch, method: method)
        if case .reinvite = purpose { sessions[call]?.outgoingInvite = key }
        if case .update = purpose { sessions[call]?[tag]?.outgoingUpdate = key }
        return true
    }

    mutating func sendBye(
        _ call: CallHandle, headers: [(String, String)], at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        // A caller may hang up right after the answer, but the answer wants its ACK first (RFC 3261 §13.2.2.4).
        acknowledge(call, at: now, into: &outputs)
        guard let session = sessions[call] else { return }
        if let pending = session.pendingInvite { respond(pending, .requestTerminated, at: now, into: &outputs) }
        sessions[call]?.pendingInvite = nil
        sessions[call]?.delayedBye = nil
        sessions[call]?.phase = .ending
        sessions[call]?.retry = nil
        arm(call)
        if !send(.bye, in: call, extra: headers, for: .bye(call), at: now, into: &outputs) {
            end(call, .transportLost, at: now, into: &outputs)
        }
    }

    mutating func end(_ call: CallHandle, _ cause: EndCause, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard sessions[call] != nil else { return }
        forget(call, at: now, into: &outputs)
        outputs.append(.event(.ended(call, cause)))
    }

    /// Drops the call; its transactions live on until their timers have run.
    mutating func forget(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        guard let session = sessions.remove(call) else { return }
        if let dialog = session.dialog { credentials?.forget(callID: dialog.identifier.callID) }
        keepUnacknowledged(session)
        // A re-INVITE that has only a provisional answer has no timer: with the call over, nobody would end it.
        if session.phase != .calling, session.phase != .offered, let key = session.outgoingInvite,
            clientTransactions[key]?.machine.isAnswered == false
        {
            closeClient(key)
        }
        for branch in session.dialogs { close(branch, at: now, into: &outputs) }
        deadlines.set(nil, for: .session(call))
    }

    func sessionDeadline(_ call: CallHandle) -> MonotonicTime? { sessions[call]?.nextDeadline }

    mutating func arm(_ call: CallHandle) { deadlines.set(sessionDeadline(call), for: .session(call)) }

    mutating func fireSession(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        extendProvisional(call, at: now, into: &outputs)
        guard repeatReliable(call, at: now, into: &outputs), let session = sessions[call] else { return }
        if let answer = session.unacknowledged {
            guard answer.deadline > now else { return giveUpAcknowledgement(call, at: now, into: &outputs) }
            if answer.next <= now {
                outputs.append(.send(answer.bytes, answer.flow))
                // RFC 3261 §13.3.1.4: doubled until T2.
                let interval = min(answer.interval * 2, configuration.timers.t2)
                sessions[call]?.unacknowledged?.interval = interval
                sessions[call]?.unacknowledged?.next = now + interval
            }
        }
        if case .sent(let giveUp) = session.cancellation, giveUp <= now {
            return abandonInvite(call, at: now, into: &outputs)
        }
        guard runTimer(call, at: now, into: &outputs) else { return }
        runRetry(call, at: now, into: &outputs)
        arm(call)
    }

    /// RFC 3261 §13.3.1.4: without an ACK in 64*T1 the dialog stands but the call is ended by a BYE.
    private mutating func giveUpAcknowledgement(_ call: CallHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        abandon(call, .acknowledgementMissing, at: now, into: &outputs)
    }

    /// A connection is gone. A call that stands goes on, as its peer may come back over another one; what needed this very
    /// connection ends.
    package mutating func connectionClosed(
        _ connection: UInt64, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        for (call, session) in sessions.entries {
            for branch in session.dialogs where branch.dialog.flow.connection == connection {
                sessions[call]?[branch.dialog.identifier.remoteTag]?.dialog.isFlowLost = true
                if session.phase == .offered {
                    if let key = session.pendingInvite { closeServer(key) }
                    end(call, .transportLost, at: now, into: &outputs)
                }
            }
        }
        for (key, entry) in clientTransactions where entry.flow.connection == connection {
            if !entry.machine.isAnswered {
                handleSilence(of: key, entry.purpose, status: .serviceUnavailable, at: now, into: &outputs)
            }
            closeClient(key)
        }
    }

    /// Nothing can be sent this way (RFC 3261 §8.1.3.1, §18.4): requests of ours that took it have failed.
    package mutating func unreachable(_ flow: Flow, at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        for (key, entry) in clientTransactions
        where entry.flow.transport == flow.transport && entry.flow.remote == flow.remote && entry.flow.connection == flow.connection {
            if let (request, datagrams) = entry.datagram, !entry.machine.isAnswered {
                streamRefusals.note(flow.remote, at: now)
                openClient(
                    request, entry.content, branch: key.branch, over: datagrams, for: entry.purpose, attempts: entry.attempts,
                    mayStream: false, at: now, into: &outputs)
                continue
            }
            if !entry.machine.isAnswered {
                handleSilence(of: key, entry.purpose, status: .serviceUnavailable, at: now, into: &outputs)
            }
            closeClient(key)
        }
    }

    /// Whether a call, or a dialog of the application, counts on this connection.
    package func needs(connection: UInt64) -> Bool {
        sessions.entries.contains { $0.value.dialogs.contains { $0.dialog.flow.connection == connection } }
    }
}
