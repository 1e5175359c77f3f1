/// One format of an RTP `m=` line with its `a=rtpmap` and `a=fmtp` (RFC 8866 §6.6, §6.15).
package struct PayloadFormat: Equatable, Sendable {
    package var payloadType: UInt8
    package var codec: CodecName
    package var channels: Int
    /// The text of `a=fmtp` after the payload type.
    package var parameters: String?

    package init(payloadType: UInt8, codec: CodecName, channels: Int = 1, parameters: String? = nil) {
        self.payloadType = payloadType
        self.codec = codec
        self.channels = channels
        self.parameters = parameters
    }

    /// What the format says of Opus; nil for another codec.
    package var opusParameters: OpusParameters? { codec == .opus ? OpusParameters(parsing: parameters ?? "") : nil }
}
