import CallControl
import Codecs
import Findings
import SDP

/// The codecs of calls, and how Opus is sent.
extension Configuration {
    /// What is offered and answered where a peer has no rules of its own.
    package var audioCapabilities: AudioCapabilities {
        var capabilities = AudioCapabilities(codecs: codecs, prefersOwnOrder: prefersOwnCodecs, comfortNoise: comfortNoise)
        // What comes with copies is of use in any case (RFC 7587 §6.1); pauses are asked for where we make them ourselves.
        capabilities.opus.usesDTX = opus.usesDTX
        capabilities.encryption = encryption
        capabilities.voipMetrics = extendedReports
        return capabilities
    }

    /// The forms that calls' sound may have, beside those of G.711.
    var furtherForms: [SoundForm] {
        let names = Set(codecs + peerRules.flatMap { $0.codecs ?? [] })
        let forms = Set(AudioCodec.allCases.filter { names.contains(CodecName($0)) }.map(\.form))
        return [.wide, .linear].filter(forms.contains)
    }

    mutating func readCodecs(_ fields: inout YAMLFields, into findings: inout [Finding]) {
        codecs = Self.codecs(&fields, into: &findings) ?? codecs
        prefersOwnCodecs = Self.prefersOwnCodecs(&fields, into: &findings) ?? prefersOwnCodecs
        comfortNoise = fields.bool("comfort_noise", into: &findings) ?? comfortNoise
        extendedReports = fields.bool("extended_reports", into: &findings) ?? extendedReports
        guard let node = fields.take("opus") else { return }
        var fields = YAMLFields(node, what: "`opus`", at: node.location, into: &findings)
        opus.bitrate = fields.int("bitrate", in: 6_000...510_000, into: &findings) ?? opus.bitrate
        opus.complexity = fields.int("complexity", in: 0...10, into: &findings) ?? opus.complexity
        opus.usesFEC = fields.bool("fec", into: &findings) ?? opus.usesFEC
        opus.usesDTX = fields.bool("dtx", into: &findings) ?? opus.usesDTX
        fields.finish(into: &findings)
    }

    /// The list under `codecs`, of all calls or of a peer's; nil where there is none.
    static func codecs(_ fields: inout YAMLFields, into findings: inout [Finding]) -> [CodecName]? {
        guard let list = fields.take("codecs") else { return nil }
        var codecs: [CodecName] = []
        for node in list.itemsOrSelf {
            guard let text = node.text("codecs", into: &findings) else { continue }
            guard let codec = CodecName(served: text) else {
                findings.append(
                    .error(
                        "wrong-word", at: node.location, "there is no codec `\(text)`",
                        mend: "write some of: \(CodecName.servedNames)"))
                continue
            }
            if codecs.contains(codec) {
                findings.append(.warning("twice", at: node.location, "the codec `\(text)` stands there twice"))
            } else {
                codecs.append(codec)
            }
        }
        if list.itemsOrSelf.isEmpty {
            findings.append(
                .error(
                    "no-codecs", at: list.location, "without a codec there is no call",
                    mend: "write some of: \(CodecName.servedNames)"))
        }
        return codecs
    }

    static func prefersOwnCodecs(_ fields: inout YAMLFields, into findings: inout [Finding]) -> Bool? {
        fields.word("codec_order", of: CodecOrder.self, into: &findings).map { $0 == .own }
    }

    private enum CodecOrder: String, CaseIterable { case offer, own }
}
