import Conferencing
import Credentials
import Logging
import SIP
import SIPDialogs
import SIPEvents
import Timing
import Voicemail

/// Who watches mailboxes (the message lamp, RFC 3842) and rooms (RFC 4575).
extension Switchboard {
    /// A SUBSCRIBE that is no REFER's. What it is about is looked up first, so that the answer is true.
    func subscribe(_ request: RequestHandle, _ asked: IncomingRequest) {
        guard asked.usage == nil, asked.call == nil, let event = try? asked.message.event(),
            event.package == EventPackage.messageSummary.rawValue, let store = messages
        else { return notify(request, asked) { [self] package, asked in package == .conference ? room(asked) : .refused(.notFound) } }
        guard let address = mailbox(asked) else { return notify(request, asked) { _, _ in .refused(.notFound) } }
        guard mayWatch(address.name, asked) else { return notify(request, asked) { _, _ in .refused(.forbidden) } }
        background.run { [self] in
            let box = (try? store.mailbox(address)) ?? nil
            background.comeBack { [self] in
                notify(request, asked) { _, _ in
                    box.map { .granted("\(address)", .messageSummary(Self.summary(of: $0))) } ?? .refused(.notFound)
                }
            }
        }
    }

    private func notify(
        _ request: RequestHandle, _ asked: IncomingRequest, admit: (EventPackage, IncomingRequest) -> SubscriptionAdmission
    ) {
        signal { [now] in notifier.receive(request, asked, at: now, through: &$0, into: &$1, admit: admit) }
        followNotices()
    }

    /// The mailbox that a Request-URI names: by its number, or as `vm-1001` and the like do.
    private func mailbox(_ asked: IncomingRequest) -> MailboxAddress? {
        let identity = settings.routing.identity(user: asked.requestURI.user ?? "", host: asked.requestURI.host)
        let box = settings.routing.match(identity)?.parts[MailboxRules.part] ?? identity.name
        return MailboxAddress(name: box, domain: identity.domain)
    }

    /// Peers that are trusted speak for their users; anybody else must have proved to be the owner.
    private func mayWatch(_ owner: String, _ asked: IncomingRequest) -> Bool {
        let peer = settings.routing.peers.match(CallSource(asked.flow))?.rules
        return peer?.isTrusted ?? settings.trusts(asked.flow.remote.host) || asked.identity == owner
    }

    private func room(_ asked: IncomingRequest) -> SubscriptionAdmission {
        guard let name = settings.routing.room(of: asked.requestURI), settings.rooms.policy(of: name) != nil else {
            return .refused(.notFound)
        }
        guard mayWatch(name, asked) else { return .refused(.forbidden) }
        let identity = identity(ofRoom: name)
        return .granted("\(identity)", .conference(state(of: identity)))
    }

    // MARK: What changes

    /// The messages of a mailbox have changed; called on the event loop.
    package func mailboxChanged(_ address: MailboxAddress) {
        guard settings.lampProxy != nil || notifier.watches(EventResource(.messageSummary, "\(address)")) else { return }
        tellState(of: address)
    }

    private func tellState(of address: MailboxAddress) {
        guard let store = messages else { return }
        background.run { [self] in
            let box = (try? store.mailbox(address)) ?? nil
            background.comeBack { [self] in
                if let box { tellLamp(box) }
                let resource = EventResource(.messageSummary, "\(address)")
                guard notifier.watches(resource) else { return }
                signal { [now] in
                    if let box {
                        notifier.update(resource, to: .messageSummary(Self.summary(of: box)), at: now, through: &$0, into: &$1)
                    } else {
                        notifier.close(resource, .noresource, at: now, through: &$0, into: &$1)
                    }
                }
                followNotices()
            }
        }
    }

    static func summary(of box: Mailbox) -> MessageSummary {
        MessageSummary(new: box.newMessages, old: box.savedMessages, newUrgent: box.urgentMessages, account: "sip:\(box.address)")
    }

    func roomChanged(_ room: DialledIdentity) {
        let resource = EventResource(.conference, "\(room)")
        guard notifier.watches(resource) else { return }
        let state = EventState.conference(state(of: room))
        signal { [now] in notifier.update(resource, to: state, at: now, through: &$0, into: &$1) }
        followNotices()
    }

    private func state(of room: DialledIdentity) -> ConferenceState {
        let focus = rooms[room]?.focus
        let members = (focus?.roster ?? []).map {
            ConferenceState.Member(id: $0.id, caller: $0.caller, role: $0.role.rawValue, isMuted: $0.isMuted)
        }
        return ConferenceState(room: room.name, domain: room.domain, members: members, isLocked: focus?.isLocked ?? false)
    }

    /// What is watched from now on has its state told; lists that changed are to be saved.
    func followNotices() {
        for case .watched(let resource) in notifier.takeNotices() {
            switch resource.package {
            case .messageSummary: if let address = MailboxAddress(resource.name) { tellState(of: address) }
            case .conference:
                let parts = resource.name.split(separator: "@", maxSplits: 1)
                guard parts.count == 2 else { continue }
                roomChanged(DialledIdentity(name: String(parts[0]), domain: String(parts[1])))
            }
        }
        guard notifier.revision != savedRevision else { return }
        savedRevision = notifier.revision
        let records = notifier.records(at: now, unixTime: UnixTime.now().seconds)
        saveSubscriptions(records)
    }

    /// Takes up the subscriptions of an earlier run; each is told everything within `window`.
    package func restore(_ records: [SubscriptionRecord], spreadOver window: Duration, at now: MonotonicTime) -> Int {
        self.now = now
        let count = notifier.restore(
            records, spreadOver: window, at: now, unixTime: UnixTime.now().seconds, through: &userAgent)
        followNotices()
        return count
    }
}
