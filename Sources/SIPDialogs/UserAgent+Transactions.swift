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

    var machine: Machine
    let form: ResponseForm
    /// The tag of all answers of this transaction.
    let toTag: String
    /// The escaped user that was dialled, for Contact.
    var user: String?
    var call: CallHandle?
    var merge: MergeKey?
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

        var nextDeadline: MonotonicTime? {
            switch self {
            case .invite(let machine): machine.nextDeadline
            case .other(let machine): machine.nextDeadline
            }
        }
    }

    enum Purpose: Hashable, Sendable {
        case invite(CallHandle)
        case reinvite(CallHandle)
        case bye(CallHandle)
        case probe(CallHandle)
        /// A CANCEL, or the BYE of a dialog nobody waits for.
        case unattended
    }

    var machine: Machine
    let request: SentRequest
    let flow: Flow
    let purpose: Purpose
    /// The ACKs of 2xx, by the tag they go to, for each repetition of the 2xx (RFC 3261 §13.2.2.4).
    var acknowledgements: [String: (bytes: [UInt8], flow: Flow)] = [:]
}

extension UserAgent {
    /// Lets `body` work on a server transaction, then does what that asks for.
    mutating func drive(
        _ key: ServerTransactionKey, at now: MonotonicTime, into outputs: inout [UserAgentOutput],
        _ body: (inout ServerEntry.Machine, inout [TransactionOutput]) -> Void
    ) {
        guard var entry = serverTransactions.removeValue(forKey: key) else { return }
        var results: [TransactionOutput] = []
        body(&entry.machine, &results)
        for case .send(let bytes) in results { outputs.append(.send(bytes, entry.form.destination)) }
        if results.contains(.terminated) {
            deadlines.set(nil, for: .server(key))
            if let merge = entry.merge, merges[merge] == key { merges[merge] = nil }
        } else {
            deadlines.set(entry.machine.nextDeadline, for: .server(key))
            serverTransactions[key] = entry
        }
    }

    /// Starts a server transaction. nil when there are too many.
    mutating func openServer(
        _ key: ServerTransactionKey, _ message: SIPMessage, _ form: ResponseForm, toTag: String, user: String?
    ) -> Bool {
        guard serverTransactions.count < configuration.maximumTransactions else { return false }
        let isReliable = form.destination.transport.isReliable
        let machine: ServerEntry.Machine =
            message.method == .invite
            ? .invite(InviteServerTransaction(isReliable: isReliable, timers: configuration.timers))
            : .other(NonInviteServerTransaction(isReliable: isReliable, timers: configuration.timers))
        serverTransactions[key] = ServerEntry(machine: machine, form: form, toTag: toTag, user: user)
        return true
    }

    /// Answers within a server transaction; returns the bytes, or nil when the transaction is gone.
    @discardableResult
    mutating func respond(
        _ key: ServerTransactionKey, _ status: StatusCode, reason: String? = nil, formsDialog: Bool = false,
        headers: [(String, String)] = [], body: Body? = nil, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> [UInt8]? {
        guard let entry = serverTransactions[key] else { return nil }
        var headers = headers
        let carriesContact = formsDialog && status.code > 100 && status.code < 300
        if carriesContact { headers.append(("Allow", UserAgentConfiguration.allow)) }
        let bytes = entry.form.response(
            status, reason: reason, toTag: entry.toTag, formsDialog: formsDialog, headers: headers,
            contact: carriesContact ? contact(for: entry.form.destination, user: entry.user) : nil, product: configuration.product,
            body: body)
        drive(key, at: now, into: &outputs) { machine, results in machine.respond(status, bytes, at: now, into: &results) }
        return bytes
    }

    /// Sends a request in a transaction of its own.
    mutating func openClient(
        _ request: SentRequest, headers: [(HeaderID, String)] = [], extra: [(String, String)] = [], body: Body? = nil, branch: String,
        over flow: Flow, for purpose: ClientEntry.Purpose, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        let key = ClientTransactionKey(branch: branch, method: request.method)
        let bytes = request.bytes(headers: headers, extra: extra, body: body)
        let isReliable = flow.transport.isReliable
        var results: [TransactionOutput] = []
        let machine: ClientEntry.Machine =
            request.method == .invite
            ? .invite(InviteClientTransaction(bytes, isReliable: isReliable, timers: configuration.timers, at: now, into: &results))
            : .other(NonInviteClientTransaction(bytes, isReliable: isReliable, timers: configuration.timers, at: now, into: &results))
        for case .send(let bytes) in results { outputs.append(.send(bytes, flow)) }
        deadlines.set(machine.nextDeadline, for: .client(key))
        clientTransactions[key] = ClientEntry(machine: machine, request: request, flow: flow, purpose: purpose)
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
        if results.contains(.passResponse), let (message, envelope) = response, let status = message.status {
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
