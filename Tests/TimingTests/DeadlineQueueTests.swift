import Testing
import Timing

@Suite struct DeadlineQueueTests {
    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test func popsTheSoonestFirstAndOnlyWhatIsDue() {
        var queue = DeadlineQueue<String>()
        queue.set(at(30), for: "late")
        queue.set(at(10), for: "soon")
        queue.set(at(20), for: "between")
        #expect(queue.next() == at(10))
        #expect(queue.popDue(at: at(20)) == "soon")
        #expect(queue.popDue(at: at(20)) == "between")
        #expect(queue.popDue(at: at(20)) == nil)
        #expect(queue.count == 1)
    }

    @Test func aDeadlineThatIsMovedOrClearedFiresOnceOrNever() {
        var queue = DeadlineQueue<String>()
        queue.set(at(10), for: "moved")
        queue.set(at(40), for: "moved")
        queue.set(at(10), for: "cleared")
        queue.set(nil, for: "cleared")
        #expect(queue.popDue(at: at(39)) == nil)
        #expect(queue.popDue(at: at(40)) == "moved")
        #expect(queue.popDue(at: at(100)) == nil)
        #expect(queue.isEmpty)
    }

    @Test func settingTheSameDeadlineAgainAfterAMoveStillFires() {
        var queue = DeadlineQueue<Int>()
        queue.set(at(10), for: 1)
        queue.set(at(20), for: 1)
        queue.set(at(10), for: 1)
        #expect(queue.popDue(at: at(10)) == 1)
        #expect(queue.popDue(at: at(20)) == nil)
    }

    /// Against a plain dictionary, over many random steps; a queue that is re-armed for ever must not grow.
    @Test(arguments: [1, 2, 3] as [UInt64]) func behavesLikeADictionary(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = DeadlineQueue<Int>()
        var model: [Int: MonotonicTime] = [:]
        for step in 0..<5_000 {
            let key = Int.random(in: 0..<40, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0...1:
                let deadline = at(Int64.random(in: 0..<1_000, using: &random))
                queue.set(deadline, for: key)
                model[key] = deadline
            case 2:
                queue.set(nil, for: key)
                model[key] = nil
            default:
                let now = at(Int64.random(in: 0..<1_000, using: &random))
                while let due = queue.popDue(at: now) {
                    let deadline = model.removeValue(forKey: due)
                    #expect(deadline != nil && deadline! <= now, "step \(step)")
                }
                #expect(model.values.allSatisfy { $0 > now }, "step \(step)")
            }
            #expect(queue.count == model.count)
            #expect(queue.next() == model.values.min())
        }
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
