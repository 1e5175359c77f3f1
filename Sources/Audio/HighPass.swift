/// What takes dial tones away from the detector of keys: an elliptic high-pass of fourth order with zeros at 205 and 440 Hz, -35 dB
/// below 460 Hz and 0 to -0.5 dB from 680 Hz on. It delays 697 Hz by 14 samples and 1,633 Hz by one.
///
/// Four samples at a time: what they and the four memories do to the results and to the memories is linear, so it is eight columns
/// each, found by asking the plain filter. That waits for itself once in four samples, not twice in one.
struct HighPass: Sendable {
    private var memory: SIMD4<Float> = .zero

    /// What one memory or one sample contributes: to the four results, and to the memories after them.
    struct Response: Sendable {
        fileprivate var memories = InlineArray<4, (result: SIMD4<Float>, memory: SIMD4<Float>)>(repeating: (.zero, .zero))
        fileprivate var samples = InlineArray<4, (result: SIMD4<Float>, memory: SIMD4<Float>)>(repeating: (.zero, .zero))

        init() {
            for index in 0..<4 {
                var one = SIMD4<Double>.zero
                one[index] = 1
                memories[index] = Self.run(memory: one, samples: .zero)
                samples[index] = Self.run(memory: .zero, samples: one)
            }
        }

        private static func run(memory: SIMD4<Double>, samples: SIMD4<Double>) -> (SIMD4<Float>, SIMD4<Float>) {
            var memory = memory
            var result = SIMD4<Double>.zero
            for index in 0..<4 { result[index] = HighPass.pass(samples[index], &memory) }
            return (SIMD4<Float>(result), SIMD4<Float>(memory))
        }
    }

    /// The filter itself: two sections, transposed.
    private static func pass(_ value: Double, _ memory: inout SIMD4<Double>) -> Double {
        let first = value * 0.5184974027374383 + memory.x
        memory.x = memory.y - value * 1.0237491622264818 + first * 1.018120386961605
        memory.y = value * 0.5184974027374383 - first * 0.37954501396851487
        let second = first + memory.z
        memory.z = memory.w - first * 1.8826118973621109 + second * 1.6464158336529905
        memory.w = first - second * 0.8883401293282337
        return second
    }

    mutating func pass(_ sound: SIMD4<Float>, _ response: borrowing Response) -> SIMD4<Float> {
        var result = response.memories[0].result * memory.x + response.memories[1].result * memory.y
        result += response.memories[2].result * memory.z + response.memories[3].result * memory.w
        result += response.samples[0].result * sound.x + response.samples[1].result * sound.y
        result += response.samples[2].result * sound.z + response.samples[3].result * sound.w
        var next = response.samples[0].memory * sound.x + response.samples[1].memory * sound.y
        next += response.samples[2].memory * sound.z + response.samples[3].memory * sound.w
        next +=
            (response.memories[0].memory * memory.x + response.memories[1].memory * memory.y)
            + (response.memories[2].memory * memory.z + response.memories[3].memory * memory.w)
        memory = next
        return result
    }
}
