import Findings
import Testing

@testable import Scenarios

@Suite struct DigitPatternTests {
    @Test(arguments: [
        ("[45]XX", "4", DigitPattern.Match.partial), ("[45]XX", "412", .full), ("[45]XX", "6", .none), ("[45]XX", "4123", .none),
        ("Z.", "0", .none), ("Z.", "1", .partial),
        ("Z.", "12", .full), ("Z.", "12#*", .full), (".", "", .partial), (".", "5", .full), ("*6", "*", .partial), ("*6", "*6", .full),
        ("[2-4*]", "*", .full), ("N", "1", .none),
        ("star", "*", .full), ("A", "A", .full),
    ])
    func matching(pattern: String, typed: String, match: DigitPattern.Match) throws {
        #expect(try #require(DigitPattern(pattern: pattern)).match(typed) == match)
    }

    @Test(arguments: ["", "[", "[]", "[45", "]", ".X", "x", "E", "1 2", "[4-]", "[9-1]", "[X]", "é", String(repeating: "1", count: 33)])
    func wrongPatterns(pattern: String) {
        #expect(DigitPattern(pattern: pattern) == nil)
    }

    /// The two relations, compared with trying every string of up to four keys.
    @Test func relationsAgreeWithTryingEverything() throws {
        let patterns = try ["1", "12", "X", "XX", "Z1", "[45]X", "N.", ".", "1.", "XX.", "*", "1*", "4X."].map {
            try #require(DigitPattern(pattern: $0))
        }
        let keys = Array("1249*")
        var strings = [""]
        var last = [""]
        for _ in 0..<4 {
            last = last.flatMap { prefix in keys.map { prefix + String($0) } }
            strings += last
        }
        for one in patterns {
            for other in patterns where one != other {
                let both = strings.contains { one.match($0) == .full && other.match($0) == .full }
                #expect(one.overlaps(other) == both, "\(one.written) \(other.written)")
                let prefix = strings.contains { short in
                    one.match(short) == .full
                        && strings.contains { $0.count > short.count && $0.hasPrefix(short) && other.match($0) == .full }
                }
                #expect(one.isPrefix(of: other) == prefix, "\(one.written) before \(other.written)")
            }
        }
    }
}
