/// A header that a scenario adds to a message. Its name is none that the server sets; its value is one line.
package struct ScenarioHeader: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A goal of a redirect.
package struct RedirectContact: Hashable, Sendable, ExpressibleByStringLiteral {
    package var uri: String
    /// In thousandths, 0 to 1000: which goal is to be tried first (RFC 3261 §20.10); nil says nothing.
    package var q: Int?

    package init(uri: String, q: Int? = nil) {
        self.uri = uri
        self.q = q
    }

    package init(stringLiteral value: String) { self.init(uri: value) }

    /// As a Contact header has it: `<sip:a@b>;q=0.5`. What no address may hold is escaped (RFC 3261 §25.1), so that it cannot end it.
    package var headerValue: String {
        let escaped = uri.unicodeScalars.map { scalar in
            switch scalar {
            case "<": "%3C"
            case ">": "%3E"
            case "\"": "%22"
            case " ": "%20"
            default: String(scalar)
            }
        }
        return "<\(escaped.joined())>" + (q.map { ";q=\(Self.written(thousandths: $0))" } ?? "")
    }

    private static func written(thousandths: Int) -> String {
        let value = min(max(thousandths, 0), 1_000)
        if value == 1_000 { return "1" }
        let digits = String(value + 1_000).dropFirst()
        let end = digits.lastIndex { $0 != "0" }.map { digits.index(after: $0) } ?? digits.startIndex
        return digits.startIndex == end ? "0" : "0.\(digits[..<end])"
    }
}

extension ScenarioRun {
    /// What a step adds, with the values of now: on one line, no longer than is allowed, and left out where it is empty.
    func headers(_ written: [Assignment]) -> [ScenarioHeader] {
        written.prefix(HeaderName.countLimit).compactMap { header in
            let value = evaluate(header.value).asText.onOneLine.cut(toBytes: HeaderName.valueLimit)
            return value.contains { $0 != " " } ? ScenarioHeader(header.name, value) : nil
        }
    }
}

extension String {
    /// The longest beginning of whole characters that has no more bytes than that.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var bytes = 0
        let kept = unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes <= limit
        }
        return String(kept)
    }
}
