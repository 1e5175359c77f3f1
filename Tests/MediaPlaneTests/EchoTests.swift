import Codecs
import RTP
import Testing

@testable import MediaPlane

/// The peer's sound on its way back, packet by packet.
@Suite struct EchoTests {
    /// An echo whose peer sends one packet a turn.
    private struct Bench: ~Copyable {
        var path = PlayoutPath()
        let codec: SampledCodec
        private var out = [UInt8](repeating: 0, count: 480)
        private var linear = [Int16](repeating: 0, count: 2_048)
        private var history = [UInt8](repeating: 0, count: PlayoutPath.memory)

        init(codec: SampledCodec = .pcmu) { self.codec = codec }

        mutating func insert(_ payload: [UInt8], _ index: Int, ssrc: UInt32 = 1, start: UInt32 = 0xFFFF_F000) {
            let header = RTPHeader(
                payloadType: codec.rawValue, sequence: SequenceNumber(65_000).advanced(by: index),
                timestamp: RTPTimestamp(start).advanced(by: payload.count * index), ssrc: SSRC(ssrc))
            _ = payload.withUnsafeBytes { path.insert(header, payload: $0) }
        }

        /// What goes back; nil when there is nothing to send.
        mutating func turn(_ samples: Int = 160) -> [UInt8]? {
            let isSound = path.sampled(samples: samples, codec: codec, as: codec, into: &out, linear: &linear, history: &history)
            return isSound ? Array(out.prefix(samples)) : nil
        }
    }

    /// Packets of every code, -0 (0x7F) too, which would not outlive a decoder.
    private static func sound(_ packets: Int, samples: Int = 160) -> [[UInt8]] {
        (0..<packets).map { packet in (0..<samples).map { UInt8(truncatingIfNeeded: $0 * 5 + packet * 31) } }
    }

    /// A tone of 200 Hz, so that concealment has something to go on from.
    private static func tone(_ packets: Int, codec: SampledCodec) -> [[UInt8]] {
        let wave = (0..<40).map { step -> Int16 in
            let height = step < 20 ? step - 10 : 30 - step
            return Int16(height * 800)
        }
        return (0..<packets).map { packet in
            var bytes = [UInt8](repeating: 0, count: 160)
            let samples = (0..<160).map { wave[(packet * 160 + $0) % 40] }
            codec.encode(samples, count: 160, into: &bytes)
            return bytes
        }
    }

    @Test(arguments: SampledCodec.allCases)
    func undisturbedSoundComesBackBitByBit(codec: SampledCodec) {
        var bench = Bench(codec: codec)
        let sent = Self.sound(100)
        var heard: [UInt8] = []
        for (index, payload) in sent.enumerated() {
            bench.insert(payload, index)
            heard += bench.turn() ?? []
        }
        // The last packets may still lie in the buffer; the first ones come after its delay.
        let wanted = sent.flatMap { $0 }
        let start = heard.firstRange(of: wanted.prefix(160))?.lowerBound ?? heard.count
        let echoed = Array(heard[start...])
        #expect(echoed.count >= 95 * 160 && echoed == Array(wanted.prefix(echoed.count)))
        #expect(bench.path.concealedFrames == 0)
    }

    @Test func nothingIsEchoedBeforeAnythingCame() {
        var bench = Bench()
        #expect(bench.turn() == nil && bench.turn() == nil)
    }

    @Test func aLostPacketIsConcealedAndTheRestIsWhole() throws {
        var bench = Bench()
        let sent = Self.tone(60, codec: .pcmu)
        var turns: [[UInt8]?] = []
        for (index, payload) in sent.enumerated() {
            if index != 30 { bench.insert(payload, index) }
            turns.append(bench.turn())
        }
        #expect(bench.path.concealedFrames == 1)
        let heard = turns.compactMap { $0 }.flatMap { $0 }
        let wanted = sent.flatMap { $0 }
        let delay = try #require(heard.firstRange(of: wanted.prefix(480))?.lowerBound)
        let echoed = Array(heard[delay...])
        try #require(echoed.count >= 50 * 160)
        let (gap, mended) = (30 * 160, 31 * 160 + 80)
        #expect(Array(echoed[..<gap]) == Array(wanted[..<gap]))
        #expect(Array(echoed[mended...]) == Array(wanted[mended..<echoed.count]), "80 samples of seam at most")
        // A periodic tone is made up nearly as it was.
        var (made, lost) = ([Int16](repeating: 0, count: 160), [Int16](repeating: 0, count: 160))
        SampledCodec.pcmu.decode(Array(echoed[gap..<gap + 160]), count: 160, into: &made)
        SampledCodec.pcmu.decode(sent[30], count: 160, into: &lost)
        let error = zip(made, lost).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) } / 160
        #expect(error < 1_200, "mean error \(error) of a peak of 8,000")
    }

    @Test func aReorderedPacketIsBackInItsPlace() throws {
        var bench = Bench()
        let sent = Self.sound(60)
        var heard: [UInt8] = []
        var order = Array(sent.indices)
        order.swapAt(20, 21)
        // Two packets of reserve, as after some jitter.
        bench.insert(sent[order[0]], order[0])
        bench.insert(sent[order[1]], order[1])
        for index in order.dropFirst(2) {
            heard += bench.turn() ?? []
            bench.insert(sent[index], index)
        }
        let wanted = sent.flatMap { $0 }
        let start = heard.firstRange(of: wanted.prefix(160))?.lowerBound ?? heard.count
        let echoed = Array(heard[start...])
        #expect(echoed.count > 50 * 160 && echoed == Array(wanted.prefix(echoed.count)))
    }

    @Test func whenThePeerFallsSilentSoDoWe() {
        var bench = Bench()
        let sent = Self.tone(20, codec: .pcmu)
        for (index, payload) in sent.enumerated() {
            bench.insert(payload, index)
            _ = bench.turn()
        }
        let after = (0..<100).map { _ in bench.turn() }
        #expect(after.last == .some(nil))
        #expect(after.prefix { $0 != nil }.count < 20, "concealment is over soon")
        #expect(after.drop { $0 != nil }.allSatisfy { $0 == nil }, "and does not begin again")
    }

    @Test func anotherSourceBeginsAnew() {
        var bench = Bench()
        let sent = Self.sound(40)
        for index in 0..<20 {
            bench.insert(sent[index], index)
            _ = bench.turn()
        }
        bench.path.reset()
        var heard: [UInt8] = []
        for index in 20..<40 {
            bench.insert(sent[index], index, ssrc: 2, start: 77)
            heard += bench.turn() ?? []
        }
        let wanted = sent[20...].flatMap { $0 }
        let start = heard.firstRange(of: wanted.prefix(160))?.lowerBound ?? heard.count
        #expect(heard.count - start >= 17 * 160 && Array(heard[start...]) == Array(wanted.prefix(heard.count - start)))
    }

    @Test func anyPacketsInAnyOrderKeepTheFrameWhole() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("anyPacketsInAnyOrder seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var bench = Bench(codec: .pcma)
        for _ in 0..<5_000 {
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let size = [0, 1, 80, 160, 240, 480, 960, 961, 1_500].randomElement(using: &random) ?? 160
                bench.insert(
                    [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: size),
                    Int.random(in: -50...70_000, using: &random),
                    start: UInt32.random(in: 0...UInt32.max, using: &random))
            }
            let samples = [80, 160, 240, 480].randomElement(using: &random) ?? 160
            if let heard = bench.turn(samples) { #expect(heard.count == samples) }
        }
    }
}
