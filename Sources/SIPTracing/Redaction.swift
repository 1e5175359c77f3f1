/// Takes out of a message what nobody needs to see who looks for a fault: passwords' digests, keys that are pressed, which may be a PIN, and
/// those that sound is encrypted with.
enum Redaction {
    private static let secret = "(not shown)"
    private static let headers: Set<String> = ["authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info"]
    /// Longer messages are cut for the eye.
    private static let limit = 16_384

    static func text(of bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(limit), as: UTF8.self)
        // As Swift sees it, CR LF is one character.
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        let end = lines.firstIndex(of: "") ?? lines.count
        var index = 0
        var hasKeys = false
        while index < end {
            let name = lines[index].prefix { $0 != ":" }.trimmingSpaces().lowercased()
            if headers.contains(name) {
                // The scheme stays: Digest, Basic.
                let scheme = lines[index].dropFirst(lines[index].prefix { $0 != ":" }.count + 1).split(separator: " ").first ?? ""
                lines[index] = lines[index].prefix { $0 != ":" } + ": \(scheme) \(secret)"
                blankFolds(after: index, before: end, in: &lines)
            }
            if name == "content-type" || name == "c" {
                let type = lines[index].lowercased()
                if type.contains("dtmf") || type.contains("telephone-event") || type.contains("kpml") { hasKeys = true }
            }
            index += 1
        }
        // Wherever the body begins, or whichever part of it the description is.
        for index in lines.indices { blankMediaKey(&lines[index]) }
        if hasKeys || lines.first?.hasPrefix("INFO ") == true, end + 1 < lines.count, lines[(end + 1)...].contains(where: { !$0.isEmpty }) {
            lines.replaceSubrange((end + 1)..., with: [secret])
        }
        return lines.joined(separator: "\n")
    }

    /// The keys of a session description: `a=crypto` (RFC 4568), `a=key-mgmt` (RFC 4567) and `k=` (RFC 4566 §5.12). Tag and suite stay.
    private static func blankMediaKey(_ line: inout String) {
        guard line.utf8.count > 2, line.utf8[line.utf8.index(after: line.utf8.startIndex)] == UInt8(ascii: "=") else { return }
        let lowered = line.lowercased()
        if lowered.hasPrefix("a=crypto:") {
            // A line that is not of its form is blanked whole: the key may be anywhere in it.
            let words = line.split(separator: " ", maxSplits: 2)
            let isWhole = words.count == 3 && words[2].lowercased().hasPrefix("inline:") && words[1].utf8.count < 40
            line = isWhole ? "\(words[0]) \(words[1]) inline:\(secret)" : "a=crypto:\(secret)"
        } else if lowered.hasPrefix("a=key-mgmt:") {
            line = "a=key-mgmt:\(secret)"
        } else if lowered.hasPrefix("k=") {
            line = "k=\(secret)"
        }
    }

    /// A folded header goes on in lines that begin with white space (RFC 3261 §7.3.1).
    private static func blankFolds(after index: Int, before end: Int, in lines: inout [String]) {
        var next = index + 1
        while next < end, let first = lines[next].first, first == " " || first == "\t" {
            lines[next] = " " + secret
            next += 1
        }
    }
}

extension StringProtocol {
    fileprivate func trimmingSpaces() -> String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
