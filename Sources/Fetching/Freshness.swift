/// How long an answer may be used again without asking (RFC 9111), for a cache of one user: this server.
///
/// Without a `max-age` it is asked every time, which costs a small request and answer: what was replaced at its source is replaced at once.
/// `Expires` and guesses are passed over for the same reason.
struct Freshness: Equatable {
    /// Seconds from when it came.
    var lifetime = 0
    /// It must not be kept at all (§5.2.2.5).
    var isNotKept = false
    /// It must not be used unasked, not even when the server is away (§5.2.2.2, §5.2.2.4).
    var isStrict = false

    /// Nobody means more than a year.
    private static let longest = 366 * 86_400

    /// - `control`: `Cache-Control`. `age`: `Age`, the seconds that it spent in another cache on the way (§5.1).
    init(control: String?, age: String? = nil) {
        var isAlwaysAsked = false
        for directive in (control ?? "").split(separator: ",") {
            let parts = directive.split(separator: "=", maxSplits: 1).map { $0.trimmingSpaces().lowercased() }
            switch parts.first {
            case "no-store": isNotKept = true
            // With field names it is about those fields only.
            case "no-cache" where parts.count == 1: isAlwaysAsked = true
            case "must-revalidate": isStrict = true
            case "max-age":
                // §4.2.1: where it cannot be read, it counts as stale.
                let seconds = parts.count == 2 ? Self.seconds(parts[1].replacing("\"", with: "")) : nil
                lifetime = max(lifetime, min(seconds ?? 0, Self.longest))
            default: break
            }
        }
        if isAlwaysAsked {
            isStrict = true
            lifetime = 0
        }
        if let age { lifetime = max(0, lifetime - (Self.seconds(age.trimmingSpaces()) ?? 0)) }
    }

    private static func seconds(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        // §1.2.2: a number that is too large is as good as the largest.
        return Int(text) ?? longest
    }
}

extension StringProtocol {
    fileprivate func trimmingSpaces() -> String {
        let blanks: Set<Character> = [" ", "\t"]
        return String(drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed())
    }
}
