import Credentials
import Logging
import Scenarios
import Timing
import Voicemail

/// Mailbox orders: the store waits for the disk, so it is asked on other threads; where a caller is in his mailbox is known here.
extension Switchboard {
    func perform(_ order: ServiceOrder, _ id: OrderID, on call: Call) {
        switch order {
        case .roomStatus(let room): answer(id, status(ofRoom: room), call)
        case .roomCount: answer(id, countRoom(of: call), call)
        case .mailboxCount: answer(id, counts(of: call), call)
        case .mailboxMove(let move, let folder): answer(id, self.move(move, folder, call), call)
        case .mailboxMark(let mark): self.mark(mark, id, call)
        case .mailboxStatus(let box): status(of: box, id, call)
        case .mailboxOpen(let box, let pin): open(box, pin: pin, id, call)
        case .mailboxDeliver(let box, let recording, let urgent): deliver(recording, to: box, urgent: urgent, id, call)
        case .mailboxGreeting(let box, let kind): greeting(box, kind, id, call)
        case .mailboxSetGreeting(let kind, let recording): setGreeting(kind, recording, id, call)
        case .mailboxSetPIN(let pin): setPIN(pin, id, call)
        }
    }

    /// At once, without leaving the loop: after the command that is being carried out.
    private func answer(_ id: OrderID, _ answer: ServiceAnswer, _ call: Call) {
        call.pendingEvents.append(.serviceAnswered(id, answer))
    }

    /// Asks the store on another thread; `take` gets its result back on the loop. The call is kept until then.
    private func ask<Result: Sendable>(
        _ id: OrderID, _ call: Call, while action: String, _ work: @escaping @Sendable (MessageStore) throws(VoicemailError) -> Result,
        take: @escaping @Sendable (Call, Result) -> ServiceAnswer
    ) {
        guard let store = messages else { return answer(id, .failed(.failed), call) }
        errand(for: call) {
            Swift.Result { () throws(VoicemailError) in try work(store) }
        } then: { [self] call, result in
            switch result {
            case .success(let value): answer(id, take(call, value), call)
            case .failure(let error):
                log.error("mailbox", metadata: ["id": "\(call.callID)", "while": "\(action)", "reason": "\(error)"])
                answer(id, .failed(ServiceFailure(error.kind)), call)
            }
        }
    }

    /// Work for a call that waits for a disk: it goes on although the caller leaves, and the call is not let go before it is done.
    private func errand<Result: Sendable>(
        for call: Call, _ work: @escaping @Sendable () -> Result, then: @escaping @Sendable (Call, Result) -> Void
    ) {
        call.errands += 1
        let handle = call.handle
        background.run { [self] in
            let result = work()
            background.comeBack { [self] in
                guard let call = calls[handle] else { return }
                call.errands -= 1
                then(call, result)
                drain(call)
            }
        }
    }

    private func address(_ name: String) -> MailboxAddress? {
        MailboxAddress(name: name, domain: settings.routing.defaultDomain)
    }

    // MARK: Leaving a message

    private func status(of box: String, _ id: OrderID, _ call: Call) {
        guard let address = address(box) else { return answer(id, .failed(.noBox), call) }
        let hasRoom = settings.hasRoom
        ask(id, call, while: "asking for the mailbox") { store throws(VoicemailError) in
            (try store.status(of: address), hasRoom(store.path))
        } take: { [self] call, found in
            answer(found.0, hasRoom: found.1, to: call)
        }
    }

    private func deliver(_ recording: RecordingResult, to box: String, urgent: Bool, _ id: OrderID, _ call: Call) {
        guard let address = address(box) else { return answer(id, .failed(.noBox), call) }
        guard !recording.path.isEmpty else { return answer(id, .failed(.failed), call) }
        let pending = call.pendingMessage
        let milliseconds = Int(recording.duration.wholeMilliseconds)
        let draft = MessageDraft(box: address, caller: call.caller, calledAt: UnixTime.now(), isUrgent: urgent)
        if let pending, pending.path == recording.path { call.pendingMessage = nil }
        ask(id, call, while: "delivering a message") { store throws(VoicemailError) -> VoiceMessage? in
            if let pending, pending.path == recording.path {
                return try store.deliver(pending.id, duration: milliseconds, isUrgent: urgent)
            }
            return try store.adopt(recording.path, as: draft, duration: milliseconds)
        } take: { [self] call, message in
            guard let message else { return .failed(.failed) }
            log.info(
                "message left",
                metadata: [
                    "id": "\(call.callID)", "mailbox": "\(message.box)", "caller": "\(message.caller)",
                    "milliseconds": "\(message.duration)",
                ])
            return .done
        }
    }

    private func greeting(_ box: String?, _ kind: GreetingName, _ id: OrderID, _ call: Call) {
        guard let address = box.map({ self.address($0) }) ?? call.mailbox?.address, let kind = GreetingKind(kind) else {
            return answer(id, .failed(.missing), call)
        }
        ask(id, call, while: "looking for a greeting") { store throws(VoicemailError) in
            // While it is there, the temporary greeting goes before the others.
            let temporary = box == nil ? Greeting.none : store.greeting(.temporary, of: address)
            if case .none = temporary { return store.greeting(kind, of: address) }
            return temporary
        } take: { [self] call, greeting in
            switch greeting {
            case .ready(let path): return .sound(path: path)
            case .none: return .failed(.missing)
            case .unreadable(let error):
                log.error("greeting cannot be played", metadata: ["id": "\(call.callID)", "reason": "\(error)"])
                return .failed(.missing)
            }
        }
    }

    // MARK: The owner

    private func open(_ box: String, pin: String?, _ id: OrderID, _ call: Call) {
        let caller = call.guesser
        let address = address(box)
        // Without a PIN: only who is proved to be the owner, by digest or by a peer that is trusted to say so.
        if pin?.isEmpty ?? true {
            guard let address, call.identity == address.name else { return answer(id, .failed(.denied), call) }
            return ask(id, call, while: "opening a mailbox") { store throws(VoicemailError) in
                try store.status(of: address) == .unknown ? nil : store.messages(in: address)
            } take: { call, messages in
                Self.enter(address, messages, call)
            }
        }
        let keys = pin ?? ""
        ask(id, call, while: "opening a mailbox") { store throws(VoicemailError) -> (PINVerdict, [VoiceMessage]?) in
            guard let address else { return (try store.verify(keys, ofNobody: box, by: caller), nil) }
            let verdict = try store.verify(keys, of: address, by: caller)
            return (verdict, verdict == .right ? try store.messages(in: address) : nil)
        } take: { [self] call, result in
            switch result.0 {
            case .right:
                guard let address else { return .failed(.denied) }
                return Self.enter(address, result.1, call)
            case .locked:
                log.notice("mailbox locked", metadata: ["id": "\(call.callID)", "caller": "\(call.caller)", "mailbox": "\(box)"])
                return .failed(.locked)
            case .wrong, .noPIN, .unknownBox, .disabled:
                log.notice(
                    "log-in refused",
                    metadata: ["id": "\(call.callID)", "caller": "\(call.caller)", "mailbox": "\(box)", "why": "\(result.0)"])
                return .failed(.denied)
            }
        }
    }

    private static func enter(_ address: MailboxAddress, _ messages: [VoiceMessage]?, _ call: Call) -> ServiceAnswer {
        guard let messages else { return .failed(.denied) }
        call.mailbox = OpenMailbox(address: address, session: MailboxSession(messages))
        return .done
    }

    private func counts(of call: Call) -> ServiceAnswer {
        guard let session = call.mailbox?.session else { return .failed(.empty) }
        return .counts(new: session.newCount, saved: session.savedCount, deleted: session.deletedCount)
    }

    private func move(_ move: MessageMove, _ folder: MessageFolder?, _ call: Call) -> ServiceAnswer {
        guard var mailbox = call.mailbox else { return .failed(.empty) }
        if let folder { mailbox.folder = MailboxSession.Folder(folder) }
        let message = mailbox.session.move(move, in: mailbox.folder)
        call.mailbox = mailbox
        return message.map { .message(mailbox.facts($0)) } ?? .failed(.empty)
    }

    private func mark(_ mark: MessageMark, _ id: OrderID, _ call: Call) {
        guard call.mailbox?.session.current != nil else { return answer(id, .failed(.empty), call) }
        guard let order = call.mailbox?.session.mark(mark) else { return answer(id, .done, call) }
        ask(id, call, while: "marking a message") { store throws(VoicemailError) in
            try store.mark(order.id, as: order.state)
        } take: { _, _ in
            .done
        }
    }

    private func setGreeting(_ kind: GreetingName, _ recording: RecordingResult, _ id: OrderID, _ call: Call) {
        guard let address = call.mailbox?.address, let kind = GreetingKind(kind), !recording.path.isEmpty else {
            return answer(id, .failed(.failed), call)
        }
        if call.greetingDraft == recording.path { call.greetingDraft = nil }
        ask(id, call, while: "keeping a greeting") { store throws(VoicemailError) in
            try store.setGreeting(kind, of: address, from: recording.path)
        } take: { _, _ in
            .done
        }
    }

    private func setPIN(_ pin: String, _ id: OrderID, _ call: Call) {
        guard let address = call.mailbox?.address else { return answer(id, .failed(.failed), call) }
        ask(id, call, while: "changing a PIN") { store throws(VoicemailError) in
            try store.changePIN(of: address, to: pin)
        } take: {
            $1 == nil ? .done : .failed(.refused)
        }
    }

    // MARK: Recordings for mailboxes

    /// Where a recording goes. Called on a background thread.
    func prepare(_ purpose: RecordingPurpose<String>, for call: RecordingOwner) throws(VoicemailError) -> PreparedRecording {
        switch purpose {
        case .recording:
            return PreparedRecording(path: call.path)
        case .message(let box):
            guard let store = messages, let address = address(box) else { throw .noMailbox(box) }
            let pending = try store.begin(MessageDraft(box: address, caller: call.caller, calledAt: UnixTime.now()))
            return PreparedRecording(path: pending.path, message: pending)
        case .greeting(let kind):
            guard let store = messages, let address = call.mailbox, let kind = GreetingKind(rawValue: kind) else {
                throw .noMailbox(kind)
            }
            let path = try store.greetingDraft(kind, of: address)
            return PreparedRecording(path: path, isGreetingDraft: true)
        }
    }

    /// Lets go of what was recorded for a mailbox before and not kept.
    func discardDrafts(of call: Call) {
        guard let store = messages else { return }
        if let pending = call.pendingMessage {
            call.pendingMessage = nil
            discard(call) { () throws(VoicemailError) in try store.discard(pending.id) }
        }
        if let draft = call.greetingDraft {
            call.greetingDraft = nil
            discard(call) { () throws(VoicemailError) in try store.discardGreetingDraft(draft) }
        }
    }

    /// The caller has left: deleted messages go for good. True while there is something to wait for.
    func closeMailbox(of call: Call) -> Bool {
        discardDrafts(of: call)
        if let mailbox = call.mailbox, let store = messages {
            call.mailbox = nil
            discard(call) { () throws(VoicemailError) in _ = try store.purgeDeleted(in: mailbox.address) }
        }
        return call.errands > 0
    }

    private func discard(_ call: Call, _ work: @escaping @Sendable () throws(VoicemailError) -> Void) {
        errand(for: call) {
            Result { () throws(VoicemailError) in try work() }
        } then: { [self] call, result in
            guard case .failure(let error) = result else { return }
            log.error("mailbox", metadata: ["id": "\(call.callID)", "while": "tidying up", "reason": "\(error)"])
        }
    }
}

/// Who records, as far as it decides where to.
struct RecordingOwner: Sendable {
    /// For a recording that is for no mailbox.
    var path: String
    var caller: String
    var mailbox: MailboxAddress?
}

struct PreparedRecording: Sendable {
    var path: String
    var message: PendingMessage?
    var isGreetingDraft = false
}

extension ServiceFailure {
    init(_ kind: VoicemailError.Kind) {
        switch kind {
        case .mailboxFull: self = .full
        case .unknownMailbox: self = .noBox
        case .mailboxDisabled: self = .disabled
        default: self = .failed
        }
    }
}

extension GreetingKind {
    init?(_ name: GreetingName) { self.init(rawValue: name.rawValue) }
}

extension VoicemailError {
    static func noMailbox(_ name: String) -> VoicemailError {
        VoicemailError(.unknownMailbox, name, "there is no such mailbox", mend: "antiphon mailbox add \(name)")
    }
}
