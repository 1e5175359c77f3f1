import Timing

/// How one direction of a call sounded, and why, when it was poor: what the call's record keeps of it.
package struct DirectionQuality: Equatable, Sendable {
    /// R below this leaves many users dissatisfied (ITU-T G.109).
    package static let poor = 70.0

    /// The encoding name of SDP.
    package var codec: String
    package var missing: BurstGapStatistics
    /// RFC 3550 §6.4.1.
    package var jitterMilliseconds: Double
    /// One way from mouth to ear: half the round trip, the playout delay, a packet's time.
    package var delay: Duration

    package init(codec: String, missing: BurstGapStatistics, jitterMilliseconds: Double = 0, delay: Duration = .zero) {
        self.codec = codec
        self.missing = missing
        self.jitterMilliseconds = jitterMilliseconds
        self.delay = delay
    }

    /// Nil for a codec without figures, and before the first packet.
    package var rating: TransmissionRating? {
        guard missing.expected > 0, let impairment = CodecImpairment(encodingName: codec) else { return nil }
        return TransmissionRating(
            codec: impairment, missing: missing.lossRate + missing.discardRate, burstRatio: missing.burstRatio, delay: delay)
    }

    /// What takes most of the quality, when the call is poor: "12 % loss from caller, bursts of 4". `party`: who is heard. Nil when it
    /// is not poor, or cannot be rated.
    package func cause(from party: String) -> String? { cause(along: "from " + party) }

    /// The same of what is said to somebody.
    package func cause(to party: String) -> String? { cause(along: "to " + party) }

    private func cause(along way: String) -> String? {
        guard let rating, rating.factor < Self.poor, let impairment = CodecImpairment(encodingName: codec) else { return nil }
        let byCodec = impairment.equipment
        // What loss and discards take together is shared by their numbers.
        let byMissing = rating.equipmentImpairment - byCodec
        let all = missing.lossRate + missing.discardRate
        let byLoss = all > 0 ? byMissing * missing.lossRate / all : 0
        let byDiscard = byMissing - byLoss
        let greatest = max(byCodec, byLoss, byDiscard, rating.delayImpairment)
        if greatest == byLoss, byLoss > 0 {
            return "\(Self.percent(missing.lossRate)) loss \(way)" + bursts
        }
        if greatest == byDiscard, byDiscard > 0 {
            return "\(Self.percent(missing.discardRate)) of the packets \(way) too late, jitter \(Self.whole(jitterMilliseconds)) ms"
                + bursts
        }
        if greatest == rating.delayImpairment { return "\(delay.wholeMilliseconds) ms delay \(way)" }
        return "codec \(codec) \(way)"
    }

    /// Named where packets are not missed one by one.
    private var bursts: String {
        missing.meanRun >= 1.5 ? ", bursts of \(Self.whole(missing.meanRun))" : ""
    }

    private static func whole(_ value: Double) -> Int { Int(min(max(value, 0), 1e9).rounded()) }

    /// One decimal below ten.
    private static func percent(_ share: Double) -> String {
        let tenths = whole(share * 1_000)
        return tenths >= 100 || tenths % 10 == 0 ? "\((tenths + 5) / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }
}
