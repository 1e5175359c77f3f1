import SIP

/// A key sent by INFO, as telephones did before RFC 4733 and some still do: `application/dtmf-relay` (lines `Signal=` and `Duration=`) or
/// `application/dtmf` (the key alone). Neither is standardised; RFC 6086 §1 names them legacy usages.
enum InfoDigit {
    static let contentTypes = ["application/dtmf-relay", "application/dtmf"]
    /// Longer bodies are none of these.
    private static let limit = 256

    /// Nil when the body is not of these types or names no key.
    static func key(in body: Body) -> Character? {
        guard body.bytes.count <= limit else { return nil }
        let type = body.contentType.split(separator: ";")[...].first.map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() } ?? ""
        let text = String(decoding: body.bytes, as: UTF8.self)
        switch type {
        case "application/dtmf": return key(named: text)
        case "application/dtmf-relay":
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].filter({ $0 != " " }).lowercased() == "signal" else { continue }
                return key(named: String(parts[1]))
            }
            return nil
        default: return nil
        }
    }

    /// Of the usual length of 160 ms.
    static func body(for key: Character) -> Body {
        Body(contentType: contentTypes[0], bytes: Array("Signal=\(key)\r\nDuration=160\r\n".utf8))
    }

    /// `10` and `11` are the event numbers of RFC 4733 §3.2 for `*` and `#`, `12` to `15` those for A to D.
    private static func key(named text: String) -> Character? {
        let name = text.filter { !$0.isWhitespace }.uppercased()
        if name.count == 1, let key = name.first, "0123456789*#ABCD".contains(key) { return key }
        return ["10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"][name]
    }
}
