import Testing
import Timing

@testable import RTP

@Suite struct VoiceQualityTests {
    private func statistics(_ pattern: String) -> BurstGapStatistics {
        var statistics = BurstGapStatistics()
        for packet in pattern { statistics.note(packet == "1" ? .received : packet == "0" ? .lost : .discarded) }
        return statistics
    }

    // MARK: Bursts and gaps

    /// The example of RFC 3611 §4.7.2: 64 packets of 10 ms.
    @Test func theExampleOfRFC3611() {
        let found = statistics("11110111111111111111111X111X1011110111111111111111111X1111111111")
        #expect(found.expected == 64 && found.lost == 3 && found.discarded == 3)
        let summary = found.summary
        #expect(summary.bursts == 1)
        #expect(summary.meanBurstPackets == 12)
        #expect(abs(summary.burstDensity - 0.33) < 0.005)
        #expect(summary.meanGapPackets == (23 + 29) / 2)
        #expect(abs(summary.gapDensity - 0.04) < 0.005)
    }

    @Test func burstsBeginAndEndWhereTheSectionSays() {
        let gap = String(repeating: "1", count: 16)
        #expect(statistics("").summary.bursts == 0 && statistics("").summary.meanGapPackets == 0)
        #expect(statistics("0").summary.bursts == 0)
        #expect(statistics("00").summary.bursts == 1)
        // Sixteen between two losses part them, fifteen do not.
        #expect(statistics("0" + gap + "0").summary.bursts == 0)
        #expect(statistics("0" + gap.dropLast() + "0").summary.meanBurstPackets == 17)
        #expect(statistics("00" + gap + "000" + gap).summary.bursts == 2)
        #expect(statistics("00" + gap + "000" + gap).summary.burstDensity == 1)
    }

    /// The figures of §4.7.2 by its definition, packet by packet: whatever lies between two packets missed that have fewer than Gmin received
    /// ones between them belongs to a burst.
    private func figures(_ missed: [Bool]) -> BurstGapStatistics.Summary {
        var isBurst = [Bool](repeating: false, count: missed.count)
        let misses = missed.indices.filter { missed[$0] }
        for (one, next) in zip(misses, misses.dropFirst()) where next - one - 1 < 16 {
            for index in one...next { isBurst[index] = true }
        }
        let bursts = missed.indices.count { isBurst[$0] && ($0 == 0 || !isBurst[$0 - 1]) }
        let (inside, outside) = (isBurst.count { $0 }, isBurst.count { !$0 })
        let insideMissed = missed.indices.count { isBurst[$0] && missed[$0] }
        func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
        return .init(
            bursts: bursts, burstDensity: share(insideMissed, inside), gapDensity: share(misses.count - insideMissed, outside),
            meanBurstPackets: share(inside, bursts), meanGapPackets: share(outside, bursts + 1))
    }

    /// Loss that comes in spells, of every density.
    @Test(arguments: 0..<200) func burstsAndGapsAreThoseOfTheDefinition(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let rates = (good: Double.random(in: 0...0.1, using: &random), bad: Double.random(in: 0...1, using: &random))
        let turns = (Double.random(in: 0...0.1, using: &random), Double.random(in: 0.01...0.5, using: &random))
        var isBad = false
        var missed: [Bool] = []
        var statistics = BurstGapStatistics()
        for _ in 0..<Int.random(in: 1...2_000, using: &random) {
            if Double.random(in: 0..<1, using: &random) < (isBad ? turns.1 : turns.0) { isBad.toggle() }
            missed.append(Double.random(in: 0..<1, using: &random) < (isBad ? rates.bad : rates.good))
            statistics.note(!missed[missed.count - 1] ? .received : Bool.random(using: &random) ? .lost : .discarded)
        }
        #expect(statistics.summary == figures(missed), "seed \(seed)")
        #expect(statistics.lost + statistics.discarded == missed.count { $0 }, "seed \(seed)")
    }

    @Test func runsShowHowBurstyLossIs() {
        let random = statistics(String(repeating: "1111111110", count: 100))
        #expect(random.meanRun == 1 && random.burstRatio == 1 && random.longestRun == 1)
        let bursty = statistics(String(repeating: "0000" + String(repeating: "1", count: 36), count: 10))
        #expect(bursty.meanRun == 4 && bursty.longestRun == 4)
        #expect(abs(bursty.burstRatio - 4 * 0.9) < 1e-9)
    }

    /// Whatever the order of arrival within the window: the same as from the sequence numbers in order.
    @Test(arguments: 0..<20) func liveArrivalsComeToTheSame(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var pattern = LossPattern()
        var expected = BurstGapStatistics()
        let start = Int.random(in: 0..<65_536, using: &random)
        var held: [(due: Int, sequence: SequenceNumber, isDiscarded: Bool)] = []
        func deliver(_ packet: (due: Int, sequence: SequenceNumber, isDiscarded: Bool)) {
            pattern.arrived(packet.sequence)
            if Int.random(in: 0..<9, using: &random) == 0 { pattern.arrived(packet.sequence) }
            if packet.isDiscarded { pattern.discard(packet.sequence) }
        }
        for number in 0..<2_000 {
            let isEdge = number == 0 || number == 1_999
            let outcomes: [BurstGapStatistics.Outcome] = [.lost, .discarded, .received, .received]
            let outcome = isEdge ? .received : outcomes.randomElement(using: &random) ?? .received
            expected.note(outcome)
            if outcome != .lost {
                let late = isEdge ? 0 : Int.random(in: 0..<40, using: &random)
                held.append((number + late, SequenceNumber(UInt16(truncatingIfNeeded: start + number)), outcome == .discarded))
            }
            for packet in held where packet.due <= number { deliver(packet) }
            held.removeAll { $0.due <= number }
        }
        for packet in held { deliver(packet) }
        #expect(pattern.settled == expected, "seed \(seed)")
    }

    @Test func aRestartedSenderIsNoLoss() {
        var pattern = LossPattern()
        for number in 0..<100 { pattern.arrived(SequenceNumber(UInt16(number))) }
        for number in 40_000..<40_100 { pattern.arrived(SequenceNumber(UInt16(number))) }
        #expect(pattern.settled.received == 200 && pattern.settled.lost == 0)
        pattern.restart()
        pattern.arrived(SequenceNumber(300))
        pattern.discard(SequenceNumber(300))
        pattern.discard(SequenceNumber(299))
        #expect(pattern.settled.received == 200 && pattern.settled.discarded == 1 && pattern.settled.lost == 0)
    }

    // MARK: The E-model

    /// G.107 with all defaults: R = 93.2, MOS 4.41.
    @Test func theDefaultsOfG107() {
        let rating = TransmissionRating(codec: .concealedG711)
        #expect(abs(rating.factor - 93.2) < 0.05)
        #expect(abs(rating.conversationalScore - 4.41) < 0.005)
        #expect(rating.listeningFactor == rating.factor)
    }

    /// Computed with another program from the equations of G.107 §7.4, to two decimals.
    @Test(arguments: [(50, 91.76), (100, 90.66), (150, 89.54), (200, 85.80), (250, 79.18), (300, 72.67), (400, 62.25), (500, 54.80)])
    func delayTakesWhatG107Says(milliseconds: Int, factor: Double) {
        let rating = TransmissionRating(codec: .concealedG711, delay: .milliseconds(milliseconds))
        #expect(abs(rating.factor - factor) < 0.01)
        #expect(abs(rating.listeningFactor - 93.2) < 0.05)
    }

    /// Ie,eff = Ie + (95 - Ie) Ppl / (Ppl / BurstR + Bpl).
    @Test func lossTakesWhatG107Says() {
        func loss(_ codec: CodecImpairment, _ missing: Double, _ ratio: Double = 1) -> Double {
            TransmissionRating(codec: codec, missing: missing, burstRatio: ratio).equipmentImpairment
        }
        #expect(abs(loss(.concealedG711, 0.05) - 95 * 5 / 30.1) < 1e-9)
        #expect(abs(loss(.bareG711, 0.02) - 95 * 2 / 6.3) < 1e-9)
        #expect(abs(loss(.g729A, 0.03) - (11 + 84 * 3 / 22)) < 1e-9)
        #expect(loss(.g729A, 0) == 11)
        #expect(abs(loss(.concealedG711, 0.12, 4) - 95 * 12 / 28.1) < 1e-9)
        #expect(loss(.concealedG711, 0.05, 3) > loss(.concealedG711, 0.05))
        for absurd in [-1, 2, .nan, .infinity] { #expect(loss(.concealedG711, absurd).isFinite) }
        #expect(TransmissionRating(codec: .bareG711, missing: 1, delay: .seconds(1_000)).factor == 0)
    }

    /// G.107 Table B.1.
    @Test(arguments: [(90.0, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1), (-5, 1), (100, 4.5), (3, 1)])
    func factorsAreOpinions(factor: Double, score: Double) {
        #expect(abs(TransmissionRating.score(factor) - score) < 0.01)
    }

    // MARK: Causes

    @Test func poorCallsHaveACause() {
        let fourOf33 = String(repeating: "0000" + String(repeating: "1", count: 29), count: 40)
        let lossy = DirectionQuality(codec: "PCMA", missing: statistics(fourOf33))
        #expect(lossy.cause(from: "caller") == "12 % loss from caller, bursts of 4")
        let numbers = DirectionQuality(codec: "PCMA", missing: BurstGapStatistics(received: 1_000, lost: 160, discarded: 40))
        #expect(numbers.cause(to: "callee") == "13 % loss to callee")
        let late = DirectionQuality(
            codec: "pcmu", missing: statistics(String(repeating: "X11111111", count: 90)), jitterMilliseconds: 120.4)
        #expect(late.cause(from: "callee") == "11 % of the packets from callee too late, jitter 120 ms")
        let slow = DirectionQuality(codec: "PCMA", missing: statistics("1111"), delay: .milliseconds(450))
        #expect(slow.cause(from: "caller") == "450 ms delay from caller")
        let few = DirectionQuality(codec: "PCMA", missing: statistics(String(repeating: "1", count: 99) + "0"))
        #expect(few.cause(from: "caller") == nil)
        #expect(DirectionQuality(codec: "PCMA", missing: BurstGapStatistics()).rating == nil)
        #expect(DirectionQuality(codec: "nobody's", missing: statistics("0000")).cause(from: "caller") == nil)
    }
}
