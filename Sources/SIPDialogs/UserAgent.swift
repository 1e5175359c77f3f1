import SIP
import SIPTransactions
import Timing

/// Both roles of a SIP user agent without sockets, clock or randomness of its own (RFC 3261 §8, §12-§15).
///
/// Bytes, time and commands go in; bytes, events and the next deadline come out. Commands for a handle that is unknown or
/// whose call is over are ignored: such a race is harmless.
package struct UserAgent: Sendable {
    let configuration: UserAgentConfiguration
    let random: @Sendable () -> UInt64
    private let tagSeed: UInt64
    private var lastNumber: UInt64

    /// Judges who asks; nil lets everybody.
    package var gate: (any RequestGate)?
    /// Proves who we are, where somebody asks.
    package var credentials: (any RequestCredentials)?

    var serverTransactions: SlotTable<ServerHandle, ServerEntry>
    var serverHandles: [ServerTransactionKey: ServerHandle] = [:]
    var clientTransactions: [ClientTransactionKey: ClientEntry] = [:]
    var streamRefusals = StreamRefusals()
    var sessions: SlotTable<CallHandle, InviteSession>
    var dialogs: [DialogIdentifier: CallHandle] = [:]
    /// The INVITE transactions by what a merged copy has in common with them (RFC 3261 §8.2.2.2).
    var merges: [MergeKey: ServerHandle] = [:]
    /// Dialogs of refused INVITEs whose reliable provisionals may still get a PRACK (RFC 3262 §3).
    var formerDialogs: [DialogIdentifier: ServerHandle] = [:]
    /// Requests that wait for the application's answer.
    var waitingRequests: [RequestHandle: ServerHandle] = [:]
    /// Dialogs that the application keeps.
    var usages: Set<DialogIdentifier> = []
    var deadlines = DeadlineQueue<DeadlineKey>()

    package init(configuration: UserAgentConfiguration, random: @escaping @Sendable () -> UInt64) {
        self.configuration = configuration
        self.random = random
        tagSeed = random()
        lastNumber = random() >> 1
        serverTransactions = SlotTable(after: random())
        sessions = SlotTable(after: random())
    }

    package mutating func nextDeadline() -> MonotonicTime? { deadlines.next() }

    /// How much is remembered; all zero once the calls are over and the timers have run.
    package var tableCounts: TableCounts {
        TableCounts(
            transactions: serverTransactions.count + clientTransactions.count, dialogs: dialogs.count, sessions: sessions.count,
            others: merges.count + formerDialogs.count + deadlines.count + waitingRequests.count + usages.count)
    }

    package struct TableCounts: Hashable, Sendable {
        package var transactions: Int
        package var dialogs: Int
        package var sessions: Int
        /// Merge keys, armed timers, requests that wait for the application and dialogs that it keeps.
        package var others: Int
        package var isEmpty: Bool { transactions + dialogs + sessions + others == 0 }
    }

    mutating func makeNumber() -> UInt64 {
        lastNumber &+= 1
        return lastNumber
    }

    func makeTag() -> String { String(random(), radix: 36) }
    func makeBranch() -> String { Via.magicCookie + String(random(), radix: 36) + String(random(), radix: 36) }
    func statelessTag(_ form: ResponseForm) -> String { form.statelessTag(seed: tagSeed) }

    /// Contact on this flow's listener, with the user that was dialled. `isSecure`: a SIPS URI led here or leads on, so Contact is
    /// one too (RFC 3261 §8.1.1.8, §12.1.1); over another transport than TLS it would promise what does not hold.
    func contact(for flow: Flow, user: String?, isSecure: Bool = false) -> String {
        let listener = configuration.listener(of: flow)
        let scheme: SIPURI.Scheme = isSecure && listener.transport == .tls ? .sips : .sip
        var uri = SIPURI(scheme: scheme, user: nil, host: listener.advertisedHost, port: listener.advertisedPort)
        uri.escapedUser = user
        if listener.transport != .udp, scheme == .sip { uri.parameters["transport"] = listener.transport.rawValue }
        return "<\(uri.text)>"
    }

    func via(for flow: Flow, branch: String) -> String {
        let listener = configuration.listener(of: flow)
        var via = Via(transport: flow.transport.viaName, host: listener.advertisedHost, port: listener.advertisedPort)
        via.parameters = Parameters([("branch", branch), ("rport", nil)])
        return via.text
    }
}

/// What one deadline belongs to.
enum DeadlineKey: Hashable, Sendable {
    case server(ServerHandle)
    case client(ClientTransactionKey)
    case session(CallHandle)
}

/// What a merged request has in common with the first copy: From tag, Call-ID and CSeq (RFC 3261 §8.2.2.2). The Request-URI
/// is added: with another one it is a spiral, a request for somebody else who also lives here.
struct MergeKey: Hashable, Sendable {
    let fromTag: String
    let callID: String
    let sequence: UInt32
    let uri: String
}

extension UserAgent {
    /// Handles one datagram, or one message of a stream.
    package mutating func receive(
        _ bytes: [UInt8], from flow: Flow, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        // Keep-alives of NAT bindings: empty, CRLF, CRLF CRLF, or zeros (RFC 5626 §4.4.1 and practice).
        if bytes.count <= 4, bytes.allSatisfy({ $0 == 0x0D || $0 == 0x0A || $0 == 0 }) { return }
        do throws(SIPParseError) {
            let message = try SIPMessage.parse(bytes)
            let envelope = try message.envelope()
            if message.method != nil {
                try receiveRequest(message, envelope, from: flow, at: now, into: &outputs)
            } else {
                receiveResponse(message, envelope, from: flow, at: now, into: &outputs)
            }
        } catch {
            answerMalformed(error, from: flow, into: &outputs)
        }
    }

    /// Answers what can be answered, without keeping any state (RFC 3261 §8.2.7). An ACK is never answered.
    private func answerMalformed(_ error: SIPParseError, from flow: Flow, into outputs: inout [UserAgentOutput]) {
        outputs.append(.event(.malformed(error, flow)))
        guard let message = error.partial, let method = message.method, method != .ack, let form = ResponseForm(message, from: flow)
        else { return }
        let reason = error.status == .badRequest ? error.reason : nil
        let response = form.response(error.status, reason: reason, toTag: statelessTag(form), product: configuration.product)
        outputs.append(.send(response, form.destination))
    }

    /// Runs the timers that are due.
    package mutating func fire(at now: MonotonicTime, into outputs: inout [UserAgentOutput]) {
        while let key = deadlines.popDue(at: now) {
            switch key {
            case .server(let key): drive(key, at: now, into: &outputs) { machine, results in machine.fire(at: now, into: &results) }
            case .client(let key): drive(key, at: now, into: &outputs) { machine, results in machine.fire(at: now, into: &results) }
            case .session(let call): fireSession(call, at: now, into: &outputs)
            }
        }
    }
}
