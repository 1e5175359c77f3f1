/// The VoIP metrics block of an extended report (RFC 3611 §4.7): what a receiver of speech says of one sender.
///
///      0               1               2               3
///     | type 7        | reserved      | length 8                      |
///     | SSRC of the sender that is spoken of                          |
///     | loss rate     | discard rate  | burst density | gap density   |
///     | burst duration, ms            | gap duration, ms              |
///     | round trip, ms                | end system delay, ms          |
///     | signal level  | noise level   | residual echo | Gmin          |
///     | R factor      | external R    | MOS-LQ        | MOS-CQ        |
///     | receiver      | reserved      | jitter buffer nominal, ms     |
///     | jitter buffer maximum, ms     | its absolute maximum, ms      |
package struct VoIPMetrics: Equatable, Sendable {
    /// How lost packets are made up for.
    package enum Concealment: UInt8, Sendable {
        case unspecified, disabled, enhanced, standard
    }

    /// Whether the jitter buffer follows the network.
    package enum JitterBufferKind: UInt8, Sendable {
        case unknown, reserved, fixed, adaptive
    }

    /// Stands for a level, a factor or a score that is not known.
    package static let unavailable: UInt8 = 127
    /// Bytes on the wire.
    package static let length = 36
    static let blockType: UInt8 = 7

    package var ssrc: SSRC
    /// In 256ths of the packets that should have come.
    package var lossRate: UInt8 = 0
    package var discardRate: UInt8 = 0
    package var burstDensity: UInt8 = 0
    package var gapDensity: UInt8 = 0
    /// Milliseconds, in the mean.
    package var burstDuration: UInt16 = 0
    package var gapDuration: UInt16 = 0
    package var roundTrip: UInt16 = 0
    package var endSystemDelay: UInt16 = 0
    /// dBm0, two's complement.
    package var signalLevel = UInt8(127)
    package var noiseLevel = UInt8(127)
    /// dB.
    package var residualEchoReturnLoss = UInt8(127)
    package var minimumGap = UInt8(BurstGapStatistics.minimumGap)
    package var factor = UInt8(127)
    package var externalFactor = UInt8(127)
    /// Ten times the score.
    package var listeningScore = UInt8(127)
    package var conversationalScore = UInt8(127)
    package var concealment = Concealment.unspecified
    package var jitterBufferKind = JitterBufferKind.unknown
    /// 0 to 15: how fast an adaptive buffer follows.
    package var jitterBufferRate: UInt8 = 0
    /// Milliseconds.
    package var jitterBufferNominal: UInt16 = 0
    package var jitterBufferMaximum: UInt16 = 0
    package var jitterBufferAbsoluteMaximum: UInt16 = 0

    package init(ssrc: SSRC) { self.ssrc = ssrc }

    /// The scores as opinions from 1 to 5; nil for what is not known or (§4.7.5) means nothing.
    package var listeningOpinion: Double? { Self.opinion(listeningScore) }
    package var conversationalOpinion: Double? { Self.opinion(conversationalScore) }
    private static func opinion(_ score: UInt8) -> Double? { (10...50).contains(score) ? Double(score) / 10 : nil }

    /// What `quality` comes to. `packetTime`, `roundTrip`, `endSystemDelay` in milliseconds.
    package init(ssrc: SSRC, quality: DirectionQuality, packetTime: Int, roundTrip: Int = 0, endSystemDelay: Int = 0) {
        self.init(ssrc: ssrc)
        let summary = quality.missing.summary
        lossRate = Self.share(quality.missing.lossRate)
        discardRate = Self.share(quality.missing.discardRate)
        burstDensity = Self.share(summary.burstDensity)
        gapDensity = Self.share(summary.gapDensity)
        burstDuration = Self.milliseconds(summary.meanBurstPackets * Double(packetTime))
        gapDuration = Self.milliseconds(summary.meanGapPackets * Double(packetTime))
        self.roundTrip = UInt16(clamping: roundTrip)
        self.endSystemDelay = UInt16(clamping: endSystemDelay)
        guard let rating = quality.rating else { return }
        factor = UInt8(min(max(rating.factor.rounded(), 0), 100))
        listeningScore = Self.score(rating.listeningScore)
        conversationalScore = Self.score(rating.conversationalScore)
    }

    /// RFC 3611 §4.7.1: times 256, cut off, at most 255.
    private static func share(_ value: Double) -> UInt8 { UInt8(min(max(value * 256, 0), 255)) }
    private static func milliseconds(_ value: Double) -> UInt16 { UInt16(min(max(value.rounded(), 0), 65_535)) }
    /// §4.7.5: 10 to 50.
    private static func score(_ value: Double) -> UInt8 { UInt8(min(max((value * 10).rounded(), 10), 50)) }

    /// Reads a block of type 7 whose `length` bytes at `offset` the caller has checked.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        ssrc = SSRC(bytes.bigEndian32(at: offset + 4))
        lossRate = bytes[offset + 8]
        discardRate = bytes[offset + 9]
        burstDensity = bytes[offset + 10]
        gapDensity = bytes[offset + 11]
        burstDuration = bytes.bigEndian16(at: offset + 12)
        gapDuration = bytes.bigEndian16(at: offset + 14)
        roundTrip = bytes.bigEndian16(at: offset + 16)
        endSystemDelay = bytes.bigEndian16(at: offset + 18)
        signalLevel = bytes[offset + 20]
        noiseLevel = bytes[offset + 21]
        residualEchoReturnLoss = bytes[offset + 22]
        minimumGap = bytes[offset + 23]
        factor = bytes[offset + 24]
        externalFactor = bytes[offset + 25]
        listeningScore = bytes[offset + 26]
        conversationalScore = bytes[offset + 27]
        let receiver = bytes[offset + 28]
        concealment = Concealment(rawValue: receiver >> 6) ?? .unspecified
        jitterBufferKind = JitterBufferKind(rawValue: receiver >> 4 & 3) ?? .unknown
        jitterBufferRate = receiver & 0x0F
        jitterBufferNominal = bytes.bigEndian16(at: offset + 30)
        jitterBufferMaximum = bytes.bigEndian16(at: offset + 32)
        jitterBufferAbsoluteMaximum = bytes.bigEndian16(at: offset + 34)
    }

    /// Writes `length` bytes.
    func write(into bytes: UnsafeMutableRawPointer) {
        bytes.store32(UInt32(Self.blockType) << 24 | UInt32(Self.length / 4 - 1), at: 0)
        bytes.store32(ssrc.rawValue, at: 4)
        bytes.store32(Self.word(lossRate, discardRate, burstDensity, gapDensity), at: 8)
        bytes.store16(burstDuration, at: 12)
        bytes.store16(gapDuration, at: 14)
        bytes.store16(roundTrip, at: 16)
        bytes.store16(endSystemDelay, at: 18)
        bytes.store32(Self.word(signalLevel, noiseLevel, residualEchoReturnLoss, minimumGap), at: 20)
        bytes.store32(Self.word(factor, externalFactor, listeningScore, conversationalScore), at: 24)
        let receiver = concealment.rawValue << 6 | jitterBufferKind.rawValue << 4 | jitterBufferRate & 0x0F
        bytes.store16(UInt16(receiver) << 8, at: 28)
        bytes.store16(jitterBufferNominal, at: 30)
        bytes.store16(jitterBufferMaximum, at: 32)
        bytes.store16(jitterBufferAbsoluteMaximum, at: 34)
    }

    private static func word(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) -> UInt32 {
        UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    }
}
