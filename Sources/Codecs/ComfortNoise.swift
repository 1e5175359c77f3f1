/// The background of a pause as RFC 3389 describes it in a packet: its level, and its spectrum as the reflection coefficients of an
/// all-pole filter.
package struct ComfortNoise: Equatable, Sendable {
    /// Coefficients that are kept; RFC 3389 §3 sets no end, and a receiver may use fewer than came.
    package static let maximumOrder = 16
    /// Octets that `write` takes at most.
    package static let maximumOctets = 1 + maximumOrder

    /// Decibels below overload, 0...127: 0 is the power of a square wave of full scale (RFC 3389 §3.1), 127 silence.
    package let level: UInt8
    /// How many coefficients there are; 0 is white noise.
    package let order: Int
    /// As they are in the packet, 0...254; 127 is nothing.
    private let codes: SIMD16<UInt8>

    /// White noise.
    package init(level: UInt8) {
        self.init(level: min(level, 127), order: 0, codes: SIMD16(repeating: 127))
    }

    private init(level: UInt8, order: Int, codes: SIMD16<UInt8>) {
        self.level = level
        self.order = order
        self.codes = codes
    }

    /// Reads a payload; nil when it is empty.
    package init?(payload: UnsafeRawBufferPointer) {
        guard let first = payload.first else { return nil }
        var codes = SIMD16<UInt8>(repeating: 127)
        let order = min(payload.count - 1, Self.maximumOrder)
        // §3.2: 255 would be a coefficient above 1, whose filter runs away.
        for index in 0..<order { codes[index] = min(payload[index + 1], 254) }
        // §3.1: the top bit is to be ignored.
        self.init(level: first & 0x7F, order: order, codes: codes)
    }

    /// Writes the payload and says how many octets it has; 0 when there is no room.
    package func write(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        guard bytes.count > order else { return 0 }
        bytes[0] = level
        for index in 0..<order { bytes[index + 1] = codes[index] }
        return 1 + order
    }

    /// The coefficient k of the stage `index`, -1 < k < 1 (§3.2): stage 0 alone is the filter 1 / (1 + k·z⁻¹).
    package func reflection(_ index: Int) -> Float {
        index >= 0 && index < order ? 258 * (Float(codes[index]) - 127) / 32_768 : 0
    }

    /// The effective amplitude of the noise, in 16-bit units.
    package var amplitude: Float { level == 127 ? 0 : Self.amplitudes[Int(level)] }

    /// By level; -1 dB is a factor of 10^(-1/20).
    private static let amplitudes: [Float] = (0..<128).map { level in
        (0..<level).reduce(Float(32_768)) { amplitude, _ in amplitude * 0.891_250_94 }
    }
}

// MARK: Measuring

extension ComfortNoise {
    /// Describes `count` samples of background; `order` coefficients, as far as the samples reach.
    package init(measuring samples: UnsafePointer<Int16>, count: Int, order: Int = 10) {
        let count = max(count, 0)
        let wanted = min(max(order, 0), Self.maximumOrder, max(count - 1, 0))
        // Autocorrelation.
        var correlation = InlineArray<17, Float>(repeating: 0)
        for lag in 0...wanted {
            var sum: Float = 0
            for index in lag..<max(count, lag) { sum += Float(samples[index]) * Float(samples[index - lag]) }
            correlation[lag] = sum
        }
        let meanSquare = count > 0 ? correlation[0] / Float(count) : 0
        // The level whose amplitude is nearest from below, half a decibel allowed.
        let level = Self.amplitudes.firstIndex { meanSquare >= $0 * $0 * 0.891_250_94 } ?? 127
        guard meanSquare > 0 else {
            self.init(level: 127)
            return
        }
        // A floor 40 dB below keeps the filter away from its edge when the background is a hum.
        correlation[0] *= 1.000_1
        let codes = Self.reflections(correlation, order: wanted)
        self.init(level: UInt8(clamping: level), order: wanted, codes: codes)
    }

    /// The recursion of Levinson and Durbin, of which the reflection coefficients are the steps.
    private static func reflections(_ correlation: InlineArray<17, Float>, order: Int) -> SIMD16<UInt8> {
        var codes = SIMD16<UInt8>(repeating: 127)
        var filter = InlineArray<17, Float>(repeating: 0)
        var error = correlation[0]
        for stage in 0..<order {
            guard error > 0 else { break }
            var sum = correlation[stage + 1]
            for index in 0..<stage { sum += filter[index] * correlation[stage - index] }
            let reflection = -sum / error
            guard reflection > -1, reflection < 1 else { break }
            let former = filter
            for index in 0..<stage { filter[index] = former[index] + reflection * former[stage - 1 - index] }
            filter[stage] = reflection
            error *= 1 - reflection * reflection
            codes[stage] = UInt8(min(max((reflection * 32_768 / 258).rounded() + 127, 0), 254))
        }
        return codes
    }
}
