import AudioFiles
import Foundation
import Testing

@Suite struct SpeechSpeedTests {
    /// A voice of a kind: pulses of a pitch that wanders, which ring at 700 Hz.
    private func voice(rate: Int, seconds: Double) -> [Int16] {
        var (phase, ring, speed) = (0.0, 0.0, 0.0)
        return (0..<Int(seconds * Double(rate))).map { index in
            let time = Double(index) / Double(rate)
            phase += (120 + 20 * sin(2 * time)) / Double(rate)
            let pulse = phase >= 1 ? 6_000.0 : 0
            if phase >= 1 { phase -= 1 }
            let angle = 2 * Double.pi * 700 / Double(rate)
            speed = 0.97 * speed - angle * angle * ring + pulse * angle
            ring += speed
            return Int16(min(max(ring, -30_000), 30_000))
        }
    }

    /// Pulses in a second, by how often the envelope passes its mean upwards.
    private func pitch(_ samples: [Int16], rate: Int) -> Double {
        var envelope = 0.0
        let smooth = samples.map { sample in
            envelope += (abs(Double(sample)) - envelope) * 150 * 2 * .pi / Double(rate)
            return envelope
        }
        let mean = smooth.reduce(0, +) / Double(smooth.count)
        let rises = zip(smooth, smooth.dropFirst()).count { $0 < mean && $1 >= mean }
        return Double(rises) / (Double(samples.count) / Double(rate))
    }

    @Test(arguments: [8_000, 16_000], [0.5, 0.75, 1.25, 1.5, 2])
    func itIsShorterOrLongerAtTheSamePitch(rate: Int, speed: Double) {
        let sound = voice(rate: rate, seconds: 4)
        let changed = SpeechSpeed.changed(sound, rate: rate, speed: speed)
        #expect(abs(Double(changed.count) * speed / Double(sound.count) - 1) < 0.02, "\(changed.count)")
        let (was, isNow) = (pitch(sound, rate: rate), pitch(changed, rate: rate))
        #expect(abs(isNow / was - 1) < 0.08, "\(was) and \(isNow) Hz")
    }

    @Test func whatNeedsNoChangeHasNone() {
        let sound = voice(rate: 8_000, seconds: 0.5)
        #expect(SpeechSpeed.changed(sound, rate: 8_000, speed: 1) == sound)
        #expect(SpeechSpeed.changed([], rate: 8_000, speed: 2).isEmpty)
        #expect(SpeechSpeed.changed([1, 2, 3], rate: 8_000, speed: .infinity).count < 8_000)
    }
}
