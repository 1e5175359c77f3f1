/// The audio stream of a peer's description that a call can use, read and checked.
struct AudioStream {
    var index: Int
    var description: MediaDescription
    var formats: [PayloadFormat]
    var address: ConnectionAddress
    var direction: MediaDirection
    var telephoneEvent: PayloadFormat?

    /// The first audio stream that is enabled, comes over plain RTP/AVP, shares a codec with us and has an address that we can reach.
    static func first(
        in session: SessionDescription, codecs: [CodecName], family: ConnectionAddress.Family
    ) throws(OfferRejection) -> AudioStream {
        // The rejection tells of the stream that came nearest; the later a check, the nearer.
        var nearest = OfferRejection.noAudio
        for (index, stream) in session.media.enumerated() where stream.kind.lowercased() == "audio" && stream.port != 0 {
            // Neither SRTP (RTP/SAVP) nor feedback profiles (RTP/AVPF, RFC 4585): answering a profile means to follow its rules.
            guard stream.transport.uppercased() == "RTP/AVP" else {
                if case .noAudio = nearest { nearest = .unsupportedTransport([stream.transport]) }
                continue
            }
            let formats = stream.payloadFormats.filter { codecs.contains($0.codec) && $0.channels == 1 }
            guard !formats.isEmpty else {
                if nearest.rank < 2 { nearest = .noCommonCodec(names(of: stream)) }
                continue
            }
            guard let address = session.connection(of: stream) else {
                nearest = .malformed("No c= line for the audio stream")
                continue
            }
            guard address.isUnicastLiteral, address.family == family || address.isUnspecified else {
                if !nearest.isMalformed { nearest = .unsupportedAddress(address.text) }
                continue
            }
            return AudioStream(
                index: index, description: stream, formats: formats, address: address, direction: session.direction(of: stream),
                telephoneEvent: stream.payloadFormats.first { $0.codec == .telephoneEvent })
        }
        throw nearest
    }

    private static func names(of stream: MediaDescription) -> [String] {
        let named = stream.payloadFormats.filter { $0.codec.encodingName != CodecName.telephoneEvent.encodingName }
        return named.isEmpty ? stream.formats : named.map { "\($0.codec)" }
    }

    /// Whether the peer wants to hear us: an address of zeros is the hold of RFC 2543 and forbids sending (RFC 3264 §8.4).
    var peerReceives: Bool { direction.receives && !address.isUnspecified }

    /// Where RTCP goes (RFC 3605; RFC 5761 when muxed).
    func rtcp(mux: Bool) -> (address: String, port: UInt16?) {
        let port = description.port
        if mux { return (address.text, port) }
        let next: UInt16? = port < .max ? port + 1 : nil
        guard let value = description["rtcp"]?.value else { return (address.text, next) }
        let fields = value.split(separator: " ")
        guard let first = fields.first, let given = UInt16(first), given != 0 else { return (address.text, next) }
        // Its own address only when it is one that media may go to as well.
        if fields.count == 4, let other = ConnectionAddress(fields: fields.dropFirst()), other.family == address.family,
            other.isUnicastLiteral, !other.isUnspecified
        {
            return (other.text, given)
        }
        return (address.text, given)
    }
}

extension OfferRejection {
    fileprivate var rank: Int {
        switch self {
        case .noAudio: 0
        case .unsupportedTransport: 1
        case .noCommonCodec: 2
        case .unsupportedAddress: 3
        case .malformed: 4
        }
    }
}
