import Findings

extension Configuration {
    /// Reads the file at `path`; the defaults where `path` is nil. `text` is the file's own, for showing findings in it.
    package static func load(path: String?) -> (configuration: Configuration, findings: [Finding], text: String) {
        guard let path else { return (Configuration(), [], "") }
        guard let text = TextFile.read(path) else {
            let finding = Finding.error(
                "unreadable", at: SourceLocation(file: path, line: 1, column: 1), "cannot be read: \(TextFile.failure)")
            return (Configuration(), [finding], "")
        }
        let (configuration, findings) = read(text: text, file: path)
        return (configuration, findings, text)
    }
}
