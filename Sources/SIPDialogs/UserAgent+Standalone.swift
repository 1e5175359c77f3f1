import SIP
import SIPTransactions
import Timing

/// Requests that are neither a call nor part of its set-up: SUBSCRIBE, NOTIFY, REFER, INFO, REGISTER and whatever comes to be. The
/// application decides what they mean; here they get their transactions and dialogs.
extension UserAgent {
    // MARK: Requests of others

    /// Hands a request to the application, which owes it a final answer through `respond(to:)`.
    mutating func present(
        _ transaction: ServerHandle, _ message: SIPMessage, _ envelope: Envelope, uri: SIPURI, call: CallHandle?,
        usage: DialogIdentifier?, localTag: String, identity: String?, from flow: Flow, into outputs: inout [UserAgentOutput]
    ) {
        let handle = makeRequestHandle()
        waitingRequests[handle] = transaction
        let request = IncomingRequest(
            message: message, envelope: envelope, flow: flow, requestURI: uri, call: call, usage: usage, localTag: localTag,
            identity: identity)
        outputs.append(.event(.requested(handle, request)))
    }

    /// Answers a request of `.requested`. 2xx carry our Contact and the Record-Routes, as those that make a dialog must
    /// (RFC 3261 §12.1.1, RFC 6665 §4.2.1).
    package mutating func respond(
        to request: RequestHandle, _ status: StatusCode, reason: String? = nil, headers: [(String, String)] = [], body: Body? = nil,
        at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) {
        guard let key = waitingRequests[request] else { return }
        if status.isFinal { waitingRequests[request] = nil }
        respond(key, status, reason: reason, formsDialog: true, headers: headers, body: body, at: now, into: &outputs)
    }

    /// A request within a dialog that the application keeps.
    mutating func receive(
        inUsage usage: DialogIdentifier, _ key: ServerTransactionKey, _ message: SIPMessage, _ envelope: Envelope, _ form: ResponseForm,
        from flow: Flow, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) throws(SIPParseError) {
        if let foreign = try foreignOptions(message) {
            return refuse(form, .badExtension, headers: [("Unsupported", foreign)], into: &outputs)
        }
        guard configuration.handedOver.contains(envelope.cseq.method) else {
            return refuse(form, .methodNotAllowed, headers: [("Allow", configuration.allow)], into: &outputs)
        }
        guard let uri = try checked(message, { message throws(SIPParseError) in try message.requestURI() }),
            let transaction = openServer(key, message, form, toTag: usage.localTag, user: uri.escapedUser, at: now)
        else { return refuse(form, .serviceUnavailable, headers: [("Retry-After", "10")], into: &outputs) }
        present(
            transaction, message, envelope, uri: uri, call: nil, usage: usage, localTag: usage.localTag, identity: nil, from: flow,
            into: &outputs)
    }

    /// The call whose dialog this is, by the tags as we see them: for Replaces (RFC 3891 §3).
    package func call(in dialog: DialogIdentifier) -> CallHandle? { dialogs[dialog] }

    /// The way that the call's peer last came by.
    package func flow(of call: CallHandle) -> Flow? { sessions[call]?.dialog?.flow }

    /// From here on requests with these tags come as `.requested` with `usage`, and not to a 481.
    package mutating func adopt(_ dialog: DialogIdentifier) { usages.insert(dialog) }

    package mutating func release(_ dialog: DialogIdentifier) { usages.remove(dialog) }

    // MARK: Requests of ours

    /// Sends a request outside of any dialog; `.responded` brings its answer.
    package mutating func send(
        _ request: OutgoingRequest, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> RequestHandle {
        let (handle, branch) = (makeRequestHandle(), makeBranch())
        var from = request.from
        if from.tag == nil { from.parameters["tag"] = makeTag() }
        var target = request.target
        target.headers = []
        let host = configuration.listener(of: request.flow).advertisedHost
        let route = RouteSet.preloaded(request.routes, target: target)
        let sent = SentRequest(
            method: request.method, target: route.target, via: via(for: request.flow, branch: branch), routes: route.routes,
            from: from.text, to: request.to.text, callID: request.callID ?? makeCallID(host), sequence: request.sequence)
        var headers: [(HeaderID, String)] = [(.userAgent, configuration.product)]
        // RFC 4028 §7.1: every request but ACK tells what is supported.
        if !request.headers.contains(where: { $0.0.equalsIgnoringCase("Supported") }) {
            headers.append((.supported, configuration.supported))
        }
        if request.hasContact {
            headers.append((.contact, contact(for: request.flow, user: request.from.uri.escapedUser, isSecure: RouteSet.isSecure(route))))
        }
        openClient(
            sent, headers: headers, extra: request.headers, body: request.body, branch: branch, over: request.flow, for: .request(handle),
            at: now, into: &outputs)
        return handle
    }

    /// Sends a request within a call's dialog; nil when there is none or no way to it.
    package mutating func send(
        _ method: SIPMethod, in call: CallHandle, headers: [(String, String)] = [], body: Body? = nil, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) -> RequestHandle? {
        guard let dialog = sessions[call]?.dialog else { return nil }
        let handle = makeRequestHandle()
        let contact = contact(for: dialog.flow, user: sessions[call]?.contactUser, isSecure: dialog.isSecure)
        let sent = send(
            method, in: call, headers: [(.contact, contact)], extra: headers, body: body,
            for: .request(handle), at: now, into: &outputs)
        return sent ? handle : nil
    }

    /// Sends a request within a dialog that the application keeps. Its number is `dialog.localSequence`; after the answer
    /// `dialog.absorb` takes what the answer changed.
    package mutating func send(
        _ method: SIPMethod, along dialog: inout Dialog, headers: [(String, String)] = [], body: Body? = nil, at now: MonotonicTime,
        into outputs: inout [UserAgentOutput]
    ) -> RequestHandle {
        dialog.localSequence &+= 1
        let (handle, flow, branch) = (makeRequestHandle(), dialog.nextFlow, makeBranch())
        let request = dialog.request(method, sequence: dialog.localSequence, via: via(for: flow, branch: branch))
        openClient(
            request,
            headers: [
                (.contact, contact(for: dialog.flow, user: nil, isSecure: dialog.isSecure)), (.supported, configuration.supported),
                (.userAgent, configuration.product),
            ], extra: headers, body: body, branch: branch, over: flow, for: .request(handle), at: now, into: &outputs)
        return handle
    }

    mutating func makeRequestHandle() -> RequestHandle { RequestHandle(number: makeNumber()) }

    func makeCallID(_ host: String) -> String { "\(String(random(), radix: 36))\(String(random(), radix: 36))@\(host)" }

    // MARK: Credentials

    /// Tries a request again that was asked for credentials: same Call-ID and From tag, the next number, a branch of its own
    /// (RFC 3261 §22.2). False when there is nothing (more) to show.
    mutating func tryAgain(
        _ entry: ClientEntry, after response: SIPMessage, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) -> Bool {
        guard entry.attempts < 3, entry.request.method != .ack, entry.request.method != .cancel,
            let values = credentials?.authorization(
                for: response, method: entry.request.method, uri: entry.request.target.text, body: entry.content.body?.bytes ?? [],
                attempt: entry.attempts)
        else { return false }
        var request = entry.request
        request.sequence &+= 1
        let branch = makeBranch()
        request.via = via(for: entry.way, branch: branch)
        let key = ClientTransactionKey(branch: branch, method: request.method)
        guard follow(entry.purpose, as: key, sequence: request.sequence, at: now, into: &outputs) else { return false }
        var content = entry.content
        content.authorization = values
        openClient(
            request, content, branch: branch, over: entry.way, for: entry.purpose, attempts: entry.attempts + 1, at: now, into: &outputs)
        return true
    }
}
