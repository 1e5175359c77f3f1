import Audio
import AudioFiles
import Findings

/// Whose tones callers hear, and how loud prompts are.
extension Configuration {
    mutating func readSound(_ fields: inout YAMLFields, into findings: inout [Finding]) {
        tones = fields.word("tones", of: CallTone.Plan.self, into: &findings) ?? tones
        if let node = fields.take("prompts_loudness") {
            if node.scalar == "off" {
                promptsLoudness = nil
            } else if let loudness = node.decimal("prompts_loudness", in: LoudnessTarget.range, into: &findings) {
                promptsLoudness = LoudnessTarget(loudness: loudness)
            }
        }
    }
}
