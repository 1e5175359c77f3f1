import Testing

@testable import Audio

@Suite struct ToneDetectorTests {
    private func sound(of keys: String, seed: UInt64 = 1) -> [Int16] {
        var random = SeededGenerator(seed: seed)
        return KeySound(on: 60, off: 60).samples(Array(keys), random: &random).samples
    }

    @Test(arguments: [1, 7, 39, 40, 41, 80, 333, 4_000]) func frameLengthMakesNoDifference(frame: Int) {
        let samples = sound(of: "0123456789*#ABCD")
        let events = tellings(of: samples, frame: frame)
        #expect(events == tellings(of: samples))
        #expect(String(events.downs.map(\.key)) == "0123456789*#ABCD")
    }

    /// How soon each thing is told, in samples after the tone begins or ends.
    @Test func promptness() {
        var random = SeededGenerator(seed: 3)
        let (samples, presses) = KeySound(on: 80, off: 60).samples(KeySound.keys, random: &random)
        var detector = ToneDetector()
        var press = 0
        var suspected = 0
        for position in samples.indices {
            let began = presses[min(press, presses.count - 1)].offset
            detector.listen([samples[position]], count: 1) { event in
                switch event {
                case .suspected(let offset):
                    suspected += 1
                    #expect(position - began <= 17 * 8)
                    #expect(abs(offset - began) <= 40)
                case .down: #expect(position - began <= 42 * 8)
                case .up:
                    #expect(position - began - 80 * 8 <= 32 * 8)
                    press += 1
                case .dismissed: Issue.record("dismissed at \(position)")
                }
            }
        }
        #expect(press == 16)
        #expect(suspected == 16)
        #expect(detector.key == nil)
        #expect(!detector.isSuspicious)
    }

    @Test func stateWhileAKeyIsHeld() {
        var detector = ToneDetector()
        let samples = sound(of: "5")
        detector.listen(samples, count: 800 + 20 * 8) { _ in }
        #expect(detector.key == nil)
        #expect(detector.isSuspicious)
        detector.listen(Array(samples[960...]), count: 25 * 8) { _ in }
        #expect(detector.key == "5")
        #expect(detector.isSuspicious)
    }

    @Test func tooShortIsDismissed() {
        var random = SeededGenerator(seed: 5)
        let events = tellings(of: KeySound(on: 20, off: 60).samples(["7"], random: &random).samples)
        #expect(events.count == 2)
        guard case .suspected? = events.first, case .dismissed? = events.last else {
            Issue.record("\(events)")
            return
        }
    }

    @Test func silenceOfTheSenderReleasesAKey() {
        var detector = ToneDetector()
        let samples = sound(of: "9")
        detector.listen(samples, count: 800 + 50 * 8) { _ in }
        var events: [ToneDetector.Event] = []
        detector.skip(.max) { events.append($0) }
        #expect(events.ups.map(\.key) == ["9"])
        #expect(abs((events.ups.first?.duration ?? 0) - 50 * 8) <= 40)
        let before = detector.position
        detector.skip(-5) { _ in }
        #expect(detector.position == before)
        // And it hears on, its count of samples with it.
        events = []
        detector.listen(samples, count: samples.count) { events.append($0) }
        #expect(events.downs.map(\.key) == ["9"])
        #expect(abs((events.downs.first?.offset ?? 0) - before - 800) <= 40)
    }

    @Test func keysWithoutAPauseBetweenThem() {
        var random = SeededGenerator(seed: 11)
        var sound = KeySound(on: 80, off: 0)
        sound.hertz = 0
        let keys = Array("159D48C0A")
        #expect(tellings(of: sound.samples(keys, random: &random).samples).downs.map(\.key) == keys)
    }

    @Test func absurdSounds() {
        var random = SeededGenerator(seed: 13)
        let extremes: [Int16] = (0..<16_000).map { $0 / 4 % 2 == 0 ? .min : .max }
        let noise: [Int16] = (0..<80_000).map { _ in Int16.random(in: .min ... .max, using: &random) }
        for samples in [[], [0], extremes, noise, [Int16](repeating: .min, count: 4_000)] {
            #expect(tellings(of: samples).downs.isEmpty)
        }
        // And keys are heard after all that.
        let keys = sound(of: "1#")
        #expect(tellings(of: extremes + noise + keys).downs.map(\.key) == ["1", "#"])
    }

    @Test func theProjectsOwnTones() {
        for tone in CallTone.allCases {
            for plan in CallTone.Plan.allCases {
                #expect(tellings(of: ToneGenerator.samples(tone, plan: plan, milliseconds: 4_000)).downs.isEmpty, "\(tone) \(plan)")
            }
        }
        for key in KeySound.keys {
            let samples = ToneGenerator.samples(digit: key) ?? []
            #expect(tellings(of: samples + [Int16](repeating: 0, count: 800)).downs.map(\.key) == [key])
        }
    }
}
