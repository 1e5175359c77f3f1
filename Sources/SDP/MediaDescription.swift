/// An `m=` line and the lines that belong to it (RFC 8866 §5.14).
package struct MediaDescription: Equatable, Sendable {
    /// `audio`, `video`, …
    package var kind: String
    /// 0 means that the stream is refused or ended (RFC 3264 §6, §8.2).
    package var port: UInt16
    /// Number of ports, of the form `49170/2`; nil when not given.
    package var portCount: Int?
    /// `RTP/AVP`, …
    package var transport: String
    /// Never empty in what was parsed.
    package var formats: [String]
    package var connection: ConnectionAddress?
    package var attributes: [SessionAttribute]
    /// That of the `m=` line.
    package var line = SourceLine()

    package init(
        kind: String, port: UInt16, transport: String, formats: [String], connection: ConnectionAddress? = nil,
        attributes: [SessionAttribute] = []
    ) {
        self.kind = kind
        self.port = port
        self.transport = transport
        self.formats = formats
        self.connection = connection
        self.attributes = attributes
    }

    /// The first attribute of that name.
    package subscript(_ name: String) -> SessionAttribute? {
        attributes.first { $0.name == name }
    }

    /// The direction that stands at this stream; nil when the session's (or sendrecv) holds.
    package var direction: MediaDirection? { attributes.direction }

    /// `a=mid`, the name of the stream for groups (RFC 5888 §4); nil when it is absent or no token.
    package var identification: String? {
        self["mid"]?.value.flatMap { value in
            let isToken = !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"(),/:;<=>?@[\\]".utf8.contains($0) }
            return isToken ? value : nil
        }
    }

    /// The formats whose codec is known by static assignment or by `a=rtpmap`, in the order of the `m=` line.
    package var payloadFormats: [PayloadFormat] {
        var mapped: [UInt8: (CodecName, Int)] = [:]
        var parameters: [UInt8: String] = [:]
        for attribute in attributes {
            guard let value = attribute.value else { continue }
            let parts = value.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let payloadType = UInt8(parts[0]), payloadType < 128 else { continue }
            if attribute.name == "rtpmap", mapped[payloadType] == nil, let codec = Self.codec(parts[1]) {
                mapped[payloadType] = codec
            } else if attribute.name == "fmtp", parameters[payloadType] == nil {
                parameters[payloadType] = String(parts[1])
            }
        }
        var seen: Set<UInt8> = []
        return formats.compactMap { format in
            // `008` and `+8` name no stream of ours: an answer has to repeat a format as it was written (RFC 3264 §6.1).
            guard let payloadType = UInt8(format), payloadType < 128, "\(payloadType)" == format, seen.insert(payloadType).inserted,
                let (codec, channels) = mapped[payloadType] ?? CodecName.assigned(to: payloadType).map({ ($0, 1) })
            else { return nil }
            return PayloadFormat(payloadType: payloadType, codec: codec, channels: channels, parameters: parameters[payloadType])
        }
    }

    /// `PCMU/8000` or `L16/44100/2`.
    private static func codec(_ text: Substring) -> (CodecName, Int)? {
        let parts = text.split(separator: "/", maxSplits: 2)
        guard parts.count >= 2, let rate = parts[1].leadingNumber, rate > 0 else { return nil }
        let channels = parts.count == 3 ? parts[2].leadingNumber ?? 1 : 1
        return (CodecName(String(parts[0]), clockRate: rate), channels)
    }

    /// `a=ptime` in milliseconds; nil when absent or absurd.
    package var packetTime: Int? { milliseconds("ptime") }
    /// `a=maxptime` in milliseconds.
    package var maximumPacketTime: Int? { milliseconds("maxptime") }

    private func milliseconds(_ name: String) -> Int? {
        self[name]?.value?[...].leadingNumber.flatMap { $0 > 0 ? $0 : nil }
    }
}

extension Substring {
    /// The number that the text starts with after blanks, up to nine digits; what follows it is ignored (`20.0` is 20).
    var leadingNumber: Int? {
        let digits = drop { $0 == " " }.utf8.prefix { (0x30...0x39).contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
