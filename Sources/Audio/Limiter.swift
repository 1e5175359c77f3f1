/// Brings a sum of voices into 16 bits by a gain that follows its peaks, instead of cutting them off.
///
/// ```
///  peaks of 1 ms   ▁▂▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁       the whole frame is known before any of it is sent
///  gain            ▔▔▔╲▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅      down within the millisecond before the peak, up again over 200 ms
/// ```
/// A gain is chosen, not a curve: two loud talkers who are bent by a curve give products of each other's tones in every period, where a
/// gain that lasts longer than a period of the voice leaves each as he is, only softer. What fits into 16 bits passes bit by bit, so
/// there is no knee. Looked ahead is within the frame alone, which delays nothing; a peak in the first millisecond of a frame, before
/// which all was quiet, is cut off for so long.
package struct Limiter: Sendable {
    /// Samples, of the longest frame that is limited at once: 20 ms at 16 kHz.
    package static let longestFrame = 320
    /// Milliseconds of a frame.
    private static let steps = 20
    /// What is left of the way back to 1 after a millisecond: two thirds of it are gone after 200 ms.
    private static let recovery: Float = 0.9945
    /// 0.02 dB: from here on it counts as 1.
    private static let open: Float = 0.998

    /// At the end of the frame before.
    private var gain: Float = 1

    package init() {}

    /// Nothing is made softer: what fits into 16 bits needs not be looked at.
    package var isOpen: Bool { gain == 1 }

    /// A frame passed that was not needed.
    package mutating func rest() {
        guard gain < 1 else { return }
        for _ in 0..<Self.steps { recover() }
    }

    private mutating func recover() {
        gain = 1 - (1 - gain) * Self.recovery
        if gain >= Self.open { gain = 1 }
    }

    /// The next frame, `count` samples of at most `longestFrame`.
    package mutating func limit(_ sum: UnsafePointer<Int32>, count: Int, into samples: UnsafeMutablePointer<Int16>) {
        let count = min(max(count, 0), Self.longestFrame)
        let step = max((count + Self.steps - 1) / Self.steps, 1)
        // The most that each millisecond bears, and 1 after the last: of the next frame nothing is known.
        var most = InlineArray<21, Float>(repeating: 1)
        for number in 0..<Self.steps {
            var peak: Int32 = 0
            for index in min(number * step, count)..<min((number + 1) * step, count) {
                peak = max(peak, sum[index], 0 &- sum[index])
            }
            if peak > 32_767 { most[number] = 32_767 / Float(peak) }
        }
        for number in 0..<Self.steps {
            let start = gain
            recover()
            // What this millisecond and the next bear at their common border; between two borders the gain is a straight line.
            gain = min(gain, most[number], most[number + 1])
            let range = min(number * step, count)..<min((number + 1) * step, count)
            let slope = (gain - start) / Float(step)
            for index in range {
                let value = Float(sum[index]) * (start + slope * Float(index - range.lowerBound + 1))
                let bounded = min(max(value, -32_768), 32_767)
                samples[index] = Int16(truncatingIfNeeded: Int32(bounded + (bounded < 0 ? -0.5 : 0.5)))
            }
        }
    }

    /// Cut off at 16 bits.
    @inline(__always)
    package static func clipped(_ value: Int32) -> Int16 {
        Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
    }
}
