import Testing

@testable import RTP

/// The buffer behind a seeded network.
@Suite struct JitterBufferNetworkTests {
    struct Network: Sendable, CustomTestStringConvertible {
        var name: String
        var loss = 0.0
        /// Uniform extra delay up to so many milliseconds.
        var jitter = 0.0
        var reorder = 0.0
        var duplicate = 0.0
        /// Parts in a million by which the sender's clock is fast.
        var drift = 0.0
        /// Every so many packets the path stalls for so many milliseconds.
        var stall: (every: Int, milliseconds: Double) = (.max, 0)
        var packet = 160
        var testDescription: String { name }
    }

    struct Outcome {
        var audio = 0
        var missing = 0
        var idle = 0
        var joins = 0
        /// Bytes that were not the ones that belonged there: each packet's bytes are its number.
        var outOfOrder = 0
        var worstDelay = 0
        var statistics = JitterBuffer.Statistics()
        var lost = 0
    }

    private func run(_ network: Network, seconds: Double, seed: UInt64) -> Outcome {
        var random = SeededGenerator(seed: seed)
        var arrivals: [(time: Double, number: Int)] = []
        let spacing = Double(network.packet) / 8 / (1 + network.drift / 1e6)
        let count = Int(seconds * 1_000 / spacing)
        var stalledUntil = 0.0
        for number in 0..<count {
            let sent = Double(number) * spacing + 3.7
            if number % network.stall.every == network.stall.every - 1 { stalledUntil = sent + network.stall.milliseconds }
            if Double.random(in: 0..<1, using: &random) < network.loss { continue }
            var time = max(sent + Double.random(in: 0...max(network.jitter, 1e-9), using: &random), stalledUntil)
            if Double.random(in: 0..<1, using: &random) < network.reorder { time += 45 }
            arrivals.append((time, number))
            if Double.random(in: 0..<1, using: &random) < network.duplicate { arrivals.append((time + 5, number)) }
        }
        arrivals.sort { ($0.time, $0.number) < ($1.time, $1.number) }

        var buffer = JitterBuffer()
        var outcome = Outcome()
        var next = 0
        var last = -1
        var bytes = [UInt8](repeating: 0, count: 160)
        for tick in 0..<Int(seconds * 50) {
            while next < arrivals.count, arrivals[next].time <= Double(tick) * 20 {
                let number = arrivals[next].number
                let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: network.packet)
                _ = payload.withUnsafeBytes {
                    buffer.insert(
                        sequence: SequenceNumber(UInt16(truncatingIfNeeded: 65_000 + number)),
                        timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: 4_294_900_000 + number * network.packet)), payload: $0)
                }
                next += 1
            }
            var done = 0
            while done < 160 {
                let part = bytes.withUnsafeMutableBytes { memory in
                    buffer.turn(samples: 160 - done, into: memory)
                }
                done += part.count
                switch part {
                case .audio(let count, let joined):
                    outcome.audio += count
                    if joined { outcome.joins += 1 }
                    for byte in [bytes[0], bytes[count - 1]] {
                        let ahead = last < 0 ? 0 : Int(Int8(truncatingIfNeeded: Int(byte) - last))
                        if ahead < 0 { outcome.outOfOrder += 1 }
                        last = Int(byte)
                    }
                    // A splice may go back from here.
                    if joined { last = -1 }
                case .missing(let count): outcome.missing += count
                case .idle(let count): outcome.idle += count
                }
            }
            if tick > 50 { outcome.worstDelay = max(outcome.worstDelay, buffer.currentDelay) }
        }
        outcome.statistics = buffer.statistics
        outcome.lost = buffer.lost
        return outcome
    }

    @Test(arguments: [80, 160, 240, 480]) func perfectNetwork(packet: Int) {
        let outcome = run(Network(name: "perfect", packet: packet), seconds: 120, seed: 1)
        #expect(outcome.missing == 0 && outcome.outOfOrder == 0)
        // One correction when the first packet happened to be a slow one against the tick.
        #expect(outcome.joins <= 1)
        #expect(outcome.idle <= 480 + 320)
        #expect(outcome.worstDelay <= max(packet / 8, 20) + 20)
    }

    /// ±200 ppm for an hour: 5,760 samples too many or too few, in corrections of about 10 ms.
    @Test(arguments: [200.0, -200, 50, -50]) func clockDriftForAnHour(drift: Double) {
        let outcome = run(Network(name: "drift", drift: drift), seconds: 3_600, seed: 2)
        let drifted = Int(abs(drift) * 3_600 * 8_000 / 1e6)
        #expect(outcome.outOfOrder == 0 && outcome.statistics.late == 0)
        #expect(outcome.missing <= drifted + 800, "nothing conceals but what makes up for the drift")
        #expect(outcome.statistics.skippedSamples <= drifted + 1_600)
        #expect(outcome.worstDelay <= 80)
    }

    @Test(arguments: [UInt64(3), 4, 5]) func ordinaryInternet(seed: UInt64) {
        let network = Network(name: "internet", loss: 0.01, jitter: 30, duplicate: 0.01)
        let outcome = run(network, seconds: 300, seed: seed)
        #expect(outcome.outOfOrder == 0)
        // 1 % is lost; what else is concealed is the price of finding the delay.
        #expect(outcome.missing < 300 * 8_000 / 100 * 14 / 10)
        #expect(outcome.statistics.late <= 3)
        #expect(outcome.worstDelay <= 110)
    }

    @Test(arguments: [UInt64(6), 7]) func reordering(seed: UInt64) {
        let outcome = run(Network(name: "reorder", jitter: 5, reorder: 0.02), seconds: 300, seed: seed)
        #expect(outcome.outOfOrder == 0)
        // The delay grows until stragglers are in time.
        #expect(outcome.statistics.late < 40)
        #expect(outcome.worstDelay <= 120)
    }

    @Test(arguments: [UInt64(8), 9]) func stalls(seed: UInt64) {
        // 120 ms every 30 s, flushed at once: fits under the maximum delay, so no audio is thrown away.
        let outcome = run(Network(name: "stalls", jitter: 3, stall: (1_500, 120)), seconds: 300, seed: seed)
        #expect(outcome.outOfOrder == 0 && outcome.statistics.late == 0)
        #expect(outcome.worstDelay <= 200)
        #expect(outcome.missing <= 10 * 8 * 140)
    }

    @Test func longStallsStayBounded() {
        let outcome = run(Network(name: "long stalls", stall: (1_500, 700)), seconds: 300, seed: 10)
        #expect(outcome.outOfOrder == 0)
        #expect(outcome.worstDelay <= 220)
    }

    @Test(arguments: [UInt64(20), 21, 22, 23, 24, 25]) func anythingGoes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var buffer = JitterBuffer()
        var bytes = [UInt8](repeating: 0, count: 960)
        var sequence = 0
        var position = 0
        for _ in 0..<100_000 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0: position += Int.random(in: -5_000_000_000...5_000_000_000, using: &random)
            case 1: sequence += Int.random(in: -40_000...40_000, using: &random)
            case 2...5: position += Int.random(in: -4_000...4_000, using: &random)
            default: break
            }
            let count = Int.random(in: 0..<20, using: &random) == 0 ? Int.random(in: 0...1_000, using: &random) : 160
            let payload = [UInt8](repeating: 1, count: count)
            _ = payload.withUnsafeBytes {
                buffer.insert(
                    sequence: SequenceNumber(UInt16(truncatingIfNeeded: sequence)),
                    timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: position)), marker: Bool.random(using: &random), payload: $0)
            }
            sequence += 1
            position += count
            let samples = Int.random(in: 0...960, using: &random)
            var done = 0
            var turns = 0
            while done < samples, turns < 2_000 {
                done += bytes.withUnsafeMutableBytes { memory in
                    buffer.turn(samples: samples - done, into: memory).count
                }
                turns += 1
            }
            #expect(done == samples)
            #expect(buffer.currentDelay <= 1_300)
        }
    }
}
