/// Keys in offer and answer (RFC 4568 §7).
///
/// | the offer                       | off    | optional            | required                     |
/// |---------------------------------|--------|---------------------|------------------------------|
/// | RTP/SAVP, a line we understand  | refuse | encrypted           | encrypted                    |
/// | RTP/SAVP, none                  | refuse | refuse              | refuse                       |
/// | RTP/AVP with such a line        | plain  | encrypted           | encrypted                    |
/// | RTP/AVP without                 | plain  | plain               | refuse                       |
/// | ours                            | AVP    | AVP with our lines  | SAVP with our lines          |
///
/// Keys under RTP/AVP are in no RFC, and are how the field says "if you can": whoever does not know them passes over the lines and answers
/// in the clear, as with any attribute (RFC 8866 §5.13), whereas RTP/SAVP gets a 488 from the same peers. Most of those who know them
/// (Asterisk and FreeSWITCH where they are told to, baresip, Snom, Grandstream) answer with a line of their own, under RTP/AVP or RTP/SAVP.
extension OfferAnswer {
    /// Transport and keys of an offer. In a dialog under way they are those of the description before: keys stay, and a peer who has taken
    /// RTP/SAVP is offered it again.
    static func encryption(
        _ capabilities: AudioCapabilities, local: LocalMedia, before: MediaDescription?
    ) -> (transport: String, lines: [CryptoAttribute]) {
        if let before {
            return (RTPProfile(before.transport) == nil ? "RTP/AVP" : before.transport, CryptoAttribute.usable(of: before))
        }
        guard capabilities.encryption != .off, let keys = local.keys else { return ("RTP/AVP", []) }
        let lines = CryptoSuite.offered.enumerated().map { index, suite in CryptoAttribute(tag: index + 1, key: keys.key(suite)) }
        return (capabilities.encryption == .required ? "RTP/SAVP" : "RTP/AVP", lines)
    }

    /// Our line of an answer and what it means: the offerer's first that we can (RFC 4568 §7.1.2), unless the one in use is still among
    /// them. Nil where the stream stays in the clear.
    static func answered(
        _ stream: AudioStream, local: LocalMedia, before: MediaDescription?
    ) -> (line: CryptoAttribute, agreed: NegotiatedCrypto)? {
        let used = before.flatMap { CryptoAttribute.usable(of: $0).first?.key.suite }
        let theirs = stream.crypto.first { $0.key.suite == used } ?? stream.crypto.first
        guard let theirs, let keys = local.keys else { return nil }
        let ours = CryptoAttribute(tag: theirs.tag, suiteName: theirs.suiteName, key: keys.key(theirs.key.suite))
        return (ours, NegotiatedCrypto(outbound: ours.key, inbound: theirs.key))
    }

    /// What an answer may and must say of keys after this offer of ours.
    static func encryption(after offer: MediaDescription, _ capabilities: AudioCapabilities) -> MediaEncryption {
        guard !CryptoAttribute.usable(of: offer).isEmpty else { return .off }
        return capabilities.encryption == .required || RTPProfile(offer.transport)?.isSecure == true ? .required : .optional
    }

    /// What the peer's answer chose of our lines (RFC 4568 §7.1.3): the tag and the suite of one of them, with a key of its own.
    static func chosen(by stream: AudioStream, of offer: MediaDescription) throws(OfferRejection) -> NegotiatedCrypto? {
        let ours = CryptoAttribute.usable(of: offer)
        guard !stream.crypto.isEmpty else {
            // Whoever answers with a line that is none of ours means to encrypt: in the clear neither would understand the other.
            guard ours.isEmpty || stream.description[CryptoAttribute.name] == nil else {
                throw .noCommonCrypto(CryptoAttribute.suiteNames(of: stream.description))
            }
            return nil
        }
        for theirs in stream.crypto {
            guard let match = ours.first(where: { $0.tag == theirs.tag && $0.key.suite == theirs.key.suite }) else { continue }
            return NegotiatedCrypto(outbound: match.key, inbound: theirs.key)
        }
        throw .noCommonCrypto(stream.crypto.map(\.suiteName))
    }
}
