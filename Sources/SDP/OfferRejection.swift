/// Why an offer or an answer cannot be taken. An offer is then answered by the status that `isMalformed` chooses: 400, or 488 with a Warning.
package enum OfferRejection: Error, Equatable, Sendable, CustomStringConvertible {
    /// No audio stream at all, or each one disabled.
    case noAudio
    /// Audio, but none over plain RTP/AVP; the transports offered.
    case unsupportedTransport([String])
    /// Audio in the clear, where encryption is required.
    case encryptionRequired
    /// No key of a suite of ours (RFC 4568); the suites offered.
    case noCommonCrypto([String])
    /// RTP audio whose RTCP must share its port (RFC 8858), which is switched off here.
    case multiplexingRequired
    /// RTP audio without a codec of ours; the formats offered.
    case noCommonCodec([String])
    /// A host name, a group address, or a family that we have no address of.
    case unsupportedAddress(String)
    /// The rules of offer and answer are broken.
    case malformed(String)

    package var isMalformed: Bool {
        if case .malformed = self { true } else { false }
    }

    /// The code of a SIP Warning header (RFC 3261 §20.43); nil for what is malformed.
    package var warningCode: Int? {
        switch self {
        case .noAudio: 304  // media type not available
        case .unsupportedTransport, .multiplexingRequired, .encryptionRequired: 302  // incompatible transport protocol
        case .noCommonCrypto: 306  // attribute not understood
        case .noCommonCodec: 305  // incompatible media format
        case .unsupportedAddress: 301  // incompatible network address formats
        case .malformed: nil
        }
    }

    /// Fit for a Warning text: no quotes, no line ends, and bounded whatever the peer wrote.
    package var description: String {
        switch self {
        case .noAudio: "No audio stream offered"
        case .unsupportedTransport(let names): "Only RTP/AVP is supported, not \(Self.list(names))"
        case .encryptionRequired: "Encryption is required here: offer RTP/SAVP with a=crypto"
        case .noCommonCrypto(let names):
            names.isEmpty
                ? "RTP/SAVP without a=crypto: keys are agreed on by SDES only" : "No usable a=crypto line among \(Self.list(names))"
        case .multiplexingRequired: "RTCP cannot share the RTP port here (a=rtcp-mux-only)"
        case .noCommonCodec(let names): "No common codec among \(Self.list(names))"
        case .unsupportedAddress(let address): "Address not supported: \(Self.list([address]))"
        case .malformed(let reason): reason
        }
    }

    /// The later a check, the nearer the stream came: of several streams the nearest is told of.
    var rank: Int {
        switch self {
        case .noAudio: 0
        case .unsupportedTransport: 1
        case .encryptionRequired: 2
        case .noCommonCrypto: 3
        case .multiplexingRequired: 4
        case .noCommonCodec: 5
        case .unsupportedAddress: 6
        case .malformed: 7
        }
    }

    private static func list(_ names: [String]) -> String {
        let text = names.prefix(8).map { $0.prefix(32) }.joined(separator: " ")
        return String(text.unicodeScalars.filter { (0x20...0x7E).contains($0.value) && $0 != "\"" && $0 != "\\" }.map(Character.init))
    }
}
