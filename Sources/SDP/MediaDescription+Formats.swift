extension MediaDescription {
    /// The formats whose codec is known by static assignment or by `a=rtpmap`, in the order of the `m=` line. Read anew each time: keep it
    /// where it is needed twice.
    package var payloadFormats: [PayloadFormat] {
        var found = numberedFormats
        // One bit for each payload type that an `a=rtpmap` was read for: the first one counts.
        var mapped: UInt128 = 0
        for attribute in attributes {
            let isMap = attribute.name == "rtpmap"
            guard isMap || attribute.name == "fmtp", let value = attribute.value else { continue }
            let bytes = value.utf8.span
            var fields = FieldCursor(0..<bytes.count)
            guard let number = fields.next(in: bytes), let payloadType = bytes.payloadType(number), !fields.rest.isEmpty,
                let index = found.firstIndex(where: { $0.payloadType == payloadType })
            else { continue }
            if isMap {
                let bit: UInt128 = 1 << UInt128(payloadType)
                guard mapped & bit == 0, let (codec, channels) = Self.codec(fields.rest, in: bytes) else { continue }
                mapped |= bit
                found[index].codec = codec
                found[index].channels = channels
            } else if found[index].parameters == nil {
                found[index].parameters = bytes.text(fields.rest)
            }
        }
        found.removeAll { $0.codec == .unassigned }
        return found
    }

    /// Each payload type of the `m=` line once, with the codec that it has without an `a=rtpmap`.
    private var numberedFormats: [PayloadFormat] {
        var found: [PayloadFormat] = []
        // There are 128 payload types, whatever number of formats the line has.
        found.reserveCapacity(min(formats.count, 128))
        var seen: UInt128 = 0
        for format in formats {
            guard let payloadType = Self.payloadType(of: format) else { continue }
            let bit: UInt128 = 1 << UInt128(payloadType)
            guard seen & bit == 0 else { continue }
            seen |= bit
            found.append(PayloadFormat(payloadType: payloadType, codec: .assigned(to: payloadType) ?? .unassigned))
        }
        return found
    }

    /// `008` and `+8` name no stream of ours: an answer has to repeat a format as it was written (RFC 3264 §6.1).
    private static func payloadType(of format: String) -> UInt8? {
        let bytes = format.utf8.span
        guard bytes.count > 0, (0x30...0x39).contains(bytes[0]), bytes.count == 1 || bytes[0] != UInt8(ascii: "0") else { return nil }
        return bytes.payloadType(0..<bytes.count)
    }

    /// `PCMU/8000` or `L16/44100/2`.
    private static func codec(_ field: Range<Int>, in bytes: Span<UInt8>) -> (CodecName, channels: Int)? {
        var parts = FieldCursor(field)
        guard let name = parts.next(in: bytes, before: UInt8(ascii: "/")), let clock = parts.next(in: bytes, before: UInt8(ascii: "/")),
            let rate = bytes.leadingNumber(clock), rate > 0
        else { return nil }
        return (CodecName(name, in: bytes, clockRate: rate), bytes.leadingNumber(parts.rest) ?? 1)
    }
}

extension CodecName {
    /// Stands for a codec that nobody named; no name that is read is empty.
    fileprivate static let unassigned = CodecName("", clockRate: 0)
}
