/// How long the answer of a DNS message holds: the library's records of SRV and NAPTR come without it.
enum ReplyLifetime {
    /// The shortest TTL of the answer section in seconds; 0 (do not keep) when there is none, or the message is cut short.
    static func seconds(of message: UnsafeRawBufferPointer) -> Int {
        var reader = Reader(message: message, offset: 4)
        guard let questions = reader.number(2), let answers = reader.number(2), reader.skip(4) else { return 0 }
        for _ in 0..<questions {
            guard reader.skipName(), reader.skip(4) else { return 0 }
        }
        var shortest: Int?
        for _ in 0..<answers {
            guard reader.skipName(), reader.skip(4), let lifetime = reader.number(4), let length = reader.number(2), reader.skip(length)
            else { return 0 }
            // RFC 2181 §8: with the highest bit set it counts as zero.
            shortest = min(shortest ?? .max, lifetime > Int(Int32.max) ? 0 : lifetime)
        }
        return shortest ?? 0
    }

    /// Goes through a DNS message (RFC 1035 §4.1), never past its end.
    private struct Reader {
        let message: UnsafeRawBufferPointer
        var offset: Int

        mutating func skip(_ count: Int) -> Bool {
            guard count <= message.count - offset else { return false }
            offset += count
            return true
        }

        mutating func number(_ size: Int) -> Int? {
            let start = offset
            guard skip(size) else { return nil }
            return message[start..<offset].reduce(0) { $0 << 8 | Int($1) }
        }

        /// Over labels up to the empty one, or up to a pointer, with which a name ends (§4.1.4).
        mutating func skipName() -> Bool {
            while let length = number(1) {
                if length == 0 { return true }
                if length >= 0xC0 { return skip(1) }
                guard length < 0x40, skip(length) else { return false }
            }
            return false
        }
    }
}
