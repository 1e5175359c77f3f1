/// Gives what the server makes up by chance its names in a transcript, and takes them back.
struct FlowNames {
    private var names: [(made: String, name: String)] = []
    private var peers: Set<Substring> = []

    /// Puts what the server made for its name into a message that comes in, and notes the peer's own.
    mutating func incoming(_ lines: [String]) -> String {
        var text = lines.map { line in names.reversed().reduce(line) { $0.replacing($1.name, with: $1.made) } }
        for line in text { peers.formUnion(Self.tokens(line)) }
        let head = text.firstIndex(of: "") ?? text.count
        let body = text.dropFirst(head + 1).map { $0 + "\r\n" }.joined()
        text.removeSubrange(head...)
        text.append("Content-Length: \(body.utf8.count)")
        return text.map { $0 + "\r\n" }.joined() + "\r\n" + body
    }

    /// A message that goes out, with names. Its length is checked and then left out, since it goes with the numbers in it.
    mutating func outgoing(_ text: String) -> [String] {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let head = (parts.first ?? "").split(separator: "\r\n")
        let body = parts.count > 1 ? parts[1] : ""
        var lines = head.filter { $0 != "Content-Length: \(body.utf8.count)" }.map(String.init)
        if !body.isEmpty { lines += [""] + body.split(separator: "\r\n").map(String.init) }
        for line in lines {
            for token in Self.tokens(line) where !peers.contains(token) && !names.contains(where: { $0.made == token }) {
                names.append((String(token), "server-\(names.count + 1)"))
            }
        }
        return lines.map { line in names.reduce(line) { $0.replacing($1.made, with: $1.name) } }
    }

    /// Tags, branches without their cookie, and the session's number.
    private static func tokens(_ line: String) -> [Substring] {
        var tokens: [Substring] = []
        for mark in [";tag=", ";branch=z9hG4bK"] {
            guard let found = line.firstRange(of: mark) else { continue }
            tokens.append(line[found.upperBound...].prefix { $0 != ";" && $0 != ">" && $0 != " " })
        }
        if line.hasPrefix("o=") { tokens.append(line.split(separator: " ")[1]) }
        return tokens.filter { !$0.isEmpty }
    }
}
