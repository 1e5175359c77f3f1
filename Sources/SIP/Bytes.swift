// Texts go to bytes and back a million times an hour: here in blocks, where the views of String go byte by byte.

extension String {
    /// The UTF-8 of this text in place.
    @inline(__always) func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        var text = self
        return text.withUTF8(body)
    }
}

extension [UInt8] {
    /// The bytes in `range` as text, what is no UTF-8 as U+FFFD. A range beyond the end is cut.
    func text(in range: Range<Int>) -> String {
        withUnsafeBufferPointer { $0.text(in: range) }
    }

    var text: String { text(in: 0..<count) }

    mutating func append(text: String) {
        text.withBytes { append(contentsOf: $0) }
    }

    /// Adds a number in decimal digits.
    mutating func append(number: Int) {
        guard number >= 0 else { return append(text: String(number)) }
        // From the last digit to the first, in a place on the stack: an Int has 19 at most.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var (first, rest) = (20, UInt(number))
            repeat {
                first -= 1
                digits.initializeElement(at: first, to: 0x30 + UInt8(truncatingIfNeeded: rest % 10))
                rest /= 10
            } while rest > 0
            append(contentsOf: UnsafeBufferPointer(rebasing: digits[first..<20]))
        }
    }

    /// Adds a host, one of IPv6 in brackets, and its port if there is one.
    mutating func append(host: String, port: UInt16?) {
        let isIPv6 = host.withBytes { $0.firstIndex(of: UInt8(ascii: ":"), in: 0..<$0.count) != nil }
        if isIPv6 { append(UInt8(ascii: "[")) }
        append(text: host)
        if isIPv6 { append(UInt8(ascii: "]")) }
        guard let port else { return }
        append(UInt8(ascii: ":"))
        append(number: Int(port))
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The bytes in `range` as text, what is no UTF-8 as U+FFFD. A range beyond the end is cut.
    func text(in range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: self[range.clamped(to: 0..<count)]), as: UTF8.self)
    }

    /// Without white space at either end.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, self[lower].isWhitespace { lower += 1 }
        while upper > lower, self[upper - 1].isWhitespace { upper -= 1 }
        return lower..<upper
    }

    /// Where the next CRLF begins; nil when there is none.
    func lineEnd(from start: Int) -> Int? {
        var index = start
        while let found = firstIndex(of: .cr, in: index..<Swift.max(index, count - 1)) {
            if self[found + 1] == .lf { return found }
            index = found + 1
        }
        return nil
    }

    /// Whether `range`, which is as long as `other`, holds the same bytes: eight at a time, the last eight over some again.
    @inline(__always) func holds(_ other: UnsafeBufferPointer<UInt8>, in range: Range<Int>) -> Bool {
        let (raw, others) = (UnsafeRawBufferPointer(self), UnsafeRawBufferPointer(other))
        let length = range.count
        guard length >= 8 else {
            for index in 0..<length where self[range.lowerBound + index] != other[index] { return false }
            return true
        }
        func isEqual(at index: Int) -> Bool {
            raw.loadUnaligned(fromByteOffset: range.lowerBound + index, as: UInt64.self)
                == others.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        }
        var index = 0
        while index + 8 < length {
            guard isEqual(at: index) else { return false }
            index += 8
        }
        return isEqual(at: length - 8)
    }

    /// Looks at eight bytes at a time: a byte that is equal becomes 0 by the exclusive or, and the lowest borrow of the
    /// subtraction marks the first one.
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let pattern = UInt64(byte) &* ones
        let raw = UnsafeRawBufferPointer(self)
        let end = Swift.min(range.upperBound, count)
        var index = range.lowerBound
        while index + 8 <= end {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ pattern
            let found = (word &- ones) & ~word & tops
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}
