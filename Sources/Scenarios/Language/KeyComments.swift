import Findings

/// Finds telephone keys that YAML takes for comments: `#: {…}` under `keys` reads as nothing at all, so the caller
/// could never leave with the pound key and nobody would be told.
enum KeyComments {
    static func scan(_ text: String, file: String) -> [Finding] {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(Array.init)
        var findings: [Finding] = []
        for (index, line) in lines.enumerated() {
            guard let start = line.firstIndex(where: { $0 != " " }), line[start] == "#" else { continue }
            let keys = line[start...].prefix { TelephoneKeys.isKey($0) }
            let rest = line[(start + keys.count)...]
            guard rest.first == ":", rest.count == 1 || rest.dropFirst().first == " ", parent(of: index, indent: start, in: lines) else {
                continue
            }
            findings.append(
                .error(
                    "key-comment", at: SourceLocation(file: file, line: index + 1, column: start + 1),
                    "`\(String(keys)):` begins a comment in YAML, so this key is not there", mend: "write pound or \"\(String(keys))\""))
        }
        return findings
    }

    /// Whether the line that this one is indented under is `keys:` or `patterns:`.
    private static func parent(of index: Int, indent: Int, in lines: [[Character]]) -> Bool {
        for line in lines[..<index].reversed() {
            guard let start = line.firstIndex(where: { $0 != " " }), line[start] != "#" else { continue }
            if start < indent {
                let text = String(line[start...])
                return text.hasPrefix("keys:") || text.hasPrefix("patterns:")
            }
        }
        return false
    }
}
