/// Why an audio file could not be read, written or kept. Each names the file, what is wrong and how to mend it.
package struct AudioFileError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        case notFound, notAFile, noPermission, notAudio, unsupportedRate, tooLong
        case alreadyExists, diskFull, readOnly, inputOutput, tooSlow, closed
    }

    package var kind: Kind
    package var path: String
    /// What is wrong, without the path.
    package var problem: String
    /// What a person can do about it.
    package var remedy: String
    /// What of a recording was nevertheless kept: a finished, playable file.
    package var kept: FinishedRecording?

    package init(_ kind: Kind, path: String, problem: String, remedy: String, kept: FinishedRecording? = nil) {
        self.kind = kind
        self.path = path
        self.problem = problem
        self.remedy = remedy
        self.kept = kept
    }

    package var description: String {
        var text = "\(path): \(problem); \(remedy)"
        if let kept { text += " (kept \(kept.samples) samples in \(kept.path))" }
        return text
    }
}
