import SIP
import SIPDialogs
import Timing

extension Notifier {
    /// Lets one subscription handle an event, and does what that asks for.
    mutating func advance(
        _ id: DialogIdentifier, _ event: NotifierSubscription.Event, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) {
        guard var entry = entries[id] else { return }
        let state = topics[entry.resource]?.state
        var step = entry.machine.handle(event, at: now, unlessShown: entry.shown != nil && entry.shown == state)
        if case .notify(let isComplete) = step {
            let request = notify(&entry, state, isComplete: isComplete, at: now, through: &agent, into: &outputs)
            sent[request] = id
            // What one message did not hold comes with the next.
            if state != nil, entry.shown != state { step = entry.machine.handle(.changed, at: now) }
        }
        if step == .remove { return remove(id, from: &agent) }
        deadlines.set(entry.machine.nextDeadline, for: id)
        entries[id] = entry
    }

    private func notify(
        _ entry: inout Entry, _ state: EventState?, isComplete: Bool, at now: MonotonicTime, through agent: inout UserAgent,
        into outputs: inout [UserAgentOutput]
    ) -> RequestHandle {
        let event = EventHeader(package: entry.resource.package.rawValue, id: entry.eventID)
        var headers = [("Event", event.text)]
        switch entry.machine.phase {
        case .active, .gone:
            headers.append(("Subscription-State", SubscriptionState(.active, expires: entry.machine.secondsLeft(at: now)).text))
        case .closing(let reason, let retryAfter):
            headers.append(("Subscription-State", SubscriptionState(.terminated, reason: reason, retryAfter: retryAfter).text))
        }
        let told = state?.body(since: isComplete ? nil : entry.shown, version: entry.version)
        if let told {
            entry.shown = told.shown
            entry.version &+= 1
        }
        return agent.send(.notify, along: &entry.dialog, headers: headers, body: told?.body, at: now, into: &outputs)
    }

    private mutating func remove(_ id: DialogIdentifier, from agent: inout UserAgent) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        deadlines.set(nil, for: id)
        agent.release(id)
        revision &+= 1
        topics[entry.resource]?.subscribers.removeAll { $0 == id }
        guard topics[entry.resource]?.subscribers.isEmpty == true else { return }
        topics[entry.resource] = nil
        notices.append(.unwatched(entry.resource))
    }
}

extension NotifierSubscription {
    /// As `handle`; a change that was to be told, and of which nothing is left, is not.
    fileprivate mutating func handle(_ event: Event, at now: MonotonicTime, unlessShown isShown: Bool) -> Step {
        if isShown { forgetChange() }
        return handle(event, at: now)
    }
}
