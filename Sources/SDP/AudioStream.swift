/// The audio stream of a peer's description that a call can use, read and checked.
struct AudioStream {
    var index: Int
    var description: MediaDescription
    /// All that are known, those of the events among them.
    private let described: [PayloadFormat]
    /// Those of ours, in the order of the `m=` line; never empty.
    var formats: [PayloadFormat]
    /// Of zeros, and of our family, when the peer is on hold by address.
    var address: ConnectionAddress
    /// Whether the peer is on hold by address.
    let isUnspecified: Bool
    var direction: MediaDirection
    /// The peer's keys that we can use; empty where the stream stays in the clear.
    let crypto: [CryptoAttribute]
    /// Whether the peer wants to be told how it sounds: `a=rtcp-xr` with `voip-metrics`, at the stream or for all of them (RFC 3611 §5.1).
    let asksForVoIPMetrics: Bool

    /// The stream at `index`; throws why a call cannot use it.
    init(
        at index: Int, in session: SessionDescription, codecs: [CodecName], family: ConnectionAddress.Family, rtcpMux: Bool,
        encryption: MediaEncryption
    ) throws(OfferRejection) {
        guard session.media.indices.contains(index) else { throw .noAudio }
        let stream = session.media[index]
        // Port 0: refused, ended, or (`a=bundle-only`) to be had in a bundle alone, which we make none of (RFC 9143 §6).
        guard stream.isAudio, stream.port != 0 else { throw .noAudio }
        // Answering a profile means to follow its rules.
        guard let profile = RTPProfile(stream.transport), encryption != .off || !profile.isSecure else {
            throw .unsupportedTransport([stream.transport])
        }
        let crypto = encryption == .off ? [] : CryptoAttribute.usable(of: stream)
        if crypto.isEmpty, profile.isSecure || encryption == .required {
            let names = CryptoAttribute.suiteNames(of: stream)
            throw profile.isSecure || !names.isEmpty ? .noCommonCrypto(names) : .encryptionRequired
        }
        self.crypto = crypto
        // RFC 8858 §4.3: whoever does not multiplex must refuse the stream.
        guard rtcpMux || stream["rtcp-mux-only"] == nil else { throw .multiplexingRequired }
        let described = stream.payloadFormats
        let formats = described.filter { codecs.contains($0.codec) && $0.codec.takes(channels: $0.channels) }
        guard !formats.isEmpty else { throw .noCommonCodec(Self.names(of: stream, described)) }
        guard let address = session.connection(of: stream) else {
            throw .malformed("\(stream.line.prefix)No c= line for the audio stream")
        }
        let isUnspecified = address.isUnspecified
        guard isUnspecified || (address.isUnicastLiteral && address.family == family) else {
            throw .unsupportedAddress(address.text)
        }
        self.index = index
        description = stream
        self.described = described
        self.formats = formats
        self.isUnspecified = isUnspecified
        self.address = isUnspecified ? .unspecified(family) : address
        direction = session.direction(of: stream)
        let reports = stream["rtcp-xr"] ?? session.attributes.first { $0.name == "rtcp-xr" }
        asksForVoIPMetrics =
            reports?.value?.utf8.split(separator: UInt8(ascii: " ")).contains { $0.elementsEqual("voip-metrics".utf8) } ?? false
    }

    /// The audio stream to use: the one at `place`, which is in use already, as long as it can be; else the first that can.
    static func first(
        in session: SessionDescription, codecs: [CodecName], family: ConnectionAddress.Family, rtcpMux: Bool,
        encryption: MediaEncryption, place: Int? = nil
    ) throws(OfferRejection) -> AudioStream {
        var nearest = OfferRejection.noAudio
        func stream(at index: Int) -> AudioStream? {
            do {
                return try AudioStream(at: index, in: session, codecs: codecs, family: family, rtcpMux: rtcpMux, encryption: encryption)
            } catch {
                if error.rank > nearest.rank { nearest = error }
                return nil
            }
        }
        if let place, let stream = stream(at: place) { return stream }
        var plain: AudioStream?
        for index in session.media.indices {
            guard let stream = stream(at: index) else { continue }
            // Some offer the same sound twice, in the clear and encrypted, for the other to choose.
            if encryption == .off || !stream.crypto.isEmpty { return stream }
            if plain == nil { plain = stream }
        }
        if let plain { return plain }
        throw nearest
    }

    private static func names(of stream: MediaDescription, _ described: [PayloadFormat]) -> [String] {
        let named = described.filter(\.codec.isSound)
        return named.isEmpty ? stream.formats : named.map { "\($0.codec)" }
    }

    /// The events that go with a codec: those of its clock (RFC 4733 §2.1). Many offer Opus with events at 8 kHz alone, and no digit of
    /// theirs would ever be heard if that were held against them.
    func telephoneEvent(besides codec: CodecName) -> PayloadFormat? {
        let event = CodecName.telephoneEvent(besides: codec)
        return described.first { $0.codec == event } ?? described.first { $0.codec == .telephoneEvent }
    }

    /// The comfort noise that goes with a codec.
    func comfortNoise(besides codec: CodecName) -> PayloadFormat? {
        guard let noise = CodecName.comfortNoise(besides: codec) else { return nil }
        return described.first { $0.codec == noise && $0.channels == 1 }
    }

    /// Whether the peer wants to hear us: an address of zeros is the hold of RFC 2543 and forbids sending (RFC 3264 §8.4).
    var peerReceives: Bool { direction.receives && !isUnspecified }

    /// Whether the peer lets RTCP share the RTP port: `a=rtcp-mux-only` must not come without the other (RFC 8858 §4.2), yet it says so too.
    var takesRTCPMux: Bool { description["rtcp-mux"] != nil || description["rtcp-mux-only"] != nil }

    /// Where RTCP goes (RFC 3605; RFC 5761 when muxed).
    func rtcp(mux: Bool) -> (address: String, port: UInt16?) {
        let port = description.port
        if mux { return (address.text, port) }
        let next: UInt16? = port < .max ? port + 1 : nil
        guard let value = description["rtcp"]?.value else { return (address.text, next) }
        let bytes = value.utf8.span
        var fields = FieldCursor(0..<bytes.count)
        guard let number = fields.next(in: bytes), let given = bytes.number(number, upTo: .max), given != 0 else {
            return (address.text, next)
        }
        // Its own address only when it is one that media may go to as well.
        if let network = fields.next(in: bytes), let type = fields.next(in: bytes), let text = fields.next(in: bytes),
            fields.next(in: bytes) == nil, let other = ConnectionAddress(network: network, type: type, address: text, in: bytes),
            other.family == address.family, other.isUnicastLiteral, !other.isUnspecified
        {
            return (other.text, given)
        }
        return (address.text, given)
    }
}
