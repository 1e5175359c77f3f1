import Findings

/// How findings are shown to people and to programs.
enum FindingsOutput {
    /// Each finding with its line of the file and a caret, to standard error.
    static func show(_ findings: [Finding], texts: [String: String]) {
        for finding in findings {
            let text = texts[finding.location.file].map { finding.description(in: $0) } ?? finding.description
            Terminal.complain(text)
        }
    }

    /// All findings as one JSON array, to standard output.
    static func json(_ findings: [Finding]) {
        Terminal.say("[" + findings.map(\.json).joined(separator: ",\n ") + "]")
    }

    static func summary(_ findings: [Finding]) -> String {
        let errors = findings.filter { $0.severity == .error }.count
        let warnings = findings.count - errors
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        return "\(count(errors, "error")), \(count(warnings, "warning"))"
    }
}
