/// What offer and answer agreed on for the audio stream, as the media plane needs it.
package struct NegotiatedAudio: Equatable, Sendable {
    /// A codec that may come in, under a payload type.
    package struct Receivable: Equatable, Sendable {
        package var codec: CodecName
        package var payloadType: UInt8

        package init(codec: CodecName, payloadType: UInt8) {
            self.codec = codec
            self.payloadType = payloadType
        }
    }

    /// What we send.
    package var codec: CodecName
    package var payloadType: UInt8
    /// What may come in, the likeliest first; never empty. More than one only when the peer accepted several codecs of our offer.
    package var receivable: [Receivable]
    /// For the digits that we send; nil when the peer takes none.
    package var telephoneEventPayloadType: UInt8?
    /// For the digits that come in.
    package var receiveTelephoneEventPayloadType: UInt8?
    /// Milliseconds of audio in each packet we send.
    package var packetTime: Int
    /// Where RTP goes, a literal address; unspecified (0.0.0.0) on an old-fashioned hold, and then `direction` does not send.
    package var remoteAddress: String
    package var remotePort: UInt16
    /// Where RTCP goes: `a=rtcp` (RFC 3605), the RTP port when muxed, else the port after it; nil when there is none.
    package var remoteRTCPAddress: String
    package var remoteRTCPPort: UInt16?
    /// Ours: whether we send and whether the peer will.
    package var direction: MediaDirection
    package var rtcpMux: Bool
    /// Of the durations in telephone events, both ways: the codec's (RFC 4733 §2.1), or 8,000 where the peer has no others.
    package var telephoneEventClockRate = 8_000
    /// For the comfort noise that we may send; nil when none was agreed on.
    package var comfortNoisePayloadType: UInt8?
    /// For the comfort noise that comes in.
    package var receiveComfortNoisePayloadType: UInt8?
    /// What the peer says of its Opus: how it wants what we send. Nil when another codec is sent.
    package var opus: OpusParameters?
    /// The peer wants to be told how it sounds (RFC 3611 §5.2).
    package var reportsVoIPMetrics = false
    /// Nil in the clear.
    package var crypto: NegotiatedCrypto?

    package var receivePayloadType: UInt8 { receivable.first?.payloadType ?? payloadType }
}

/// An answer that we made and what it means.
package struct NegotiatedSession: Equatable, Sendable {
    package var answer: SessionDescription
    /// nil when a later offer took the audio stream away with port 0 (RFC 3264 §8.2): the answer agrees, and no media flows.
    package var audio: NegotiatedAudio?
}
