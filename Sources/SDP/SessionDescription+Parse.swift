extension SessionDescription {
    package static let maximumLength = 65_536
    package static let maximumLines = 2_000
    package static let maximumMedia = 64

    /// Reads a description whose lines end in CRLF or LF. Strict where a mistake would change the meaning, lenient where it cannot:
    /// `s=` and `t=` may be missing, unknown lines are passed over (RFC 8866 §5 wants them refused or ignored).
    package init(parsing bytes: [UInt8]) throws(SDPParseError) {
        guard bytes.count <= Self.maximumLength else { throw SDPParseError(.tooLong, line: 0) }
        var reader = DescriptionReader()
        var number = 0
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            var line = rest[rest.startIndex..<end]
            rest = end < rest.endIndex ? rest[(end + 1)...] : []
            number += 1
            guard number <= Self.maximumLines else { throw SDPParseError(.tooManyLines, line: number) }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            // Blank lines end many bodies.
            if line.isEmpty { continue }
            try reader.read(line, number: number)
        }
        self = try reader.finish()
    }
}

/// Collects the lines of one description.
private struct DescriptionReader {
    private var sawVersion = false
    private var origin: SessionDescription.Origin?
    private var sessionName: String?
    private var connection: ConnectionAddress?
    private var timing: [String] = []
    private var attributes: [SessionAttribute] = []
    private var media: [MediaDescription] = []

    mutating func read(_ line: ArraySlice<UInt8>, number: Int) throws(SDPParseError) {
        // A bare CR or a NUL would come out again in the answer and mean a line end to somebody else (RFC 8866 §9, byte-string).
        guard !line.contains(0), !line.contains(0x0D) else { throw SDPParseError(.controlCharacter, line: number) }
        guard line.count >= 2, line[line.startIndex + 1] == UInt8(ascii: "=") else { throw SDPParseError(.malformedLine, line: number) }
        let value = String(decoding: line.dropFirst(2), as: UTF8.self)
        let type = line[line.startIndex]
        guard sawVersion || type == UInt8(ascii: "v") else { throw SDPParseError(.missingVersion, line: number) }
        switch type {
        case UInt8(ascii: "v"):
            guard !sawVersion, value.split(separator: " ") == ["0"] else { throw SDPParseError(.unsupportedVersion, line: number) }
            sawVersion = true
        case UInt8(ascii: "o"):
            try readOrigin(value, number: number)
        case UInt8(ascii: "s"):
            if sessionName == nil { sessionName = value }
        case UInt8(ascii: "c"):
            try readConnection(value, number: number)
        case UInt8(ascii: "t"):
            if media.isEmpty, timing.count < 16 { timing.append(value) }
        case UInt8(ascii: "a"):
            readAttribute(value)
        case UInt8(ascii: "m"):
            guard media.count < SessionDescription.maximumMedia else { throw SDPParseError(.tooManyMedia, line: number) }
            media.append(try Self.stream(value, number: number))
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

    private mutating func readOrigin(_ value: String, number: Int) throws(SDPParseError) {
        guard origin == nil else { return }
        let fields = value.split(separator: " ")
        // The username may not hold blanks, yet some put them there: the last five fields are counted from the end.
        guard fields.count >= 6 else { throw SDPParseError(.malformedOrigin, line: number) }
        let address = try Self.address(fields.suffix(3), else: .malformedOrigin, number: number)
        let name = fields.dropLast(5).joined(separator: "_")
        origin = SessionDescription.Origin(
            username: name, sessionID: String(fields[fields.count - 5]), sessionVersion: String(fields[fields.count - 4]), address: address)
    }

    private mutating func readConnection(_ value: String, number: Int) throws(SDPParseError) {
        let address = try Self.address(value.split(separator: " ")[...], else: .malformedConnection, number: number)
        if media.isEmpty {
            if connection == nil { connection = address }
        } else if media[media.count - 1].connection == nil {
            media[media.count - 1].connection = address
        }
    }

    private static func address(
        _ fields: ArraySlice<Substring>, else reason: SDPParseError.Reason, number: Int
    ) throws(SDPParseError) -> ConnectionAddress {
        if let address = ConnectionAddress(fields: fields) { return address }
        let fields = Array(fields)
        guard fields.count == 3 else { throw SDPParseError(reason, line: number) }
        throw SDPParseError(fields[0].uppercased() == "IN" ? .unknownAddressType : .unknownNetwork, line: number)
    }

    private mutating func readAttribute(_ value: String) {
        let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first else { return }
        let attribute = SessionAttribute(String(first), parts.count == 2 ? String(parts[1]) : nil)
        if media.isEmpty {
            attributes.append(attribute)
        } else {
            media[media.count - 1].attributes.append(attribute)
        }
    }

    private static func stream(_ value: String, number: Int) throws(SDPParseError) -> MediaDescription {
        let fields = value.split(separator: " ")
        guard fields.count >= 3 else { throw SDPParseError(.malformedMedia, line: number) }
        guard fields.count >= 4 else { throw SDPParseError(.missingFormat, line: number) }
        let ports = fields[1].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let port = UInt16(ports[0]), ports[0].utf8.first != UInt8(ascii: "+") else {
            throw SDPParseError(.malformedPort, line: number)
        }
        var stream = MediaDescription(
            kind: String(fields[0]), port: port, transport: String(fields[2]), formats: fields[3...].map(String.init))
        if ports.count == 2 {
            guard let count = ports[1].leadingNumber, count > 0 else { throw SDPParseError(.malformedPortCount, line: number) }
            stream.portCount = count
        }
        stream.line = SourceLine(number)
        return stream
    }
}
