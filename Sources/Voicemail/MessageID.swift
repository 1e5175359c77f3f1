import Credentials

/// A message's name for ever, in the index and on disk: when it came, and 64 random bits. Never used again.
package struct MessageID: Hashable, Sendable, CustomStringConvertible {
    /// `1795239939-9f3a2c7d10e4b5a6`
    package let text: String

    init(receivedAt time: UnixTime, random: UInt64 = .random(in: 0...UInt64.max)) {
        let digits = String(random, radix: 16)
        text = "\(max(0, time.seconds))-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Nil when `text` is none: it may come from the command line or be a file's name.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...19).contains(parts[0].utf8.count), parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            Int64(parts[0]) != nil, parts[1].utf8.count == 16, parts[1].utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
        else { return nil }
        self.text = text
    }

    package var description: String { text }

    /// So an index that must be rebuilt from the files still knows when each came.
    var receivedAt: UnixTime { UnixTime(seconds: text.split(separator: "-").first.flatMap { Int64($0) } ?? 0) }
}
