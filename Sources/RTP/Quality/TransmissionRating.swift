import Timing

/// The E-model's estimate of a call's quality (ITU-T G.107, 06/2015), every parameter that a media server cannot know at its default:
///
///     R = (Ro - Is) - Id - Ie,eff
///
/// `Id` is what delay takes (talker and listener echo, and delay as such), `Ie,eff` what the codec and missing packets take.
package struct TransmissionRating: Equatable, Sendable {
    /// Ro - Is with the defaults of G.107 Table 2: 94.77 - 1.41. Without delay and loss R becomes 93.2.
    private static let ceiling = 93.355
    /// Ro = 15 - 1.5 (SLR + No), with SLR 8 dB and No -61.18 dBm0p.
    private static let signalToNoise = 94.769
    /// dB: TELR, and WEPL.
    private static let talkerEcho = 65.0
    private static let weightedEcho = 110.0

    /// What delay takes from R.
    package let delayImpairment: Double
    /// What the codec and missing packets take.
    package let equipmentImpairment: Double

    /// `missing`: packets lost or discarded, 0 to 1. `burstRatio` of 1 for random loss. `delay`: one way, from mouth to ear.
    package init(codec: CodecImpairment, missing: Double = 0, burstRatio: Double = 1, delay: Duration = .zero) {
        equipmentImpairment = Self.equipment(codec, percent: 100 * min(max(missing.isFinite ? missing : 1, 0), 1), burstRatio: burstRatio)
        delayImpairment = Self.delay(milliseconds: Int(min(max(delay.wholeMilliseconds, 0), 10_000)))
    }

    /// R, 0 to 93.2.
    package var factor: Double { max(Self.ceiling - delayImpairment - equipmentImpairment, 0) }
    /// R without what delay takes: how it sounds to someone who only listens.
    package var listeningFactor: Double { max(Self.ceiling - Self.delay(milliseconds: 0) - equipmentImpairment, 0) }
    /// Mean opinion, 1 to 4.5, of a conversation (MOS-CQ)…
    package var conversationalScore: Double { Self.score(factor) }
    /// …and of listening alone (MOS-LQ).
    package var listeningScore: Double { Self.score(listeningFactor) }

    /// G.107 Annex B.
    package static func score(_ factor: Double) -> Double {
        guard factor > 0 else { return 1 }
        guard factor < 100 else { return 4.5 }
        // The cubic dips below 1 for R under 6.5.
        return max(1 + 0.035 * factor + factor * (factor - 60) * (100 - factor) * 7e-6, 1)
    }

    /// Ie,eff, G.107 §7.5 (7-29).
    private static func equipment(_ codec: CodecImpairment, percent: Double, burstRatio: Double) -> Double {
        guard percent > 0 else { return codec.equipment }
        let ratio = burstRatio.isFinite ? max(burstRatio, 1) : 1
        return codec.equipment + (95 - codec.equipment) * percent / (percent / ratio + max(codec.robustness, 1))
    }

    /// Id = Idte + Idle + Idd, G.107 §7.4 (7-18 to 7-28), the path's delay the same for talker, echo and listener.
    private static func delay(milliseconds: Int) -> Double {
        let time = Double(milliseconds)
        // exp(-0.3 T^2) and exp(-T), as powers of constants.
        let sidetone = milliseconds > 15 ? 0 : 0.740_818_220_681_717_9.raised(to: milliseconds * milliseconds)
        let onset = 1 - 0.367_879_441_171_442_3.raised(to: milliseconds)
        let talkerLoss = talkerEcho - 40 * ((1 + time / 10) / (1 + time / 150)).decimalLogarithm + 6 * sidetone
        let talkerHalf = (signalToNoise - (80 + 2.5 * (talkerLoss - 14))) / 2
        let talker = (talkerHalf + (talkerHalf * talkerHalf + 100).squareRoot() - 1) * onset
        let listenerRating = 10.5 * (weightedEcho + 7) / (2 * time + 1).squareRoot().squareRoot()
        let listenerHalf = (signalToNoise - listenerRating) / 2
        let listener = listenerHalf + (listenerHalf * listenerHalf + 169).squareRoot()
        guard milliseconds > 100 else { return talker + listener }
        let doublings = (time / 100).decimalLogarithm / 2.0.decimalLogarithm
        let late = (1 + doublings.raised(to: 6)).sixthRoot - 3 * (1 + (doublings / 3).raised(to: 6)).sixthRoot + 2
        return talker + listener + 25 * late
    }
}
