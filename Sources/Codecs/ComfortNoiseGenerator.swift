/// Makes the noise that a comfort noise packet describes, at any sampling rate: white noise through the all-pole lattice filter.
package struct ComfortNoiseGenerator: Sendable {
    private var random: UInt64
    private var order = 0
    private var reflections = InlineArray<16, Float>(repeating: 0)
    /// The lattice's memory: what went backward at the last sample, by stage.
    private var backward = InlineArray<17, Float>(repeating: 0)
    /// Amplitude of the white noise before the filter, and the one it is on its way to.
    private var gain: Float = 0
    private var target: Float = 0
    /// How much of the way it goes with each sample.
    private let pace: Float

    /// Nothing is heard before `follow`. Generators with different seeds make different noise, so that several of them do not add up.
    package init(sampleRate: Int, seed: UInt64) {
        // The one state that it would never leave is 0.
        random = seed == 0 ? 0x9E37_79B9_7F4A_7C15 : seed
        // A time constant of 50 ms: a new level is no step (RFC 3389 §5.2 asks for a smooth transition).
        pace = 20 / Float(max(sampleRate, 8_000))
    }

    /// Takes up a new description. The first is there at once, later ones are moved to.
    package mutating func follow(_ noise: ComfortNoise) {
        let isFirst = target == 0 && gain == 0
        if noise.order < order {
            for index in noise.order..<order { backward[index + 1] = 0 }
        }
        order = noise.order
        var power: Float = 1
        for index in 0..<order {
            // Nearer to 1 the filter would whistle, and take seconds to swing in.
            let reflection = min(max(noise.reflection(index), -0.995), 0.995)
            reflections[index] = reflection
            power *= 1 - reflection * reflection
        }
        // The filter's power gain is 1 / Π(1 - k²); uniform noise of amplitude 1 has an effective value of 1 / √3.
        target = noise.amplitude * (3 * power).squareRoot()
        if isFirst { gain = target }
    }

    /// Writes the next `count` samples.
    package mutating func generate(_ count: Int, into samples: UnsafeMutablePointer<Int16>) {
        for index in 0..<max(count, 0) {
            gain += (target - gain) * pace
            var forward = gain * white()
            // From the last stage to the first: f(i) = f(i+1) - k·b(i), and b(i+1) = b(i) + k·f(i), with the b of the sample before.
            var stage = order
            while stage > 0 {
                stage -= 1
                forward -= reflections[stage] * backward[stage]
                backward[stage + 1] = backward[stage] + reflections[stage] * forward
            }
            backward[0] = forward
            samples[index] = Int16(min(max(forward, -32_768), 32_767))
        }
    }

    /// -1 to 1, evenly: xorshift64* has no order that is heard.
    private mutating func white() -> Float {
        random ^= random >> 12
        random ^= random << 25
        random ^= random >> 27
        return Float(Int32(truncatingIfNeeded: (random &* 0x2545_F491_4F6C_DD1D) >> 32)) * 0x1p-31
    }
}
