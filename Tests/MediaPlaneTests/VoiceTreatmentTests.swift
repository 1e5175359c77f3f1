import Audio
import Glibc
import Testing

@testable import MediaPlane

/// What is done to a member's voice: noise out, loudness, gain.
@Suite struct VoiceTreatmentTests {
    private static func tone(_ frequency: Double, level: Double, rate: Int, count: Int) -> [Int16] {
        let amplitude = Decibels.amplitude(ofSine: level)
        return (0..<count).map { Int16((amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))).rounded()) }
    }

    private static func shaped(_ sound: [Int16], _ treatment: inout VoiceTreatment) -> [Int16] {
        var result = sound
        let frame = treatment.isWide ? 320 : 160
        for start in stride(from: 0, to: sound.count, by: frame) {
            result.withUnsafeMutableBufferPointer { _ = treatment.shape($0.baseAddress! + start, count: frame, isSound: true) }
        }
        return result
    }

    @Test(arguments: [-20.0, -6, 6, 12], [false, true])
    func aGainIsAGain(gain: Double, isWide: Bool) {
        let rate = isWide ? 16_000 : 8_000
        var treatment = VoiceTreatment(MediaRoomSettings(), gain: gain, isWide: isWide)
        let result = Self.shaped(Self.tone(500, level: -20, rate: rate, count: rate), &treatment)
        #expect(abs(level(of: 500, in: result.suffix(rate / 2), rate: rate) - (gain - 20)) < 0.05)
        // The first frame goes there in a straight line: no step.
        let first = result.prefix(rate / 50)
        #expect(zip(first, first.dropFirst()).allSatisfy { abs(Int($1) - Int($0)) < 6_000 })
        treatment.gain = -70
        _ = Self.shaped([Int16](repeating: 100, count: rate / 50), &treatment)
        #expect(Self.shaped([Int16](repeating: 100, count: rate / 50), &treatment).allSatisfy { $0 == 0 })
    }

    @Test func muchGainIsLimited() {
        var treatment = VoiceTreatment(MediaRoomSettings(), gain: 24, isWide: false)
        let result = Self.shaped(Self.tone(500, level: -6, rate: 8_000, count: 8_000), &treatment)
        #expect(abs(level(of: 500, in: result.suffix(4_000))) < 0.5, "full scale")
        #expect(level(of: 1_500, in: result.suffix(4_000)) < -40, "and no square wave, whose third harmonic has -10 dB")
    }

    @Test func withNothingOnNothingChanges() {
        var treatment = VoiceTreatment(MediaRoomSettings(), gain: 0, isWide: false)
        let sound = Self.tone(700, level: 0, rate: 8_000, count: 1_600)
        #expect(Self.shaped(sound, &treatment) == sound)
        var silence = [Int16](repeating: 0, count: 160)
        #expect(treatment.shape(&silence, count: 160, isSound: false) == false)
    }

    /// Noise of -40 dBFS between and under bursts of a voice-like sound of -20: the pauses become quiet, the bursts stay.
    @Test(arguments: [false, true])
    func noiseIsTakenOut(isWide: Bool) {
        let rate = isWide ? 16_000 : 8_000
        var random = SeededGenerator(seed: 5)
        let seconds = 8
        let amplitude = Decibels.amplitude(ofSine: -40) * 1.5.squareRoot()
        let voice = (0..<seconds * rate).map { index -> Double in
            guard index / (rate / 4) % 4 < 2 else { return 0 }
            let time = Double(index) / Double(rate)
            return (1...8).reduce(0) { $0 + Decibels.amplitude(ofSine: -29) * sin(2 * .pi * 150 * Double($1) * time + Double($1 * $1)) }
        }
        let sound = voice.map { Int16($0 + amplitude * Double.random(in: -1...1, using: &random)) }
        var treatment = VoiceTreatment(MediaRoomSettings(suppressesNoise: true), gain: 0, isWide: isWide)
        let result = Self.shaped(sound, &treatment)
        func energy(_ samples: [Int16], voiced: Bool) -> Double {
            var sum = 0.0
            var count = 0.0
            for index in 4 * rate..<seconds * rate {
                let quarter = index / (rate / 4) % 4
                // The middles of the two: what lies at the edges is neither.
                guard voiced ? quarter == 1 : quarter == 3 else { continue }
                sum += Double(samples[index]) * Double(samples[index])
                count += 1
            }
            return Decibels.level(meanSquare: sum / count)
        }
        let (noise, left) = (energy(sound, voiced: false), energy(result, voiced: false))
        let (before, after) = (energy(sound, voiced: true), energy(result, voiced: true))
        print("noise \(noise) -> \(left) dBFS, voice \(before) -> \(after) dBFS at \(rate) Hz")
        #expect(left < noise - 10)
        #expect(abs(after - before) < 1.5)
        // The delay: where the voice fits best.
        func fit(_ delay: Int) -> Double {
            (5 * rate..<5 * rate + rate / 2).reduce(0) { $0 + voice[$1 - delay] * Double(result[$1]) }
        }
        let best = (0..<rate / 40).max { fit($0) < fit($1) } ?? 0
        #expect(best == rate / 100, "\(best) samples")
        // What the suppression holds back leaves with one frame more, then all is silent.
        var silence = [Int16](repeating: 7, count: rate / 50)
        #expect(treatment.shape(&silence, count: rate / 50, isSound: false) == true)
        #expect(treatment.shape(&silence, count: rate / 50, isSound: false) == false)
    }

    @Test func softTalkersAreRaised() {
        var treatment = VoiceTreatment(MediaRoomSettings(levelsVoices: true), gain: 0, isWide: false)
        let word = Self.tone(300, level: -30, rate: 8_000, count: 8_000)
        var last: [Int16] = []
        for _ in 0..<8 {
            last = Self.shaped(word, &treatment)
            _ = Self.shaped([Int16](repeating: 0, count: 4_000), &treatment)
        }
        #expect(abs(level(of: 300, in: last.suffix(4_000)) + 19) < 1, "\(level(of: 300, in: last.suffix(4_000)))")
    }
}
