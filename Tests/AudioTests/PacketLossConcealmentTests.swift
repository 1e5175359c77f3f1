import Glibc
import Testing

@testable import Audio

@Suite struct PacketLossConcealmentTests {
    /// Runs frames of `frame` samples through, those named as lost are made up. Returns what is heard.
    private func hear(_ samples: [Int16], lost: Set<Int>, frame: Int = 160) -> [Int16] {
        var concealment = PacketLossConcealment()
        var heard = samples
        heard.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            for index in 0..<(buffer.count / frame) {
                if lost.contains(index) {
                    concealment.conceal(into: start + index * frame, count: frame)
                } else {
                    concealment.accept(start + index * frame, count: frame)
                }
            }
        }
        return heard
    }

    private func sine(_ frequency: Double, count: Int = 8_000, amplitude: Double = 10_000) -> [Int16] {
        (0..<count).map { Int16((amplitude * sin(2 * .pi * frequency * Double($0) / 8_000)).rounded()) }
    }

    private func signalToNoise(_ clean: ArraySlice<Int16>, _ heard: ArraySlice<Int16>) -> Double {
        let signal = clean.reduce(0.0) { $0 + Double($1) * Double($1) }
        let noise = zip(clean, heard).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
        return 10 * log10(signal / max(noise, 1))
    }

    private func steepest(_ samples: ArraySlice<Int16>) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test func nothingLostIsUntouched() {
        let samples = sine(440)
        #expect(hear(samples, lost: []) == samples)
    }

    @Test(arguments: [100.0, 125, 160, 200, 250, 400, 1_000]) func aPeriodicSoundGoesOn(frequency: Double) {
        let samples = sine(frequency)
        let heard = hear(samples, lost: [20])
        // The first 10 ms are not faded.
        #expect(signalToNoise(samples[3_200..<3_280], heard[3_200..<3_280]) > 15)
        #expect(steepest(heard[3_100..<3_600]) < steepest(samples[...]) * 13 / 10)
        // The frame after the gap is the true one again after the blend.
        #expect(heard[3_440...] == samples[3_440...])
    }

    @Test func speechLikePulses() {
        // 110 Hz with ten harmonics that fall off, as a vowel.
        let samples = (0..<8_000).map { index -> Int16 in
            var value = 0.0
            for harmonic in 1...10 {
                let phase = 2 * Double.pi * 110 * Double(harmonic * index) / 8_000
                value += 6_000 / Double(harmonic) * sin(phase + Double(harmonic))
            }
            return Int16(value)
        }
        let heard = hear(samples, lost: [25])
        #expect(signalToNoise(samples[4_000..<4_080], heard[4_000..<4_080]) > 10)
        #expect(steepest(heard[3_900..<4_500]) < steepest(samples[...]) * 15 / 10)
    }

    @Test func longGapFadesToSilence() {
        let heard = hear(sine(200), lost: Set(20..<30))
        let level = { (from: Int) in self.level(heard[from..<(from + 80)]) }
        #expect(level(3_200) > -14)
        // What is quite periodic is held for 60 ms.
        #expect(level(3_600) > -14)
        #expect(level(3_920) < level(3_600) - 6)
        #expect(heard[4_160..<4_800].allSatisfy { $0 == 0 }, "silent after 120 ms: no background is known")
        // And back in without a click.
        #expect(steepest(heard[4_700..<5_000]) < steepest(sine(200)[...]) * 13 / 10)
    }

    private func level(_ samples: ArraySlice<Int16>) -> Double {
        Array(samples).withUnsafeBufferPointer { buffer in buffer.baseAddress.map { Decibels.level(of: $0, count: buffer.count) } ?? -200 }
    }

    @Test(arguments: [UInt64(1), 2, 3]) func noiseKeepsItsLevel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let samples = (0..<16_000).map { _ in Int16.random(in: -3_000...3_000, using: &random) }
        let lost = Set((20..<90).filter { _ in Int.random(in: 0..<5, using: &random) == 0 })
        let heard = hear(samples, lost: lost)
        for index in lost where !lost.contains(index - 1) {
            #expect(abs(level(heard[(index * 160)..<(index * 160 + 80)]) - level(samples[...])) < 3)
        }
        #expect(heard.allSatisfy { abs(Int($0)) <= 4_500 })
    }

    @Test func skippedSamplesAreJoined() {
        var concealment = PacketLossConcealment()
        let samples = sine(150)
        var heard: [Int16] = []
        // 37 samples are left out at 4,000.
        for (start, joined) in [(0, false), (4_037, true)] {
            for offset in stride(from: start, to: start + 3_840, by: 160) {
                var frame = Array(samples[offset..<(offset + 160)])
                concealment.accept(&frame, count: 160, joined: joined && offset == start)
                heard += frame
            }
        }
        #expect(steepest(heard[...]) < steepest(samples[...]) * 16 / 10)
    }

    @Test func oddCountsAndLoudness() {
        var random = SeededGenerator(seed: 9)
        var concealment = PacketLossConcealment()
        var frame = [Int16](repeating: 0, count: 1_000)
        for _ in 0..<1_500 {
            let count = Int.random(in: 0...1_000, using: &random)
            if Bool.random(using: &random) {
                for index in 0..<count { frame[index] = Bool.random(using: &random) ? .max : .min }
                concealment.accept(&frame, count: count, joined: Bool.random(using: &random))
            } else {
                concealment.conceal(into: &frame, count: count)
            }
        }
        concealment.reset()
        concealment.conceal(into: &frame, count: 480)
        #expect(frame[..<480].allSatisfy { $0 == 0 })
    }

    /// A hiss behind a voice, loss in the voice: what is left is the hiss.
    @Test(arguments: [8_000, 16_000, 48_000]) func longGapFadesToTheBackground(rate: Int) {
        var random = SeededGenerator(seed: 11)
        var concealment = PacketLossConcealment(rate: rate)
        let frame = rate / 50
        // Brown rather than white, so that its colour can be told.
        var (last, hiss) = (0.0, [Int16]())
        for _ in 0..<rate {
            last = 0.9 * last + Double.random(in: -60...60, using: &random)
            hiss.append(Int16(last))
        }
        concealment.listen(hiss, count: rate / 2)
        for start in stride(from: 0, to: rate / 2, by: frame) {
            var voice = (0..<frame).map { hiss[start + $0] + Int16(6_000 * sin(2 * .pi * 150 * Double(start + $0) / Double(rate))) }
            concealment.accept(&voice, count: frame)
        }
        var made = [Int16](repeating: 0, count: rate / 2)
        for start in stride(from: 0, to: rate / 2, by: frame) {
            made.withUnsafeMutableBufferPointer { concealment.conceal(into: $0.baseAddress! + start, count: frame) }
        }
        let tail = made[(rate / 4)...]
        #expect(abs(level(tail) - level(hiss[...])) < 3, "\(level(tail)) for \(level(hiss[...]))")
        // Neighbours of such a noise are much alike.
        let likeness = { (samples: ArraySlice<Int16>) in
            zip(samples, samples.dropFirst()).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                / samples.reduce(1.0) { $0 + Double($1) * Double($1) }
        }
        #expect(abs(likeness(tail) - likeness(hiss[...])) < 0.2)
    }

    @Test(arguments: [16_000, 48_000]) func otherRates(rate: Int) {
        var concealment = PacketLossConcealment(rate: rate)
        let frame = rate / 50
        let samples = (0..<rate).map { Int16(8_000 * sin(2 * .pi * 170 * Double($0) / Double(rate))) }
        var heard = samples
        for index in 0..<50 {
            heard.withUnsafeMutableBufferPointer { buffer in
                let place = buffer.baseAddress! + index * frame
                if index == 30 { concealment.conceal(into: place, count: frame) } else { concealment.accept(place, count: frame) }
            }
        }
        #expect(signalToNoise(samples[(30 * frame)..<(31 * frame)], heard[(30 * frame)..<(31 * frame)]) > 15)
        #expect(steepest(heard[(29 * frame)..<(33 * frame)]) < steepest(samples[...]) * 13 / 10)
    }

    /// After a gap the sound comes back out of step: what is left out brings it into step again.
    @Test(arguments: [5, 13, 27, 40, 49]) func fallsIntoStep(shift: Int) {
        var concealment = PacketLossConcealment()
        let samples = sine(150)
        var played = Array(samples[..<1_600])
        concealment.accept(&played, count: 1_600)
        var gap = [Int16](repeating: 0, count: 160)
        concealment.conceal(into: &gap, count: 160)
        let rest = Array(samples[(1_760 + shift)..<(1_920 + shift)])
        let left = concealment.entry(rest, count: 160, most: 80)
        // 53.3 samples are a period.
        let off = Double(shift + left) / (8_000 / 150.0)
        #expect(abs(off - off.rounded()) < 0.05, "\(left) samples")
        #expect(concealment.entry(rest, count: 160, most: 0) == 0)
    }
}
