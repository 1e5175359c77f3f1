import Glibc

/// Sound at twice its rate, or at half of it: for a recording whose stream changed to a codec of another rate, and for keys in L16.
/// A half-band filter of 31 taps, 0.9 ms of delay at 16 kHz; -6 dB at a quarter of the higher rate, more than 50 dB a fifth beyond.
struct RateStep: ~Copyable {
    private static let taps = 31
    /// Samples at the higher rate that can be given or made at a time.
    static let longest = 6_400

    private let filter: UnsafeMutablePointer<Float>
    /// The last inputs at the higher rate, then the new ones.
    private let line: UnsafeMutablePointer<Float>

    init() {
        filter = .allocate(capacity: Self.taps)
        line = .allocate(capacity: Self.taps + Self.longest)
        line.initialize(repeating: 0, count: Self.taps + Self.longest)
        let middle = Self.taps / 2
        var sum: Float = 0
        for tap in 0..<Self.taps {
            let x = Double(tap - middle) * .pi / 2
            let window =
                0.42 + 0.5 * cos(.pi * Double(tap - middle) / Double(middle + 1)) + 0.08
                * cos(2 * .pi * Double(tap - middle) / Double(middle + 1))
            (filter + tap).initialize(to: Float((x == 0 ? 1 : sin(x) / x) * window / 2))
            sum += filter[tap]
        }
        for tap in 0..<Self.taps { filter[tap] /= sum }
    }

    deinit {
        filter.deallocate()
        line.deallocate()
    }

    /// Another stream begins.
    mutating func reset() { line.update(repeating: 0, count: Self.taps) }

    /// Writes `2 * count` samples; `count` at most half of `longest`.
    mutating func double(_ samples: UnsafePointer<Int16>, count: Int, into result: UnsafeMutablePointer<Int16>) {
        let count = min(max(count, 0), Self.longest / 2)
        let start = line + Self.taps
        for index in 0..<count {
            start[2 * index] = 2 * Float(samples[index])
            start[2 * index + 1] = 0
        }
        for index in 0..<2 * count { result[index] = value(at: index) }
        keep(2 * count)
    }

    /// Writes `count / 2` samples; `count` is even and at most `longest`.
    mutating func halve(_ samples: UnsafePointer<Int16>, count: Int, into result: UnsafeMutablePointer<Int16>) {
        let count = min(max(count, 0), Self.longest) / 2 * 2
        for index in 0..<count { line[Self.taps + index] = Float(samples[index]) }
        for index in 0..<count / 2 { result[index] = value(at: 2 * index) }
        keep(count)
    }

    private func value(at index: Int) -> Int16 {
        let latest = line + Self.taps + index
        var sum: Float = 0
        for tap in 0..<Self.taps { sum += filter[tap] * latest[-tap] }
        return Int16(min(max(sum.rounded(), -32_768), 32_767))
    }

    private mutating func keep(_ count: Int) {
        for index in 0..<Self.taps { line[index] = line[count + index] }
    }
}
