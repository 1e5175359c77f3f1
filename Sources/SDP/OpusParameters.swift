/// What `a=fmtp` says of Opus (RFC 7587 §6.1). All of it tells the other side what the writer can hear and is about to send; nothing of it
/// has to be agreed on, and an answer may say something else than its offer (§7.1).
package struct OpusParameters: Equatable, Sendable {
    /// Hertz that are played at most, 8,000...48,000: what is sent above half of it nobody hears (`maxplaybackrate`).
    package var maximumPlaybackRate = 48_000
    /// Hertz that are captured at most, 8,000...48,000 (`sprop-maxcapturerate`).
    package var maximumCaptureRate = 48_000
    /// Bits a second that may come on the average, 6,000...510,000; nil: as many as the sender likes (`maxaveragebitrate`).
    package var maximumAverageBitrate: Int?
    /// Whether two channels are welcome (`stereo`). One channel is always taken.
    package var wantsStereo = false
    /// Whether two channels are likely to be sent (`sprop-stereo`).
    package var sendsStereo = false
    /// Whether packets of equal size are asked for (`cbr`).
    package var wantsConstantBitrate = false
    /// Whether copies of earlier sound in the packets are of use (`useinbandfec`).
    package var usesInbandFEC = false
    /// Whether sending may rest in silence (`usedtx`).
    package var usesDTX = false
    /// Milliseconds that a packet shall hold at least (`minptime`, from drafts of the RFC; browsers still write it).
    package var minimumPacketTime: Int?

    package init() {}

    /// Speech at the 16 kHz that the server's sound has at most, with copies against loss.
    package static let speech: OpusParameters = {
        var parameters = OpusParameters()
        parameters.maximumPlaybackRate = 16_000
        parameters.maximumCaptureRate = 16_000
        parameters.usesInbandFEC = true
        return parameters
    }()

    /// Reads the text after the payload type: `useinbandfec=1; stereo=0`. What is unknown is passed over (RFC 8866 §6.15), what cannot be
    /// read or is out of range leaves the default, and of a name that comes twice the first counts.
    package init(parsing text: String) {
        let bytes = text.utf8.span
        var parameters = FieldCursor(0..<bytes.count)
        var seen: Set<String> = []
        while let parameter = parameters.next(in: bytes, before: UInt8(ascii: ";")) {
            var parts = FieldCursor(parameter)
            guard let name = parts.next(in: bytes, before: UInt8(ascii: "=")), let value = bytes.decimal(in: parts.rest) else { continue }
            let key = bytes.trimmedText(name).lowercased()
            // There are nine names: the set stays small whatever the peer writes.
            guard Self.names.contains(key), seen.insert(key).inserted else { continue }
            take(key, value)
        }
    }

    private static let names: Set<String> = [
        "maxplaybackrate", "sprop-maxcapturerate", "maxaveragebitrate", "stereo", "sprop-stereo", "cbr", "useinbandfec", "usedtx",
        "minptime",
    ]

    private mutating func take(_ name: String, _ value: Int) {
        switch name {
        case "maxplaybackrate": if value >= 8_000 { maximumPlaybackRate = min(value, 48_000) }
        case "sprop-maxcapturerate": if value >= 8_000 { maximumCaptureRate = min(value, 48_000) }
        case "maxaveragebitrate": if value > 0 { maximumAverageBitrate = min(max(value, 6_000), 510_000) }
        case "stereo": wantsStereo = value == 1
        case "sprop-stereo": sendsStereo = value == 1
        case "cbr": wantsConstantBitrate = value == 1
        case "useinbandfec": usesInbandFEC = value == 1
        case "usedtx": usesDTX = value == 1
        case "minptime": if (3...120).contains(value) { minimumPacketTime = value }
        default: break
        }
    }

    /// What has to be written, in the RFC's order; nil when all is as it would be without a word.
    package var text: String? {
        var parts: [String] = []
        if maximumPlaybackRate != 48_000 { parts.append("maxplaybackrate=" + String(maximumPlaybackRate)) }
        if maximumCaptureRate != 48_000 { parts.append("sprop-maxcapturerate=" + String(maximumCaptureRate)) }
        if let minimumPacketTime { parts.append("minptime=" + String(minimumPacketTime)) }
        if let maximumAverageBitrate { parts.append("maxaveragebitrate=" + String(maximumAverageBitrate)) }
        if wantsStereo { parts.append("stereo=1") }
        if wantsConstantBitrate { parts.append("cbr=1") }
        if usesInbandFEC { parts.append("useinbandfec=1") }
        if usesDTX { parts.append("usedtx=1") }
        if sendsStereo { parts.append("sprop-stereo=1") }
        return parts.isEmpty ? nil : parts.joined(separator: ";")
    }
}

extension Span where Element == UInt8 {
    /// A decimal number with blanks around it, of at most seven digits; nil for anything else.
    fileprivate func decimal(in field: Range<Int>) -> Int? {
        var cursor = FieldCursor(field)
        guard let digits = cursor.next(in: self), digits.count <= 7, cursor.next(in: self) == nil else { return nil }
        var value = 0
        for index in digits {
            guard (0x30...0x39).contains(self[index]) else { return nil }
            value = 10 * value + Int(self[index] - 0x30)
        }
        return value
    }

    /// The first word of a field.
    fileprivate func trimmedText(_ field: Range<Int>) -> String {
        var cursor = FieldCursor(field)
        return cursor.next(in: self).map { text($0) } ?? ""
    }
}
