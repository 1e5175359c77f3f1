import SIP
import SIPTransactions
import Timing

extension UserAgent {
    /// A request on its way to a transaction, a dialog, or to being a new call.
    mutating func receiveRequest(
        _ message: SIPMessage, _ envelope: Envelope, from flow: Flow, at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) throws(SIPParseError) {
        let method = envelope.cseq.method
        let key = ServerTransactionKey(message, envelope)
        if method == .ack { return receiveAcknowledgement(key, message, envelope, from: flow, at: now, into: &outputs) }
        if let standing = serverHandles[key] {
            return drive(standing, at: now, into: &outputs) { machine, results in machine.receiveCopy(at: now, into: &results) }
        }
        guard let form = ResponseForm(message, from: flow) else { return }
        if method == .cancel { return receiveCancel(key, message, envelope, form, at: now, into: &outputs) }
        if let toTag = envelope.toTag {
            let identifier = DialogIdentifier(callID: envelope.callID, localTag: toTag, remoteTag: envelope.fromTag)
            guard let call = dialogs[identifier] else {
                if method == .prack, acceptsLate(message, identifier, at: now) { return refuse(form, .ok, into: &outputs) }
                guard usages.contains(identifier) else { return refuse(form, .noSuchCall, into: &outputs) }
                return try receive(inUsage: identifier, key, message, envelope, form, from: flow, at: now, into: &outputs)
            }
            return try receive(inDialogOf: call, key, message, envelope, form, from: flow, at: now, into: &outputs)
        }
        try receiveInitial(key, message, envelope, form, from: flow, at: now, into: &outputs)
    }

    /// Answers without a transaction: a copy of the request is judged anew and meets the same answer (RFC 3261 §8.2.7).
    func refuse(
        _ form: ResponseForm, _ status: StatusCode, reason: String? = nil, headers: [(String, String)] = [],
        contact: String? = nil, into outputs: inout [UserAgentOutput]
    ) {
        let bytes = form.response(
            status, reason: reason, toTag: statelessTag(form), headers: headers, contact: contact, product: configuration.product)
        outputs.append(.send(bytes, form.destination))
    }

    /// The checks of RFC 3261 §8.2 in their order, for a request outside of any dialog.
    private mutating func receiveInitial(
        _ key: ServerTransactionKey, _ message: SIPMessage, _ envelope: Envelope, _ form: ResponseForm, from flow: Flow,
        at now: MonotonicTime, into outputs: inout [UserAgentOutput]
    ) throws(SIPParseError) {
        // §8.2: authentication comes first.
        var identity: String?
        switch gate?.judge(message, envelope, from: flow, at: now) {
        case nil: break
        case .pass(let proved): identity = proved
        case .refuse(let status, let headers): return refuse(form, status, headers: headers, into: &outputs)
        case .drop: return
        }
        // A Request-URI that cannot be read makes the whole request malformed, whatever its method (§21.4.1, RFC 5118 §4.2).
        let uri = try checked(message) { message throws(SIPParseError) in try message.requestURI() }
        // §8.2.1
        switch envelope.cseq.method {
        case .invite, .options: break
        case let method where configuration.handedOver.contains(method): break
        case .bye, .prack, .update: return refuse(form, .noSuchCall, into: &outputs)
        default: return refuse(form, .methodNotAllowed, headers: [("Allow", configuration.allow)], into: &outputs)
        }
        // §8.2.2.1
        guard let uri, uri.isSIP else {
            return refuse(form, .unsupportedURIScheme, into: &outputs)
        }
        // §19.1.1: no headers in a Request-URI; they would be somebody else's Route or body.
        guard uri.headers.isEmpty else {
            throw SIPParseError("Request-URI with headers", at: message.startText.range.lowerBound, partial: message)
        }
        let hops = try checked(message) { message throws(SIPParseError) in try message.number(of: .maxForwards, upTo: 255) }
        // Strictly only who forwards must look (§16.3); answering shows a loop to whoever caused it.
        if hops == 0 { return refuse(form, .tooManyHops, into: &outputs) }
        // §8.2.2.2
        let merge = MergeKey(
            fromTag: envelope.fromTag, callID: envelope.callID, sequence: envelope.cseq.number, uri: message.requestURIText)
        if merges[merge] != nil { return refuse(form, .loopDetected, into: &outputs) }
        // §8.2.2.3
        if let foreign = try foreignOptions(message) {
            return refuse(form, .badExtension, headers: [("Unsupported", foreign)], into: &outputs)
        }
        if envelope.cseq.method == .options {
            return refuse(
                form, .ok, headers: capabilities, contact: contact(for: flow, user: uri.escapedUser, isSecure: message.asksForSIPS),
                into: &outputs)
        }
        guard envelope.cseq.method == .invite else {
            let toTag = makeTag()
            guard let transaction = openServer(key, message, form, toTag: toTag, user: uri.escapedUser, merge: merge, at: now) else {
                return refuse(form, .serviceUnavailable, headers: [("Retry-After", "10")], into: &outputs)
            }
            return present(
                transaction, message, envelope, uri: uri, call: nil, usage: nil, localTag: toTag, identity: identity, from: flow,
                into: &outputs)
        }
        if let (status, headers) = try bodyObjection(message) { return refuse(form, status, headers: headers, into: &outputs) }
        try open(key, message, envelope, form, uri, merge, identity: identity, from: flow, at: now, into: &outputs)
    }

    /// What an OPTIONS answer tells (RFC 3261 §11.2).
    var capabilities: [(String, String)] {
        [("Allow", configuration.allow), ("Accept", UserAgentConfiguration.acceptedBody), ("Supported", configuration.supported)]
    }

    /// Runs a reader of header values so that its error can be answered.
    func checked<Value>(
        _ message: SIPMessage, _ read: (SIPMessage) throws(SIPParseError) -> Value
    ) throws(SIPParseError) -> Value? {
        do throws(SIPParseError) {
            return try read(message)
        } catch {
            var answerable = error
            answerable.partial = message
            throw answerable
        }
    }

    /// The required option tags that are unknown here, as an Unsupported value.
    func foreignOptions(_ message: SIPMessage) throws(SIPParseError) -> String? {
        guard message.has(.require) else { return nil }
        let required = try checked(message) { message throws(SIPParseError) in try message.elements(of: .require) } ?? []
        let foreign = required.filter { option in
            !configuration.supportedOptions.contains { $0.equalsIgnoringCase(option) }
        }
        return foreign.isEmpty ? nil : foreign.joined(separator: ", ")
    }

    /// Why the body of an INVITE, or what it accepts, cannot be served (RFC 3261 §8.2.3); nil when it can.
    func bodyObjection(_ message: SIPMessage) throws(SIPParseError) -> (StatusCode, [(String, String)])? {
        if let body = message.body {
            guard !body.contentType.isEmpty else {
                throw SIPParseError("Missing Content-Type header", at: Int(message.bodyRange.range.lowerBound), partial: message)
            }
            if let encoding = message.value(of: .contentEncoding), !encoding.equalsIgnoringCase("identity") {
                return (.unsupportedMediaType, [("Accept-Encoding", "identity")])
            }
            guard Self.mediaType(body.contentType).equalsIgnoringCase(UserAgentConfiguration.acceptedBody) else {
                return (.unsupportedMediaType, [("Accept", UserAgentConfiguration.acceptedBody)])
            }
        }
        guard message.has(.accept) else { return nil }
        let accepted = try checked(message) { message throws(SIPParseError) in try message.elements(of: .accept) } ?? []
        let served = accepted.contains { element in
            let type = Self.mediaType(element)
            return type.equalsIgnoringCase(UserAgentConfiguration.acceptedBody) || type.equalsIgnoringCase("application/*") || type == "*/*"
        }
        return served ? nil : (.notAcceptable, [])
    }

    /// The type without parameters, white space around the slash removed.
    private static func mediaType(_ value: String) -> String {
        // Nearly always nothing is to be removed.
        if value.utf8.allSatisfy({ $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) { return value }
        let type = value.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        return String(type.filter { $0 != " " && $0 != "\t" })
    }
}
