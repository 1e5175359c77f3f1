import Testing

@testable import Audio

@Suite struct DigitToneTests {
    private func samples(_ tone: DigitTone, frame: Int) -> [Int16] {
        var tone = tone
        var result: [Int16] = []
        var piece = [Int16](repeating: 99, count: frame)
        while tone.remaining > 0 {
            let count = tone.write(into: &piece, count: frame)
            result += piece[..<count]
        }
        #expect(tone.write(into: &piece, count: frame) == 0)
        return result
    }

    @Test(arguments: KeySound.keys) func isHeardAsItsKey(key: Character) throws {
        let tone = try #require(DigitTone(digit: key))
        #expect(tone.remaining == 1_600)
        let sound = samples(tone, frame: 160)
        #expect(sound == samples(tone, frame: 7))
        let pair = try #require(ToneGenerator.frequencies(of: key))
        // 80 ms away from the ramps.
        #expect(abs(level(of: pair.low, in: Array(sound[80..<720])) + 14) < 0.7)
        #expect(abs(level(of: pair.high, in: Array(sound[80..<720])) + 12) < 0.7)
        let events = tellings(of: sound + sound)
        #expect(events.downs.map(\.key) == [key, key])
        for up in events.ups { #expect(abs(up.duration - 800) <= 40) }
    }

    @Test func lengthsAndLevels() throws {
        let tone = try #require(DigitTone(digit: "d", milliseconds: 3_000, pause: 0, level: 0, rate: 16_000))
        let sound = samples(tone, frame: 320)
        #expect(sound.count == 48_000)
        #expect(sound.map { abs(Int($0)) }.max() ?? 0 < 32_767)
        #expect(abs(level(of: 1_633, in: Array(sound[160..<47_840]), rate: 16_000) + 7) < 0.1)
        // Too short to be a key is made one.
        #expect(DigitTone(digit: "1", milliseconds: -1, pause: -1)?.remaining == 320)
        #expect(DigitTone(digit: "1", milliseconds: .max, pause: .max)?.remaining == 9_600_000)
        #expect(DigitTone(digit: "x") == nil)
        #expect(DigitTone(digit: "1", rate: 0) == nil)
        #expect(DigitTone(digit: "1", level: .nan) == nil)
    }
}
