/// What a codec takes from the quality, by itself and with each packet that is lost: ITU-T G.113 Appendix I, Tables I.1 to I.4.
package struct CodecImpairment: Equatable, Sendable {
    /// Ie, on the scale of R: 0 for G.711.
    package var equipment: Double
    /// Bpl: the loss in per cent that takes half of what is left. Higher is sturdier.
    package var robustness: Double

    package init(equipment: Double, robustness: Double) {
        self.equipment = equipment
        self.robustness = robustness
    }

    /// G.711 with loss concealed as in its Appendix I, or better.
    package static let concealedG711 = CodecImpairment(equipment: 0, robustness: 25.1)
    package static let bareG711 = CodecImpairment(equipment: 0, robustness: 4.3)
    package static let g729A = CodecImpairment(equipment: 11, robustness: 19)
    package static let g7231 = CodecImpairment(equipment: 15, robustness: 16.1)
    package static let enhancedGSM = CodecImpairment(equipment: 5, robustness: 10)

    /// By the encoding name of SDP, in any case; nil for one without figures.
    ///
    /// The scale is that of the telephone band: wideband codecs, whose figures stand on another one (G.107.1), count as G.711, and what
    /// they have beyond it is not credited. For Opus the ITU has none; its own concealment and FEC are taken to be no worse.
    package init?(encodingName: String) {
        switch encodingName.uppercased() {
        case "PCMU", "PCMA", "L16", "G722", "OPUS": self = .concealedG711
        case "G729": self = .g729A
        case "G723": self = .g7231
        case "GSM-EFR": self = .enhancedGSM
        default: return nil
        }
    }
}
