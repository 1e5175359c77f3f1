extension SIPMessage {
    /// Splits a datagram, or a message that `SIPStreamFramer` cut out, into start-line, headers and body.
    ///
    /// Values are not looked into, but for the start-line and Content-Length. The error of a message whose headers could
    /// be found carries them, so that a request can be answered 400.
    package static func parse(_ bytes: [UInt8]) throws(SIPParseError) -> SIPMessage {
        try bytes.withUnsafeBufferPointer { (borrowed) throws(SIPParseError) -> SIPMessage in
            var scan = MessageScan(borrowed)
            scan.run()
            let message = SIPMessage(
                bytes: bytes, startLine: scan.startLine ?? .request(.other("")), startText: Slice(scan.startText), fields: scan.fields,
                bodyRange: Slice(scan.body))
            guard var problem = scan.problem else { return message }
            // Only what claims to be a request is worth an answer; a broken response is dropped.
            if case .request? = scan.startLine { problem.partial = message }
            throw problem
        }
    }
}

/// One pass over the bytes. The first problem is kept and the scan goes on, to find what an answer needs.
private struct MessageScan {
    /// Borrowed from their array while the scan runs.
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var startLine: SIPMessage.StartLine?
    var startText = 0..<0
    var fields: [SIPMessage.Field] = []
    var body = 0..<0
    var problem: SIPParseError?

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func fail(_ reason: String, at offset: Int, status: StatusCode = .badRequest) {
        if problem == nil { problem = SIPParseError(reason, at: offset, status: status) }
    }

    mutating func run() {
        guard bytes.count <= SIPMessage.maximumSize else { return fail("Message too large", at: SIPMessage.maximumSize) }
        // RFC 3261 §7.5: CRLF before the start-line is ignored.
        while position + 1 < bytes.count, bytes[position] == .cr, bytes[position + 1] == .lf { position += 2 }
        guard let line = lineRange(from: position), !line.isEmpty else { return fail("Start-line expected", at: position) }
        if isResponse(line) { scanStatusLine(line) } else { scanRequestLine(line) }
        guard startLine != nil else { return }
        position = line.upperBound + 2
        scanFields()
        scanBody()
        checkFields()
    }

    /// The line without its CRLF; nil when there is no CRLF.
    private func lineRange(from start: Int) -> Range<Int>? {
        bytes.lineEnd(from: start).map { start..<$0 }
    }

    private func isResponse(_ line: Range<Int>) -> Bool {
        line.count >= 4 && spells(line.lowerBound, "sip/")
    }

    private func isVersion(_ range: Range<Int>) -> Bool {
        range.count == 7 && spells(range.lowerBound, "sip/2.0")
    }

    /// Whether `text`, in small letters, stands at `start`; the caller has checked that there is room.
    private func spells(_ start: Int, _ text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            for index in 0..<text.count where bytes[start + index].lowercased != text[index] { return false }
            return true
        }
    }

    /// Status-Line = SIP-Version SP 3DIGIT SP Reason-Phrase
    private mutating func scanStatusLine(_ line: Range<Int>) {
        let start = line.lowerBound
        guard line.count >= 11, bytes[start + 7] == 0x20, isVersion(start..<start + 7) else {
            return fail("Version not supported", at: start, status: .versionNotSupported)
        }
        var reader = ByteReader(bytes, in: start + 8..<line.upperBound)
        guard let code = try? reader.number("status", upTo: 699), reader.position == start + 11,
            let status = StatusCode(Int(truncatingIfNeeded: code))
        else { return fail("Status code is broken", at: start + 8) }
        // Some peers leave out the space when the phrase is empty.
        guard reader.isAtEnd || reader.take(" ") else { return fail("Status line is broken", at: start + 11) }
        startLine = .response(status)
        startText = reader.position..<line.upperBound
    }

    /// Request-Line = Method SP Request-URI SP SIP-Version, with exactly these two spaces.
    private mutating func scanRequestLine(_ line: Range<Int>) {
        var reader = ByteReader(bytes, in: line)
        let method = reader.run(of: .token)
        guard !method.isEmpty, reader.take(" ") else { return fail("Request line is broken", at: line.lowerBound) }
        startLine = .request(SIPMethod(reader.text(method)))
        let uri = reader.run { $0 > 0x20 && $0 != 0x7F }
        startText = uri
        guard !uri.isEmpty else { return fail("Request-URI expected", at: uri.lowerBound) }
        guard reader.take(" ") else { return fail("Request line is broken", at: reader.position) }
        let version = reader.position..<line.upperBound
        guard isVersion(version) else {
            let text = reader.text(version)
            let other = text.lowercasedASCII.hasPrefix("sip/") && !text.utf8.contains(0x20)
            return fail(
                other ? "Version Not Supported" : "Request line is broken", at: version.lowerBound,
                status: other ? .versionNotSupported : .badRequest)
        }
    }

    private mutating func scanFields() {
        fields.reserveCapacity(24)
        while true {
            guard let value = fieldRange() else { return fail("Header section without end", at: bytes.count) }
            if value.isEmpty {
                position = value.upperBound + 2
                return
            }
            scanField(value)
            position = value.upperBound + 2
        }
    }

    /// A header line with the lines folded onto it: they begin with white space (RFC 3261 §7.3.1).
    private func fieldRange() -> Range<Int>? {
        guard var line = lineRange(from: position) else { return nil }
        guard !line.isEmpty else { return line }
        while line.upperBound + 2 < bytes.count, bytes[line.upperBound + 2] == 0x20 || bytes[line.upperBound + 2] == 0x09 {
            guard let next = lineRange(from: line.upperBound + 2) else { return nil }
            line = line.lowerBound..<next.upperBound
        }
        return line
    }

    private mutating func scanField(_ line: Range<Int>) {
        guard fields.count < SIPMessage.maximumFields else { return fail("Too many headers", at: line.lowerBound) }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: line) else { return failName(line) }
        var nameEnd = colon
        while nameEnd > line.lowerBound, bytes[nameEnd - 1] == 0x20 || bytes[nameEnd - 1] == 0x09 { nameEnd -= 1 }
        let name = line.lowerBound..<nameEnd
        let id = HeaderID(bytes, in: name)
        // A name that is known is a token.
        guard id != .other || isToken(name) else { return failName(line) }
        fields.append(.init(id: id, name: .init(name), value: .init(bytes.trimmed(colon + 1..<line.upperBound))))
    }

    private mutating func failName(_ line: Range<Int>) { fail("Header line without a name and colon", at: line.lowerBound) }

    private func isToken(_ range: Range<Int>) -> Bool {
        for index in range where !bytes[index].isToken { return false }
        return !range.isEmpty
    }

    private mutating func scanBody() {
        let available = max(0, bytes.count - position)
        body = min(position, bytes.count)..<bytes.count
        guard let field = fields.first(where: { $0.id == .contentLength }) else { return }
        var reader = ByteReader(bytes, in: field.value.range)
        do throws(SIPParseError) {
            let length = try reader.number("Content-Length", upTo: UInt64(Int32.max))
            try reader.expectEnd("Content-Length")
            // RFC 3261 §18.3: bytes beyond the length are dropped; too few are an error.
            guard length <= UInt64(available) else {
                return fail("Content-Length is larger than the message", at: field.value.range.lowerBound)
            }
            body = position..<position + Int(length)
        } catch {
            fail(error.reason, at: error.offset)
        }
    }

    private mutating func checkFields() {
        var seen: UInt64 = 0
        for field in fields where field.id != .other {
            let bit: UInt64 = 1 << UInt64(field.id.rawValue)
            if seen & bit != 0, field.id.isSingle { fail("More than one \(field.id.name) header", at: Int(field.name.offset)) }
            seen |= bit
        }
        for id in Self.mandatory where seen & (1 << UInt64(id.rawValue)) == 0 { fail("Missing \(id.name) header", at: 0) }
    }

    private static let mandatory: [HeaderID] = [.via, .from, .to, .callID, .cseq]
}
