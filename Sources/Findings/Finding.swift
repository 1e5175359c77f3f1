/// One mistake, or one doubt, in a file that a person wrote: where it is, what is wrong and how to mend it.
package struct Finding: Hashable, Sendable {
    /// An error cannot or must not run; a warning runs, but probably not as meant.
    package enum Severity: String, Hashable, Sendable {
        case error, warning
    }

    package var severity: Severity
    /// A short stable name, such as `unknown-field`, for people who search and for machines that filter.
    package var code: String
    package var location: SourceLocation
    package var message: String
    package var mend: String?

    package init(_ severity: Severity, _ code: String, at location: SourceLocation, _ message: String, mend: String? = nil) {
        self.severity = severity
        self.code = code
        self.location = location
        self.message = message
        self.mend = mend
    }

    package static func error(_ code: String, at location: SourceLocation, _ message: String, mend: String? = nil) -> Finding {
        Finding(.error, code, at: location, message, mend: mend)
    }

    package static func warning(_ code: String, at location: SourceLocation, _ message: String, mend: String? = nil) -> Finding {
        Finding(.warning, code, at: location, message, mend: mend)
    }
}

extension Finding: CustomStringConvertible {
    /// `file:line:column: error: message [code]`, then the mend on a line of its own.
    package var description: String {
        let head = "\(location): \(severity.rawValue): \(message) [\(code)]"
        guard let mend else { return head }
        return head + "\n  mend: \(mend)"
    }

    /// The description with the line of the source under it and a caret at the column; `source` is the text of the file.
    package func description(in source: String) -> String {
        let lines = source.split(omittingEmptySubsequences: false) { $0.isNewline }
        let head = "\(location): \(severity.rawValue): \(message) [\(code)]"
        guard location.line >= 1, location.line <= lines.count else { return description }
        let line = lines[location.line - 1]
        // Tabs stay tabs, so that the caret stands under its character whatever their width.
        let indent = line.unicodeScalars.prefix(max(0, location.column - 1)).map { $0 == "\t" ? "\t" : " " }.joined()
        return head + "\n  \(line)\n  \(indent)^" + (mend.map { "\n  mend: \($0)" } ?? "")
    }

    /// One JSON object, on one line.
    package var json: String {
        var fields = [
            "\"severity\":\(Self.quoted(severity.rawValue))", "\"code\":\(Self.quoted(code))", "\"file\":\(Self.quoted(location.file))",
            "\"line\":\(location.line)", "\"column\":\(location.column)", "\"message\":\(Self.quoted(message))",
        ]
        if let mend { fields.append("\"mend\":\(Self.quoted(mend))") }
        return "{" + fields.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

extension Collection where Element == Finding {
    package var hasErrors: Bool { contains { $0.severity == .error } }

    /// In the order of the files' lines, each finding once.
    package var inReadingOrder: [Finding] {
        var seen: Set<Finding> = []
        return filter { seen.insert($0).inserted }.sorted { $0.location < $1.location }
    }
}
