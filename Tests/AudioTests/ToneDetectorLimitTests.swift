import Testing

@testable import Audio

/// ITU-T Q.24 annex A, AT&T's column, each limit from both sides, and what real lines add to it. Every row is all sixteen keys, twice.
@Suite struct ToneDetectorLimitTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let isKey: Bool
        let sound: @Sendable (inout KeySound) -> Void

        init(_ name: String, key isKey: Bool = true, _ sound: @escaping @Sendable (inout KeySound) -> Void) {
            testDescription = name
            self.isKey = isKey
            self.sound = sound
        }
    }

    /// Frequency: ±1.5 % and 2 Hz are accepted, ±3.5 % refused.
    static let frequency: [Row] =
        [-1.0, 1].flatMap { low in
            [-1.0, 1].map { high in
                Row("\(low > 0 ? "+" : "-")\(high > 0 ? "+" : "-")(1.5 % + 2 Hz), 40 ms") {
                    ($0.lowOffset, $0.highOffset, $0.hertz, $0.on, $0.off) = (0.015 * low, 0.015 * high, 2, 40, 40)
                }
            }
        }
        + [-0.035, 0.035].flatMap { part in
            [
                Row("low \(part * 100) %", key: false) { ($0.lowOffset, $0.on) = (part, 150) },
                Row("high \(part * 100) %", key: false) { ($0.highOffset, $0.on) = (part, 150) },
                Row("both \(part * 100) %", key: false) { ($0.lowOffset, $0.highOffset, $0.on) = (part, part, 150) },
                Row("low \(part * 100) %, noise 15 dB below", key: false) { ($0.lowOffset, $0.on, $0.noise) = (part, 150, 15) },
            ]
        }

    /// Time: 40 ms on and off are accepted, 23 ms on refused.
    static let time: [Row] = [
        Row("40 ms on and off") { ($0.on, $0.off) = (40, 40) },
        Row("35 ms on and off") { ($0.on, $0.off) = (35, 35) },
        Row("93 ms in all, 47 of them on") { ($0.on, $0.off) = (47, 46) },
        Row("40 ms with ramps of 5 ms") { ($0.on, $0.off, $0.ramp) = (40, 40, 5) },
        Row("23 ms on", key: false) { $0.on = 23 },
        Row("23 ms on, loud", key: false) { ($0.on, $0.low, $0.high) = (23, -3, -3) },
        Row("23 ms on, noise 15 dB below", key: false) { ($0.on, $0.noise) = (23, 15) },
        Row("10 ms interrupted") { ($0.on, $0.hole) = (110, 10) },
        Row("5 ms interrupted") { ($0.on, $0.hole) = (90, 5) },
    ]

    /// Level: 0 to -25 dBm0 a tone are accepted, -55 refused. Twist: the upper tone 4 dB stronger to 8 dB weaker.
    static let level: [Row] =
        [0.0, -3, -10, -25, -30, -35, -40].flatMap { level in
            [KeySound.Law.linear, .a, .mu].map { law in
                Row("\(level) dBm0, \(law)") { ($0.low, $0.high, $0.law, $0.on, $0.off) = (level, level, law, 40, 40) }
            }
        } + [
            Row("-55 dBm0", key: false) { ($0.low, $0.high) = (-55, -55) },
            Row("twist +4 dB") { ($0.low, $0.high, $0.on, $0.off) = (-14, -10, 40, 40) },
            Row("twist +4 dB, -25 dBm0, A-law") { ($0.low, $0.high, $0.law) = (-25, -21, .a) },
            Row("twist -8 dB") { ($0.low, $0.high, $0.on, $0.off) = (-10, -18, 40, 40) },
            Row("twist -8 dB, -25 dBm0, mu-law") { ($0.low, $0.high, $0.law) = (-17, -25, .mu) },
            Row("twist +8 dB", key: false) { ($0.low, $0.high) = (-18, -10) },
            Row("twist -12 dB", key: false) { ($0.low, $0.high) = (-8, -20) },
            Row("upper tone alone", key: false) { ($0.low, $0.high, $0.on) = (-90, -10, 150) },
            Row("lower tone alone", key: false) { ($0.low, $0.high, $0.on) = (-10, -90, 150) },
        ]

    static let line: [Row] =
        [24.0, 15, 12, 10].flatMap { ratio in
            [
                Row("noise \(ratio) dB below") { ($0.noise, $0.on, $0.off) = (ratio, 40, 40) },
                Row("noise \(ratio) dB below, 1.5 % + 2 Hz, twist -8 dB") {
                    ($0.noise, $0.lowOffset, $0.highOffset, $0.hertz, $0.low, $0.high) = (ratio, 0.015, -0.015, 2, -10, -18)
                },
                Row("noise \(ratio) dB below, 1.5 % + 2 Hz, twist +4 dB") {
                    ($0.noise, $0.lowOffset, $0.highOffset, $0.hertz, $0.low, $0.high) = (ratio, -0.015, 0.015, 2, -14, -10)
                },
            ]
        } + [
            Row("echo 10 dB below, 20 ms later") { ($0.echo, $0.on, $0.off) = ((20, -10), 40, 45) },
            Row("echo 10 dB below, 10 ms later") { ($0.echo, $0.on, $0.off) = ((10, -10), 40, 45) },
        ]
        + [-10.0, 0, 10].flatMap { above in
            [
                Row("dial tone of 425 Hz, \(above) dB above") { ($0.dial, $0.dialLevel, $0.low, $0.high) = ([425], above - 22, -22, -22) },
                Row("dial tone of 350 and 440 Hz, \(above) dB above") {
                    ($0.dial, $0.dialLevel, $0.low, $0.high) = ([350, 440], above - 22, -22, -22)
                },
            ]
        }

    @Test(arguments: frequency + time + level + line) func row(_ row: Row) {
        var sound = KeySound()
        row.sound(&sound)
        var random = SeededGenerator(seed: 24)
        let keys = (KeySound.keys + KeySound.keys).shuffled(using: &random)
        let (samples, presses) = sound.samples(keys, random: &random)
        let events = tellings(of: samples)
        guard row.isKey else {
            #expect(events.downs.map(\.key) == [])
            return
        }
        #expect(events.downs.map(\.key) == keys)
        #expect(events.ups.map(\.key) == keys)
        // An echo makes a key longer.
        guard events.downs.count == keys.count, events.ups.count == keys.count, sound.echo == nil else { return }
        for (press, (down, up)) in zip(presses, zip(events.downs, events.ups)) {
            #expect(abs(down.offset - press.offset) <= 40, "\(press.key) at \(press.offset)")
            // A ramp counts half.
            #expect(abs(up.duration - press.count + Int(sound.ramp * 8)) <= 48, "\(press.key) at \(press.offset)")
            #expect(up.offset == down.offset)
        }
    }

    @Test func oneKeyAgainAndAgain() {
        var random = SeededGenerator(seed: 7)
        var sound = KeySound()
        (sound.on, sound.off) = (40, 40)
        for key in KeySound.keys {
            let events = tellings(of: sound.samples(Array(repeating: key, count: 6), random: &random).samples)
            #expect(events.downs.map(\.key) == Array(repeating: key, count: 6))
        }
    }
}
