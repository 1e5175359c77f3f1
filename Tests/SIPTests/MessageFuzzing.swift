import SIP

/// What must hold for any bytes taken as a SIP message. Shared by the fuzzer and by the replay of what it found.
enum MessageFuzzing {
    static func check(_ bytes: [UInt8]) throws(Surprise) {
        let message: SIPMessage
        do {
            message = try SIPMessage.parse(bytes)
        } catch {
            try Surprise.unless(
                (0...bytes.count).contains(error.offset) || bytes.count > SIPMessage.maximumSize,
                "an error outside of the message: \(error)")
            // A refusal is written from what could be read.
            if let partial = error.partial { readAll(partial) }
            return
        }
        readAll(message)
        try checkRewriting(message)
        try checkEnvelope(message)
    }

    /// Each reader once: none may trap, whatever it throws.
    private static func readAll(_ message: SIPMessage) {
        for id in HeaderID.allCases {
            _ = (message.has(id), message.value(of: id), message.values(of: id), message.lists("100rel", in: id))
            _ = try? message.elements(of: id)
            _ = try? message.address(of: id)
            _ = try? message.addresses(of: id)
            _ = try? message.number(of: id, upTo: 100)
            _ = try? message.authenticationValues(of: id)
        }
        for field in message.fields {
            let name = message.text(field.name)
            _ = (message.value(named: name), message.text(field.value))
        }
        _ = (message.body, message.reasonPhrase, message.requestURIText, message.retryAfter, message.reliableNumber)
        _ = (message.declinesReferSubscription, message.assertedIdentity(peerIsTrusted: true))
        _ = try? message.requestURI()
        _ = try? message.envelope()
        _ = try? message.allowedEvents()
        _ = try? message.event()
        _ = try? message.subscriptionState()
        _ = try? message.replaces()
        _ = try? message.referTo()?.replaces()
        _ = try? message.referredBy()?.contentID
        _ = try? message.history().map(\.departure)
        _ = try? message.diversions().map(\.cause)
        _ = try? message.sessionExpires()
        _ = try? message.minimumSessionExpires()
        _ = try? message.provisionalAcknowledgement()
        for value in message.values(of: .reason) { _ = try? Reason.list(value) }
    }

    /// Written header by header and read again, a message says the same.
    private static func checkRewriting(_ message: SIPMessage) throws(Surprise) {
        // A length is added where there was none.
        guard message.fields.count < SIPMessage.maximumFields else { return }
        var writer =
            message.status.map { MessageWriter(status: $0, reason: message.reasonPhrase) }
            ?? MessageWriter(method: message.method ?? .options, uri: message.requestURIText)
        let kept = message.fields.filter { $0.id != .contentLength && $0.id != .contentType }
        for field in kept { writer.add(named: message.text(field.name), message.unfolded(field.value)) }
        if message.body == nil, let type = message.value(of: .contentType) { writer.add(.contentType, type) }
        let written = writer.finish(message.body)
        // Bytes that are no UTF-8 take three each.
        guard written.count <= SIPMessage.maximumSize else { return }

        let again = try Surprise.ifThrown("what was written cannot be read") { () throws(SIPParseError) in try SIPMessage.parse(written) }
        try Surprise.unless(again.startLine == message.startLine, "another start-line")
        try Surprise.unless(plain(again.reasonPhrase) == plain(message.reasonPhrase), "another reason phrase")
        try Surprise.unless(again.requestURIText == message.requestURIText, "another Request-URI")
        try Surprise.unless(again.body?.bytes == message.body?.bytes, "another body")
        try Surprise.unless(
            plain(again.value(of: .contentType) ?? "") == plain(message.value(of: .contentType) ?? ""), "another Content-Type")
        let keptAgain = again.fields.filter { $0.id != .contentLength && $0.id != .contentType }
        try Surprise.unless(keptAgain.count == kept.count, "another number of headers")
        for (one, other) in zip(kept, keptAgain) {
            try Surprise.unless(one.id == other.id && message.text(one.name) == again.text(other.name), "another header")
            try Surprise.unless(
                plain(message.unfolded(one.value)) == plain(again.unfolded(other.value)), "another value of \(message.text(one.name))")
        }
    }

    /// The mandatory headers, written from what was read of them, are read the same.
    private static func checkEnvelope(_ message: SIPMessage) throws(Surprise) {
        guard let envelope = try? message.envelope() else { return }
        var writer = MessageWriter(method: envelope.cseq.method, uri: "sip:a@b")
        writer.add(.via, envelope.via.text)
        writer.add(.from, envelope.from.text)
        writer.add(.to, envelope.to.text)
        writer.add(.callID, envelope.callID)
        writer.add(.cseq, envelope.cseq.text)
        let written = writer.finish()
        guard written.count <= SIPMessage.maximumSize else { return }
        let again = try Surprise.ifThrown("an envelope cannot be read again: \(String(decoding: written, as: UTF8.self))") {
            () throws(SIPParseError) in try SIPMessage.parse(written).envelope()
        }
        try Surprise.unless(again.callID == envelope.callID && again.cseq == envelope.cseq, "another Call-ID or CSeq")
        try Surprise.unless(unfolded(again.via.parameters) == unfolded(envelope.via.parameters), "other parameters of Via")
        try Surprise.unless(again.via.sentBy == envelope.via.sentBy && again.via.transport == envelope.via.transport, "another Via")
        for (one, other) in [(envelope.from, again.from), (envelope.to, again.to)] {
            try Surprise.unless(one.uri == other.uri, "another address")
            try Surprise.unless(unfolded(one.parameters) == unfolded(other.parameters), "other parameters of an address")
            try Surprise.unless(plain(one.display ?? "") == plain(other.display ?? ""), "another name")
        }
    }

    /// Names and values; those that stood over two lines stand in one.
    private static func unfolded(_ parameters: Parameters) -> [String] {
        parameters.items.map { plain($0.name + ($0.value.map { "=" + $0 } ?? "")) }
    }

    /// What the writer makes of a text: NUL and line ends are spaces, and those at the ends are nothing.
    private static func plain(_ text: String) -> String {
        let bytes = text.utf8.map { $0 == 0x0D || $0 == 0x0A || $0 == 0 || $0 == 0x09 ? 0x20 : $0 }
        let words = bytes.drop { $0 == 0x20 }
        return String(
            decoding: words.prefix((words.lastIndex { $0 != 0x20 } ?? words.startIndex - 1) - words.startIndex + 1), as: UTF8.self)
    }
}
