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
        readRecordingsFormat(&fields, into: &findings)
        if let node = fields.take("speech") { speech = readSpeech(node, into: &findings) }
        if let node = fields.take("http") { web = web(node, into: &findings) }
    }

    private mutating func readRecordingsFormat(_ fields: inout YAMLFields, into findings: inout [Finding]) {
        guard let node = fields.take("recordings_format"), let text = node.text("recordings_format", into: &findings) else { return }
        let formats = KeptFormat.allCases.map(\.rawValue)
        guard let format = KeptFormat(rawValue: text) else {
            findings.append(
                .error(
                    "wrong-word", at: node.location, "`recordings_format` cannot be `\(text)`",
                    mend: "write one of: \(formats.joined(separator: ", "))"))
            return
        }
        guard format.isAvailable else {
            findings.append(
                .error(
                    "recordings-format", at: node.location, "the libsndfile of this machine does not write \(text)",
                    mend: "install libsndfile1 1.1 or newer with it, or leave recordings WAV"))
            return
        }
        recordingsFormat = format
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
