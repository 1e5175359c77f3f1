import Audio
import AudioFiles
import Findings
import Glibc
import Speech

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
        if let node = fields.take("speech") { speech = readSpeech(node, into: &findings) }
    }

    /// `data` must have been read: that is where the sounds are kept.
    private func readSpeech(_ node: YAMLNode, into findings: inout [Finding]) -> SpeechSettings? {
        var fields = YAMLFields(node, what: "`speech`", at: node.location, into: &findings)
        let command = fields.take("command")?.list("command", into: &findings)?.compactMap { $0.text("command", into: &findings) } ?? []
        var settings = SpeechSettings(command: command, folder: data + "/speech")
        if let limit = fields.duration("longest", into: &findings) { settings.limit = min(max(limit, .seconds(1)), .seconds(60)) }
        if let mebibytes = fields.int("cache", in: 1...10_000, into: &findings) { settings.capacity = mebibytes << 20 }
        fields.finish(into: &findings)
        guard let program = command.first, program.hasPrefix("/"), access(program, X_OK) == 0 else {
            findings.append(
                .error(
                    "speech-command", at: node.location, "`speech` needs the absolute path of a program that may be run",
                    mend: "command: [/usr/bin/espeak-ng, --stdin, --stdout, -v, \"{locale}\"]"))
            return nil
        }
        return settings
    }
}
