import Crypto
import Foundation
import WebAddresses

/// An answer as it lies on the disk: one line of JSON about it, then its body. One file, so that both are replaced at once.
struct KeptResponse: Equatable {
    /// What is known of the body.
    struct Record: Codable, Equatable {
        var address: String
        var entityTag: String?
        var lastModified: String?
        /// Unix seconds when it came or was last found unchanged.
        var since: Int
        /// So many seconds from then it need not be asked for.
        var lifetime: Int
        var isStrict: Bool
        /// Of the body: SHA-256, in hexadecimal digits.
        var digest: String
    }

    var record: Record
    var body: [UInt8]

    /// Longer lines are no records: an address has at most 2,048 characters, a validator at most `longestValidator`.
    static let longestRecord = 16 << 10
    private static let longestValidator = 1_024

    init(_ response: WebResponse, from address: WebAddress, at now: Int) {
        body = response.body
        record = Record(
            address: address.description, since: now, lifetime: 0, isStrict: false, digest: Self.digest(response.body))
        take(response, at: now)
    }

    /// Reads what `bytes` has; nil unless it is whole, unchanged and of `address`. Whoever can write the file has written the digest too: it
    /// finds damage, not malice, and what reads the body must bear anything.
    init?(_ bytes: [UInt8], of address: WebAddress) {
        guard let end = bytes.prefix(Self.longestRecord).firstIndex(of: 0x0A),
            let record = try? JSONDecoder().decode(Record.self, from: Data(bytes[..<end]))
        else { return nil }
        let body = Array(bytes[(end + 1)...])
        guard record.address == address.description, record.lifetime >= 0, record.digest == Self.digest(body) else { return nil }
        self.record = record
        self.body = body
    }

    /// As it is written to the disk; nil where it cannot be.
    var bytes: [UInt8]? {
        guard let line = try? JSONEncoder().encode(record), line.count < Self.longestRecord else { return nil }
        return Array(line) + [0x0A] + body
    }

    /// Not asked for again yet. A clock that was set back makes no answer younger.
    func isFresh(at now: Int) -> Bool { now >= record.since && now - record.since < record.lifetime }

    /// The headers of a 200 or of a 304 (RFC 9111 §4.3.4).
    mutating func take(_ response: WebResponse, at now: Int) {
        let freshness = Freshness(control: response["Cache-Control"], age: response["Age"])
        record.since = now
        record.lifetime = freshness.lifetime
        record.isStrict = freshness.isStrict
        if let tag = Self.validator(response["ETag"]) { record.entityTag = tag }
        if let date = Self.validator(response["Last-Modified"]) { record.lastModified = date }
    }

    /// What asks whether it is still the same (RFC 9110 §13.1.2, §13.1.3).
    var conditions: [(name: String, value: String)] {
        if let tag = record.entityTag { return [("If-None-Match", tag)] }
        if let date = record.lastModified { return [("If-Modified-Since", date)] }
        return []
    }

    /// It goes back into a header, so it must be one line of it.
    private static func validator(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= longestValidator, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return nil
        }
        return text
    }

    static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }
}
