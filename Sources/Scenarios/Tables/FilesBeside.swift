import Findings

/// The files that stand beside a scenario file or below its folder: tables and calendars.
struct FilesBeside {
    static let sizeLimit = 1 << 20

    /// The path of the scenario file.
    let file: String
    let readFile: (String) -> String?

    /// The text of the file that `node` names, or nil after a finding.
    func read(_ node: YAMLNode, _ name: String, into findings: inout [Finding]) -> (path: String, text: String)? {
        guard let written = node.text(name, into: &findings) else { return nil }
        // A scenario may come from somebody who must not read the rest of the disk by it.
        let parts = written.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }),
            written.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0 != "\\" })
        else {
            findings.append(
                .error(
                    "wrong-path", at: node.location, "`\(name)` must name a file beside this one or below its folder",
                    mend: "a path without .. and without a / at its beginning"))
            return nil
        }
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let path = file.contains("/") ? folder + "/" + written : written
        guard let text = readFile(path) else {
            findings.append(.error("unreadable-file", at: node.location, "`\(path)` cannot be read"))
            return nil
        }
        guard text.utf8.count <= Self.sizeLimit else {
            findings.append(.error("file-size", at: node.location, "`\(path)` is larger than 1 MiB"))
            return nil
        }
        return (path, text)
    }
}
