/// The program that speaks what is written, and how far it is trusted.
package struct SpeechSettings: Equatable, Sendable {
    /// The program's absolute path and its arguments. It reads the text as UTF-8 from its standard input and writes a sound file of any
    /// format that libsndfile reads to its standard output. `{locale}` in an argument stands for the locale.
    package var command: [String]
    /// The longest that it may take.
    package var limit = Duration.seconds(10)
    /// Where its sounds are kept.
    package var folder: String
    /// So many bytes of them.
    package var capacity = 64 << 20

    package init(command: [String], folder: String) {
        self.command = command
        self.folder = folder
    }
}

/// Why a text was not spoken, in words for the log.
package struct SpeechFailure: Error, Equatable, CustomStringConvertible {
    package var description: String

    package init(description: String) { self.description = description }
}
