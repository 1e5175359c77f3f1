extension SIPMessage {
    /// The seconds of `Retry-After: 18000;duration=3600` or `120 (in a meeting)` (RFC 3261 §20.33): the greatest number for one that is
    /// greater, nil when the header is absent or begins with none.
    package var retryAfter: UInt32? {
        guard let value = value(of: .retryAfter) else { return nil }
        let digits = value.utf8.prefix { $0.isDigit }
        return digits.isEmpty ? nil : UInt32(String(decoding: digits, as: UTF8.self)) ?? .max
    }
}
