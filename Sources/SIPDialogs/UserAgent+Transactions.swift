import SIP
import SIPTransactions
import Timing

/// A server transaction and what its answers need.
struct ServerEntry: Sendable {
    enum Machine: Sendable {
        case invite(InviteServerTransaction)
        case other(NonInviteServerTransaction)

        mutating func fire(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
            switch self {
            case .invite(var machine):
                machine.fire(at: now, into: &outputs)
                self = .invite(machine)
            case .other(var machine):
                machine.fire(at: now, into: &outputs)
                self = .other(machine)
            }
        }

        /// A copy of the request came.
        mutating func receiveCopy(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
            switch self {
            case .invite(var machine):
                machine.receiveInvite(at: now, into: &outputs)
                self = .invite(machine)
            case .other(var machine):
                machine.receiveRequest(at: now, into: &outputs)
                self = .other(machine)
            }
        }

        mutating func receiveAcknowledgement(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
            guard case .invite(var machine) = self else { return }
            machine.receiveAcknowledgement(at: now, into: &outputs)
            self = .invite(machine)
        }

        mutating func respond(_ status: StatusCode, _ bytes: [UInt8], at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
            switch self {
            case .invite(var machine):
                machine.respond(StatusClass(status), bytes, at: now, into: &outputs)
                self = .invite(machine)
            case .other(var machine):
                machine.respond(isFinal: status.isFinal, bytes, at: now, into: &outputs)
                self = .other(machine)
            }
        }

        var nextDeadline: MonotonicTime? {
            switch self {
            case .invite(let machine): machine.nextDeadline
            case .other(let machine): machine.nextDeadline
            }
        }
    }

    let key: ServerTransactionKey
    var machine: Machine
    /// Where the answers go.
    let destination: Flow
    /// What they have in common; let go of with the final one, as the transaction outlives it by 32 s.
    var form: ResponseForm?
    /// The tag of all answers of this transaction.
    let toTag: String
    /// The escaped user that was dialled, for Contact, and whether that is to be a SIPS URI.
    var user: String?
    var isSecure = false
    var call: CallHandle?
    var merge: MergeKey?
    /// The reliable provisionals of an INVITE that was refused before all had their PRACK, and the dialog they were sent in.
    var unacknowledged: (dialog: DialogIdentifier, reliable: ReliableProvisional)?

    mutating func drive(_ body: (inout Machine, inout [TransactionOutput]) -> Void, _ results: inout [TransactionOutput]) {
        body(&machine, &results)
    }
}

/// Names a server transaction that stands.
struct ServerHandle: SlotHandle {
    let number: UInt64
}

/// A client transaction and what it is for.
struct ClientEntry: Sendable {
    enum Machine: Sendable {
        case invite(InviteClientTransaction)
        case other(NonInviteClientTransaction)

        mutating func fire(at now: MonotonicTime, into outputs: inout [TransactionOutput]) {
            switch self {
            case .invite(var machine):
                machine.fire(at: now, into: &outputs)
                self = .invite(machine)
            case .other(var machine):
                machine.fire(at: now, into: &outputs)
                self = .other(machine)
            }
        }

        mutating func receive(
            _ status: StatusCode, acknowledgement: [UInt8], at now: MonotonicTime, into outputs: inout [TransactionOutput]
        ) {
            switch self {
            case .invite(var machine):
                machine.receive(StatusClass(status), acknowledgement: acknowledgement, at: now, into: &outputs)
                self = .invite(machine)
            case .other(var machine):
                machine.receive(isFinal: status.isFinal, at: now, into: &outputs)
                self = .other(machine)
            }
        }

        /// A final answer came: nothing that happens to its way matters to the one who asked.
        var isAnswered: Bool {
            switch self {
            case .invite(let machine): machine.state != .calling && machine.state != .proceeding
            case .other(let machine): machine.state != .trying && machine.state != .proceeding
            }
        }

        var nextDeadline: MonotonicTime? {
            switch self {
            case .invite(let machine): machine.nextDeadline
            case .other(let machine): machine.nextDeadline
            }
        }
    }

    enum Purpose: Hashable, Sendable {
        case invite(CallHandle)
        case reinvite(CallHandle, ChangeOrigin)
        /// In the dialog with the peer's tag.
        case update(CallHandle, tag: String, ChangeOrigin)
        case prack(CallHandle, tag: String, number: UInt32)
        case bye(CallHandle)
        case probe(CallHandle)
        /// A request of the application that is no part of a call's set-up.
        case request(RequestHandle)
        /// A CANCEL, or the BYE of a dialog nobody waits for.
        case unattended

        /// The call in whose dialog the request goes.
        var call: CallHandle? {
            switch self {
            case .invite(let call), .reinvite(let call, _), .update(let call, _, _), .prack(let call, _, _), .bye(let call),
                .probe(let call):
                call
            case .request, .unattended: nil
            }
        }
    }

    /// What a request carries beside its identity, kept for another try.
    struct Content: Sendable {
        var headers: [(HeaderID, String)] = []
        var extra: [(String, String)] = []
        var body: Body?
        /// The credentials of this try; an ACK of a 2xx repeats those of its INVITE (RFC 3261 §22.1).
        var authorization: [(HeaderID, String)] = []
    }

    var machine: Machine
    let request: SentRequest
    let content: Content
    let flow: Flow
    let purpose: Purpose
    /// Which try it is, from 1.
    let attempts: Int
    /// What it was before it was found too large for UDP: where nobody takes streams, it goes so all the same (RFC 3261 §18.1.1).
    var datagram: (request: SentRequest, flow: Flow)?
    /// Where it was meant to go, whatever its size made of that: the way of what follows in its dialog.
    var way: Flow { datagram?.flow ?? flow }
    /// The greatest number used in any early dialog of this INVITE.
    var latestSequence: UInt32 = 0
    /// The ACKs of 2xx, by the tag they go to, for each repetition of the 2xx (RFC 3261 §13.2.2.4).
    var acknowledgements: [String: (bytes: [UInt8], flow: Flow)] = [:]
}

extension UserAgent {
    /// Lets `body` work on a server transaction, then does what that asks for.
    mutating func drive(
        _ transaction: ServerHandle, at now: MonotonicTime, into outputs: inout [UserAgentOutput],
        _ body: (inout ServerEntry.Machine, inout [TransactionOutput]) -> Void
    ) {
        guard let flow = serverTransactions[transaction]?.destination else { return }
        var results: [TransactionOutput] = []
        serverTransactions[transaction]?.drive(body, &results)
        var (isOver, isTryingDue) = (false, false)
        for result in results {
            switch result {
            case .send(let bytes): outputs.append(.send(bytes, flow))
            case .tryingDue: isTryingDue = true
            case .terminated: isOver = true
            case .passAcknowledgement, .passResponse, .timedOut: break
            }
        }
        if isOver {
            closeServer(transaction)
        } else {
            deadlines.set(serverTransactions[transaction]?.machine.nextDeadline, for: .server(transaction))
        }
        if isTryingDue { respond(transaction, .trying, at: now, into: &outputs) }
    }

    mutating func closeServer(_ transaction: ServerHandle) {
        guard let entry = serverTransactions.remove(transaction) else { return }
        serverHandles[entry.key] = nil
        deadlines.set(nil, for: .server(transaction))
        if let merge = entry.merge, merges[merge] == transaction { merges[merge] = nil }
        if let former = entry.unacknowledged { formerDialogs[former.dialog] = nil }
    }

    /// Starts a server transaction. nil when there are too many.
    mutating func openServer(
        _ key: ServerTransactionKey, _ message: SIPMessage, _ form: ResponseForm, toTag: String, user: String?, call: CallHandle? = nil,
        merge: MergeKey? = nil, at now: MonotonicTime
    ) -> ServerHandle? {
        guard serverTransactions.count < configuration.maximumTransactions else { return nil }
        let isReliable = form.destination.transport.isReliable
        let machine: ServerEntry.Machine =
            message.method == .invite
            ? .invite(InviteServerTransaction(isReliable: isReliable, timers: configuration.timers, at: now))
            : .other(NonInviteServerTransaction(isReliable: isReliable, timers: configuration.timers))
        let isSecure = form.destination.transport == .tls && message.asksForSIPS
        let transaction = serverTransactions.insert(
            ServerEntry(
                key: key, machine: machine, destination: form.destination, form: form, toTag: toTag, user: user, isSecure: isSecure,
                call: call, merge: merge))
        serverHandles[key] = transaction
        deadlines.set(machine.nextDeadline, for: .server(transaction))
        if let merge { merges[merge] = transaction }
        return transaction
    }

    /// Answers within a server transaction; returns the bytes, or nil when the transaction is gone.
    @discardableResult
    mutating func respond(
        _ transaction: ServerHandle, _ status: StatusCode, reason: String? = nil, formsDialog: Bool = false,
        headers: [(String, String)] = [], body: Body? = nil, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> [UInt8]? {
        guard let entry = serverTransactions[transaction], let form = entry.form else { return nil }
        var headers = headers
        let carriesContact = formsDialog && status.code > 100 && status.code < 300
        if carriesContact { headers += [("Allow", configuration.allow), ("Supported", configuration.supported)] }
        let bytes = form.response(
            status, reason: reason, toTag: entry.toTag, formsDialog: formsDialog, headers: headers,
            contact: carriesContact ? contact(for: entry.destination, user: entry.user, isSecure: entry.isSecure) : nil,
            product: configuration.product, delay: status == .trying ? configuration.timers.tryingDelay.inSeconds : nil, body: body)
        if status.isFinal { serverTransactions[transaction]?.form = nil }
        drive(transaction, at: now, into: &outputs) { machine, results in machine.respond(status, bytes, at: now, into: &results) }
        return bytes
    }

    /// Sends a request in a transaction of its own.
    mutating func openClient(
        _ request: SentRequest, headers: [(HeaderID, String)] = [], extra: [(String, String)] = [], body: Body? = nil, branch: String,
        over flow: Flow, for purpose: ClientEntry.Purpose, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        openClient(
            request, ClientEntry.Content(headers: headers, extra: extra, body: body), branch: branch, over: flow, for: purpose, attempts: 1,
            at: now, into: &outputs)
    }

    mutating func openClient(
        _ request: SentRequest, _ content: ClientEntry.Content, branch: String, over flow: Flow, for purpose: ClientEntry.Purpose,
        attempts: Int, mayStream: Bool = true, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        let key = ClientTransactionKey(branch: branch, method: request.method)
        var (request, flow, content) = (request, flow, content)
        if attempts == 1, request.method != .cancel, credentials != nil {
            content.authorization =
                credentials?.anticipated(
                    callID: request.callID, sequence: request.sequence, method: request.method, uri: request.target.text,
                    body: content.body?.bytes ?? []) ?? []
        }
        var bytes = request.bytes(headers: content.authorization + content.headers, extra: content.extra, body: content.body)
        var datagram: (SentRequest, Flow)?
        // A CANCEL goes the way of its INVITE.
        if mayStream, request.method != .cancel, !streamRefusals.contains(flow.remote, at: now),
            let stream = configuration.streamFlow(forRequestOf: bytes.count, over: flow)
        {
            datagram = (request, flow)
            flow = stream
            request.via = via(for: flow, branch: branch)
            bytes = request.bytes(headers: content.authorization + content.headers, extra: content.extra, body: content.body)
        }
        let isReliable = flow.transport.isReliable
        var results: [TransactionOutput] = []
        let machine: ClientEntry.Machine =
            request.method == .invite
            ? .invite(InviteClientTransaction(bytes, isReliable: isReliable, timers: configuration.timers, at: now, into: &results))
            : .other(NonInviteClientTransaction(bytes, isReliable: isReliable, timers: configuration.timers, at: now, into: &results))
        for case .send(let bytes) in results { outputs.append(.send(bytes, flow)) }
        deadlines.set(machine.nextDeadline, for: .client(key))
        clientTransactions[key] = ClientEntry(
            machine: machine, request: request, content: content, flow: flow, purpose: purpose, attempts: attempts,
            datagram: datagram)
    }

    /// Lets `body` work on a client transaction, then does what that asks for.
    mutating func drive(
        _ key: ClientTransactionKey, response: (SIPMessage, Envelope)? = nil, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput], _ body: (inout ClientEntry.Machine, inout [TransactionOutput]) -> Void
    ) {
        guard var entry = clientTransactions[key] else { return }
        var results: [TransactionOutput] = []
        body(&entry.machine, &results)
        clientTransactions[key]?.machine = entry.machine
        deadlines.set(entry.machine.nextDeadline, for: .client(key))
        for case .send(let bytes) in results { outputs.append(.send(bytes, entry.flow)) }
        if results.contains(.passResponse), let (message, envelope) = response, let status = message.status,
            !(status.asksForCredentials && tryAgain(entry, after: message, at: now, into: &outputs))
        {
            if status.isSuccess, !entry.content.authorization.isEmpty { credentials?.accepted(message) }
            handle(status, message, envelope, of: key, entry, at: now, into: &outputs)
        }
        if results.contains(.timedOut) { handleSilence(of: key, entry.purpose, status: .requestTimeout, at: now, into: &outputs) }
        if results.contains(.terminated) { closeClient(key) }
    }

    mutating func closeClient(_ key: ClientTransactionKey) {
        clientTransactions[key] = nil
        deadlines.set(nil, for: .client(key))
    }
}
