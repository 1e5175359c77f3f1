import Findings

/// dial, transfer
extension FlowCheck {
    mutating func walkDial(_ dial: DialStep, _ before: Facts, _ step: Step) -> Facts? {
        for target in dial.to { read(target, before, step) }
        read(dial.headers, before, step)
        read(dial.callerID, before, step)
        read(dial.confirmation?.prompt ?? [], before, step)
        var facts = before
        if let name = dial.into { facts.set.insert(name) }
        // Music before an answer takes early media.
        if dial.musicClass != nil, facts.signalling.contains(.unanswered) {
            facts.signalling = facts.signalling.subtracting(.unanswered).union(.early)
        }
        return walk(branches: [(dial.ended, bridged(facts))] + dial.failures.values.map { ($0, facts) })
    }

    /// After a conversation: the caller was answered when the other side was, and is somebody who is there.
    private func bridged(_ facts: Facts) -> Facts {
        var facts = facts
        facts.signalling = .answered
        facts.hasInput = true
        return facts
    }

    mutating func walkTransfer(_ transfer: TransferStep, _ before: Facts, _ step: Step) -> Facts? {
        read(transfer.to, before, step)
        read(transfer.headers, before, step)
        switch transfer.mode {
        case .redirect: refuseAnswered(step, before, severity: .warning)
        case .refer where before.signalling.isDisjoint(with: .answered):
            report(
                .error(
                    "not-answered", at: step.location, "the call is not answered here, so it cannot be referred",
                    mend: "mode: redirect sends on a call that is not answered"))
        case .refer, .bridge, .auto: break
        }
        var facts = before
        if let name = transfer.into { facts.set.insert(name) }
        guard transfer.mode.leaves else {
            return walk(branches: [(transfer.done, bridged(facts)), (transfer.failed, facts)])
        }
        // The call ends here: what follows it runs after the end, and comes out nowhere.
        _ = walk(transfer.done, facts)
        return walk(transfer.failed, facts)
    }
}
