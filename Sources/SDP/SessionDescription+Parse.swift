extension SessionDescription {
    package static let maximumLength = 65_536
    package static let maximumLines = 2_000
    package static let maximumMedia = 64

    /// Reads a description whose lines end in CRLF or LF. Strict where a mistake would change the meaning, lenient where it cannot:
    /// `s=` and `t=` may be missing, unknown lines are passed over (RFC 8866 §5 wants them refused or ignored).
    package init(parsing bytes: [UInt8]) throws(SDPParseError) {
        guard bytes.count <= Self.maximumLength else { throw SDPParseError(.tooLong, line: 0) }
        var reader = DescriptionReader()
        try reader.read(bytes.span)
        self = try reader.finish()
    }
}

/// Collects the lines of one description. It works on the bytes where they are: offers come with every call, and to make text of each line
/// and each field costs more than all the rest.
private struct DescriptionReader {
    private var sawVersion = false
    private var origin: SessionDescription.Origin?
    private var sessionName: String?
    private var connection: ConnectionAddress?
    private var timing: [String] = []
    private var attributes: [SessionAttribute] = []
    private var media: [MediaDescription] = []

    mutating func read(_ bytes: Span<UInt8>) throws(SDPParseError) {
        var start = 0
        var number = 0
        while start < bytes.count {
            var end = start
            var control = Int.max
            while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
                // The first comparison settles nearly every byte.
                if bytes[end] <= UInt8(ascii: "\r"), bytes[end] == 0 || bytes[end] == UInt8(ascii: "\r") { control = min(control, end) }
                end += 1
            }
            number += 1
            guard number <= SessionDescription.maximumLines else { throw SDPParseError(.tooManyLines, line: number) }
            let line = start..<(end > start && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end)
            start = end + 1
            // Blank lines end many bodies.
            if line.isEmpty { continue }
            // A bare CR or a NUL would come out again in the answer and mean a line end to somebody else (RFC 8866 §9, byte-string).
            guard control >= line.upperBound else { throw SDPParseError(.controlCharacter, line: number) }
            try read(line, in: bytes, number: number)
        }
    }

    private mutating func read(_ line: Range<Int>, in bytes: Span<UInt8>, number: Int) throws(SDPParseError) {
        guard line.count >= 2, bytes[line.lowerBound + 1] == UInt8(ascii: "=") else { throw SDPParseError(.malformedLine, line: number) }
        let value = (line.lowerBound + 2)..<line.upperBound
        let type = bytes[line.lowerBound]
        guard sawVersion || type == UInt8(ascii: "v") else { throw SDPParseError(.missingVersion, line: number) }
        switch type {
        case UInt8(ascii: "v"):
            guard !sawVersion, Self.isVersion(value, in: bytes) else { throw SDPParseError(.unsupportedVersion, line: number) }
            sawVersion = true
        case UInt8(ascii: "o"):
            try readOrigin(value, in: bytes, number: number)
        case UInt8(ascii: "s"):
            if sessionName == nil { sessionName = bytes.text(value) }
        case UInt8(ascii: "c"):
            try readConnection(value, in: bytes, number: number)
        case UInt8(ascii: "t"):
            if media.isEmpty, timing.count < 16 { timing.append(bytes.text(value)) }
        case UInt8(ascii: "a"):
            readAttribute(value, in: bytes)
        case UInt8(ascii: "m"):
            guard media.count < SessionDescription.maximumMedia else { throw SDPParseError(.tooManyMedia, line: number) }
            media.append(try Self.stream(value, in: bytes, number: number))
        default:
            break
        }
    }

    func finish() throws(SDPParseError) -> SessionDescription {
        guard sawVersion else { throw SDPParseError(.missingVersion, line: 0) }
        guard let origin else { throw SDPParseError(.missingOrigin, line: 0) }
        return SessionDescription(
            origin: origin, sessionName: sessionName ?? "-", connection: connection, timing: timing.isEmpty ? ["0 0"] : timing,
            attributes: attributes, media: media)
    }

    private static func isVersion(_ value: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        var fields = FieldCursor(value)
        guard let version = fields.next(in: bytes), bytes.holds("0", at: version) else { return false }
        return fields.next(in: bytes) == nil
    }

    private mutating func readOrigin(_ value: Range<Int>, in bytes: Span<UInt8>, number: Int) throws(SDPParseError) {
        guard origin == nil else { return }
        // The username may not hold blanks, yet some put them there: the last five fields are counted from the end.
        var fields = FieldCursor(value)
        guard let text = fields.last(in: bytes), let type = fields.last(in: bytes), let network = fields.last(in: bytes),
            let version = fields.last(in: bytes), let session = fields.last(in: bytes), let first = fields.next(in: bytes)
        else { throw SDPParseError(.malformedOrigin, line: number) }
        let address = try Self.address(network, type, text, in: bytes, number: number)
        var name = bytes.text(first)
        while let part = fields.next(in: bytes) { name += "_" + bytes.text(part) }
        origin = SessionDescription.Origin(
            username: name, sessionID: bytes.text(session), sessionVersion: bytes.text(version), address: address)
    }

    private mutating func readConnection(_ value: Range<Int>, in bytes: Span<UInt8>, number: Int) throws(SDPParseError) {
        var fields = FieldCursor(value)
        guard let network = fields.next(in: bytes), let type = fields.next(in: bytes), let text = fields.next(in: bytes),
            fields.next(in: bytes) == nil
        else { throw SDPParseError(.malformedConnection, line: number) }
        let address = try Self.address(network, type, text, in: bytes, number: number)
        if media.isEmpty {
            if connection == nil { connection = address }
        } else if media[media.count - 1].connection == nil {
            media[media.count - 1].connection = address
        }
    }

    private static func address(
        _ network: Range<Int>, _ type: Range<Int>, _ text: Range<Int>, in bytes: Span<UInt8>, number: Int
    ) throws(SDPParseError) -> ConnectionAddress {
        if let address = ConnectionAddress(network: network, type: type, address: text, in: bytes) { return address }
        let isInternet = ConnectionAddress.isInternet(network, in: bytes)
        throw SDPParseError(isInternet ? .unknownAddressType : .unknownNetwork, line: number)
    }

    private mutating func readAttribute(_ value: Range<Int>, in bytes: Span<UInt8>) {
        var colon = value.lowerBound
        while colon < value.upperBound, bytes[colon] != UInt8(ascii: ":") { colon += 1 }
        let attribute = SessionAttribute(
            bytes.text(value.lowerBound..<colon), colon < value.upperBound ? bytes.text((colon + 1)..<value.upperBound) : nil)
        if media.isEmpty {
            attributes.append(attribute)
        } else {
            media[media.count - 1].attributes.append(attribute)
        }
    }

    private static func stream(_ value: Range<Int>, in bytes: Span<UInt8>, number: Int) throws(SDPParseError) -> MediaDescription {
        var fields = FieldCursor(value)
        guard let kind = fields.next(in: bytes), let ports = fields.next(in: bytes), let transport = fields.next(in: bytes) else {
            throw SDPParseError(.malformedMedia, line: number)
        }
        var formats: [String] = []
        formats.reserveCapacity(4)
        while let format = fields.next(in: bytes) { formats.append(bytes.text(format)) }
        guard !formats.isEmpty else { throw SDPParseError(.missingFormat, line: number) }
        var slash = ports.lowerBound
        while slash < ports.upperBound, bytes[slash] != UInt8(ascii: "/") { slash += 1 }
        guard bytes[ports.lowerBound] != UInt8(ascii: "+"), let port = bytes.number(ports.lowerBound..<slash, upTo: .max) else {
            throw SDPParseError(.malformedPort, line: number)
        }
        var stream = MediaDescription(kind: bytes.text(kind), port: port, transport: bytes.text(transport), formats: formats)
        if slash < ports.upperBound {
            guard let count = bytes.leadingNumber((slash + 1)..<ports.upperBound), count > 0 else {
                throw SDPParseError(.malformedPortCount, line: number)
            }
            stream.portCount = count
        }
        stream.line = SourceLine(number)
        stream.attributes.reserveCapacity(8)
        return stream
    }
}
