/// Where the lines of a description stand, for telling people: the description itself does not keep them.
struct DescriptionLines {
    private struct Line {
        var number: Int
        var text: String
        /// The place of the `m=` line that it belongs to; nil above the first.
        var stream: Int?
    }

    private var lines: [Line] = []

    /// `bytes` is what a description was read from: neither its length nor the number of its lines is without bounds.
    init(_ bytes: [UInt8]) {
        var stream: Int?
        for (index, raw) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let text = String(decoding: raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw, as: UTF8.self)
            if text.hasPrefix("m=") { stream = stream.map { $0 + 1 } ?? 0 }
            lines.append(Line(number: index + 1, text: text, stream: stream))
        }
    }

    /// The first line of a stream, or of the session (nil), that is `start`, or has more after it: `a=ptime`, `a=rtpmap:0`, `c=`.
    func number(of start: String, in stream: Int?) -> Int? {
        lines.first { $0.stream == stream && Self.matches($0.text, start) }?.number
    }

    /// The last one, for what a later line takes back.
    func lastNumber(of start: String, in stream: Int?) -> Int? {
        lines.last { $0.stream == stream && Self.matches($0.text, start) }?.number
    }

    func text(of number: Int) -> String {
        lines.indices.contains(number - 1) ? lines[number - 1].text : ""
    }

    private static func matches(_ text: String, _ start: String) -> Bool {
        guard text.hasPrefix(start) else { return false }
        return start.hasSuffix("=") || text.count == start.count || ":; ".contains(text.dropFirst(start.count).first ?? " ")
    }
}
