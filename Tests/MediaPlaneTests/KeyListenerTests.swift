import Audio
import RTP
import Testing

@testable import MediaPlane

/// Keys among what a peer says, packet by packet.
@Suite struct KeyListenerTests {
    /// What was told: a key when it goes down, a dot when it comes up.
    private final class Told {
        var text = ""
        func note(_ key: Character, _ isDown: Bool) { text.append(isDown ? key : ".") }
    }

    private static func sound(_ keys: String, milliseconds: Int = 80) -> [Int16] {
        keys.flatMap { key -> [Int16] in
            guard var tone = DigitTone(digit: key, milliseconds: milliseconds, pause: milliseconds) else { return [] }
            var samples = [Int16](repeating: 0, count: tone.remaining)
            _ = tone.write(into: &samples, count: samples.count)
            return samples
        }
    }

    /// Packets of 20 ms from time stamp `first` on, but for those that `isLost`.
    private func say(
        _ samples: [Int16], to listener: inout KeyListener, from first: UInt32 = 0, at start: Int64 = 0,
        isLost: (Int) -> Bool = { _ in false }
    ) -> String {
        let told = Told()
        for (index, offset) in stride(from: 0, to: samples.count - 159, by: 160).enumerated() where !isLost(index) {
            samples[offset..<offset + 160].withUnsafeBufferPointer {
                listener.listen(
                    $0, timestamp: RTPTimestamp(first &+ UInt32(offset)), arrival: start + Int64(index) * 20_000_000, told.note)
            }
        }
        return told.text
    }

    @Test(arguments: [0, UInt32.max - 5_000]) func keysInOrder(first: UInt32) {
        var listener = KeyListener()
        #expect(say(Self.sound("147*2580369#ABCD55"), to: &listener, from: first) == "1.4.7.*.2.5.8.0.3.6.9.#.A.B.C.D.5.5.")
    }

    @Test func aPauseOfTheSenderEndsAKey() {
        var listener = KeyListener()
        let key = Array(Self.sound("7", milliseconds: 100).prefix(800))
        #expect(say(key, to: &listener) == "7")
        let told = Told()
        listener.turn(at: 150_000_000, told.note)
        #expect(told.text == "", "50 ms without packets are jitter")
        listener.turn(at: 165_000_001, told.note)
        listener.turn(at: 400_000_000, told.note)
        #expect(told.text == ".")
        // He goes on with the same key: another press.
        #expect(say(key + [Int16](repeating: 0, count: 800), to: &listener, from: 4_000, at: 500_000_000) == "7.")
    }

    @Test func aLongKeyWithALostPacketIsOne() {
        var listener = KeyListener()
        let key = Self.sound("3", milliseconds: 400)
        let told = say(key, to: &listener) { $0 == 8 }
        #expect(told == "3." || told == "3.3.", "20 ms of silence may part it, and nothing else comes of it")
    }

    @Test func whatComesLateIsPassedOver() {
        var listener = KeyListener()
        let told = Told()
        let samples = Self.sound("9")
        _ = say(samples, to: &listener)
        samples[0..<160].withUnsafeBufferPointer { listener.listen($0, timestamp: RTPTimestamp(0), arrival: 1, told.note) }
        #expect(told.text == "")
    }

    @Test func anotherSourceLetsGoOfTheKey() {
        var listener = KeyListener()
        let told = Told()
        #expect(say(Array(Self.sound("5", milliseconds: 100).prefix(800)), to: &listener) == "5")
        listener.reset(told.note)
        #expect(told.text == ".")
        #expect(say(Self.sound("6"), to: &listener, from: 77) == "6.")
    }
}
