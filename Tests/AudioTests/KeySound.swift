import Glibc

@testable import Audio

/// Keys as a line brings them: at levels in dBm0, off in frequency, noisy, echoing, quantised.
struct KeySound {
    static let keys: [Character] = Array("123A456B789C*0#D")
    /// The amplitude of a sine of 0 dBm0: 3.14 dB below full scale (G.711 table 5's load capacity).
    static let reference = 32_767 * pow(10, -3.14 / 20)

    enum Law: Sendable { case linear, a, mu }

    /// Milliseconds of tone and of pause; up to 5 ms more of pause, so that keys begin anywhere in a frame.
    var on = 50.0
    var off = 50.0
    /// dBm0 of either tone.
    var low = -10.0
    var high = -10.0
    /// Parts, and hertz on top in the same direction.
    var lowOffset = 0.0
    var highOffset = 0.0
    var hertz = 0.0
    /// Milliseconds from the middle of the tone on that are silent.
    var hole = 0.0
    /// Milliseconds of rise and fall.
    var ramp = 0.0
    /// The power of the tones over that of white noise, in dB.
    var noise: Double?
    /// Steady tones beside it: hertz, and dBm0 each.
    var dial: [Double] = []
    var dialLevel = -10.0
    /// Milliseconds later, and dB of gain.
    var echo: (delay: Double, gain: Double)?
    var law = Law.linear

    /// Where each key begins and how long it is, in samples.
    typealias Press = (key: Character, offset: Int, count: Int)

    func samples(_ keys: [Character], random: inout SeededGenerator) -> (samples: [Int16], presses: [Press]) {
        var sound = [Double](repeating: 0, count: 800)
        var presses: [Press] = []
        for key in keys {
            guard let pair = ToneGenerator.frequencies(of: key) else { continue }
            let count = Int(on * 8)
            presses.append((key, sound.count, count))
            let lower = pair.low * (1 + lowOffset) + (lowOffset < 0 ? -hertz : hertz)
            let upper = pair.high * (1 + highOffset) + (highOffset < 0 ? -hertz : hertz)
            let (lowPhase, highPhase) = (Double.random(in: 0...6.28, using: &random), Double.random(in: 0...6.28, using: &random))
            for index in 0..<count {
                let edge = Double(min(index, count - 1 - index)) + 0.5
                let share = edge < ramp * 8 ? 0.5 - 0.5 * cos(.pi * edge / (ramp * 8)) : 1
                let isHole = index >= count / 2 && Double(index) < Double(count / 2) + hole * 8
                let value =
                    Self.amplitude(low) * sin(2 * .pi * lower * Double(index) / 8_000 + lowPhase)
                    + Self.amplitude(high) * sin(2 * .pi * upper * Double(index) / 8_000 + highPhase)
                sound.append(isHole ? 0 : value * share)
            }
            sound += [Double](repeating: 0, count: Int(off * 8) + Int.random(in: 0...40, using: &random))
        }
        sound += [Double](repeating: 0, count: 800)
        disturb(&sound, &random)
        return (sound.map { quantised(Int16(min(max($0.rounded(), -32_768), 32_767))) }, presses)
    }

    private static func amplitude(_ level: Double) -> Double { reference * pow(10, level / 20) }

    private func disturb(_ sound: inout [Double], _ random: inout SeededGenerator) {
        if let echo {
            let clean = sound
            let delay = Int(echo.delay * 8)
            for index in delay..<sound.count { sound[index] += clean[index - delay] * pow(10, echo.gain / 20) }
        }
        if let noise {
            let power = pow(10, low / 10) + pow(10, high / 10)
            let deviation = Self.reference * (power / 2 * pow(10, -noise / 10)).squareRoot()
            for index in sound.indices {
                // Twelve even ones are nearly a normal one.
                var sum = -6.0
                for _ in 0..<12 { sum += Double(random.next() >> 11) / 9_007_199_254_740_992 }
                sound[index] += sum * deviation
            }
        }
        for frequency in dial {
            for index in sound.indices { sound[index] += Self.amplitude(dialLevel) * sin(2 * .pi * frequency * Double(index) / 8_000) }
        }
    }

    /// Through G.711 and back, near enough: 4 bits of mantissa in segments that double.
    private func quantised(_ sample: Int16) -> Int16 {
        let magnitude = abs(Double(sample))
        let sign = sample < 0 ? -1.0 : 1.0
        switch law {
        case .linear: return sample
        case .a:
            let step = pow(2, max(floor(log2(max(magnitude, 1))), 8) - 4)
            return Int16(min(max(sign * (floor(magnitude / step) + 0.5) * step, -32_767), 32_767))
        case .mu:
            let raised = min(magnitude, 32_635) + 132
            let step = pow(2, floor(log2(raised)) - 4)
            return Int16(sign * ((floor(raised / step) + 0.5) * step - 132))
        }
    }
}

/// All that a detector tells of these samples, given in frames of `frame`.
func tellings(of samples: [Int16], frame: Int = 160) -> [ToneDetector.Event] {
    var detector = ToneDetector()
    var events: [ToneDetector.Event] = []
    samples.withUnsafeBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        for offset in stride(from: 0, to: buffer.count, by: frame) {
            detector.listen(start + offset, count: min(frame, buffer.count - offset)) { events.append($0) }
        }
    }
    return events
}

extension [ToneDetector.Event] {
    var downs: [(key: Character, offset: Int)] {
        compactMap { if case .down(let key, let offset) = $0 { (key, offset) } else { nil } }
    }
    var ups: [(key: Character, offset: Int, duration: Int)] {
        compactMap { if case .up(let key, let offset, let duration) = $0 { (key, offset, duration) } else { nil } }
    }
}
