import Logging
import SIP
import SIPDialogs
import SIPEvents
import Scenarios
import Timing

/// The `transfer` step by REFER: the caller's own side is asked to call somebody else (RFC 3515, RFC 5589 §6).
extension Switchboard {
    /// How long the other side may take to tell how its call went: timer C's three minutes and what comes around them.
    private static let transferPatience = Duration.seconds(200)

    func transfer(_ id: OrderID, _ order: TransferOrder, on call: Call) {
        guard let uri = try? SIPURI.parse(order.target), case .answered = call.phase, call.transfer == nil else {
            return call.pendingEvents.append(.transferEnded(id, .refused(status: 0)))
        }
        let referredBy = ReferredBy(NameAddress(uri: caller(nil).uri))
        let headers =
            ReferProgress.headers(referTo: ReferTo(NameAddress(uri: uri)), referredBy: referredBy)
            + order.headers.map { ($0.name, $0.value) }
        let handle = call.handle
        var request: RequestHandle?
        signal { [now] in request = $0.send(.refer, in: handle, headers: headers, at: now, into: &$1) }
        guard let request else { return call.pendingEvents.append(.transferEnded(id, .refused(status: 503))) }
        call.transfer = (id, ReferProgress(sent: request, patience: Self.transferPatience, at: now))
        transfers[request] = handle
        deadlines.set(call.transfer?.progress.nextDeadline, for: .transfer(handle))
    }

    /// The answer to a REFER of ours.
    func transferResponded(_ request: RequestHandle, _ outcome: RequestOutcome) {
        guard let handle = transfers[request] else { return }
        if outcome.status.isFinal { transfers[request] = nil }
        guard let call = calls[handle] else { return }
        _ = call.transfer?.progress.responded(request, outcome, at: now)
        followTransfer(of: call)
    }

    /// A NOTIFY in a call's dialog; false when it belongs to no REFER of ours.
    func transferNotified(_ request: RequestHandle, _ asked: IncomingRequest, _ call: Call) -> Bool {
        guard var progress = call.transfer?.progress, progress.matches(asked) else { return false }
        signal { [now] in progress.receive(request, asked, at: now, through: &$0, into: &$1) }
        call.transfer?.progress = progress
        followTransfer(of: call)
        return true
    }

    func fireTransfer(of call: Call) {
        call.transfer?.progress.fire(at: now)
        followTransfer(of: call)
    }

    private func followTransfer(of call: Call) {
        guard let (id, progress) = call.transfer else { return }
        deadlines.set(progress.nextDeadline, for: .transfer(call.handle))
        guard let outcome = progress.outcome else { return }
        call.transfer = nil
        log.info("transfer", metadata: ["id": "\(call.callID)", "outcome": "\(outcome)"])
        tell(call, .transferEnded(id, TransferOutcome(outcome)))
    }

    /// Nothing more is waited for.
    func endTransfer(of call: Call) {
        guard call.transfer != nil else { return }
        call.transfer = nil
        deadlines.set(nil, for: .transfer(call.handle))
        transfers = transfers.filter { $0.value != call.handle }
    }
}

extension TransferOutcome {
    init(_ outcome: ReferProgress.Outcome) {
        self =
            switch outcome {
            case .done: .done(status: 200)
            // RFC 4488: accepted, and nobody will ever say more.
            case .unobserved: .done(status: 202)
            case .failed(let status): .failed(status: status.code)
            case .refused(let status): .refused(status: status.code)
            case .lost, .timeout: .failed(status: 408)
            }
    }
}
