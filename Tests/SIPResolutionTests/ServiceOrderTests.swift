import Testing

@testable import SIPResolution

/// "Usage rules" of RFC 2782.
@Suite struct ServiceOrderTests {
    private func record(_ target: String, _ priority: UInt16, _ weight: UInt16) -> ServiceRecord {
        ServiceRecord(priority: priority, weight: weight, port: 5060, target: target)
    }

    /// The number drawn is between 0 and the sum of the weights, both included; the first running sum that reaches it wins.
    @Test(arguments: [
        (0, ["zero", "one", "three"]), (1, ["one", "zero", "three"]), (2, ["three", "zero", "one"]), (4, ["three", "zero", "one"]),
        (5, ["zero", "one", "three"]),
    ])
    func firstDraw(_ drawn: Int, _ targets: [String]) {
        let draws = Draws([UInt64(drawn)])
        let records = [record("one", 0, 1), record("three", 0, 3), record("zero", 0, 0)]
        #expect(ServiceRecord.ordered(records) { draws.next() }.map(\.target) == targets)
    }

    @Test func prioritiesAreNeverMixed() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("priorities: seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<1000 {
            let records = (0..<Int.random(in: 0..<20, using: &random)).map {
                record("\($0)", UInt16.random(in: 0..<4, using: &random), UInt16.random(in: 0..<100, using: &random))
            }
            let ordered = ServiceRecord.ordered(records) { random.next() }
            #expect(ordered.map(\.priority) == records.map(\.priority).sorted(), "seed \(seed)")
            #expect(Set(ordered) == Set(records), "seed \(seed)")
        }
    }

    /// 20,000 draws of weights 10, 30 and 60 (and 0): each first as often as its weight says, within five standard deviations.
    @Test func firstPlacesFollowTheWeights() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("weights: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let records = [record("a", 0, 10), record("b", 0, 30), record("c", 0, 60), record("z", 0, 0)]
        let rounds = 20_000
        var firsts: [String: Int] = [:]
        for _ in 0..<rounds {
            firsts[ServiceRecord.ordered(records) { random.next() }.first?.target ?? "", default: 0] += 1
        }
        // 0...100 has 101 numbers; the 0 falls to the one without weight.
        for (target, share) in [("a", 10.0 / 101), ("b", 30.0 / 101), ("c", 60.0 / 101), ("z", 1.0 / 101)] {
            let expected = Double(rounds) * share
            let deviation = (expected * (1 - share)).squareRoot()
            #expect(abs(Double(firsts[target] ?? 0) - expected) < 5 * deviation, "\(target): \(firsts), seed \(seed)")
        }
    }

    @Test func thousandsOfRecordsAndTheGreatestWeights() {
        let records = (0..<3000).map { record("\($0)", UInt16(3000 - $0), .max) }
        let ordered = ServiceRecord.ordered(records) { .max }
        #expect(ordered.map(\.priority) == Array(1...64))
    }

    private final class Draws {
        private var numbers: [UInt64]
        init(_ numbers: [UInt64]) { self.numbers = numbers }
        func next() -> UInt64 { numbers.isEmpty ? 0 : numbers.removeFirst() }
    }
}
