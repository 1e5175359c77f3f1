import SIP
import SIPTransactions
import Testing
import Timing

@testable import SIPDialogs

@Suite struct ReliableProvisionalMachineTests {
    private let invite = CSeq(number: 7, method: .invite)
    private let described = ReliableProvisional.Response(status: .sessionProgress, body: Bench.answer)
    private let plain = ReliableProvisional.Response(status: .ringing)

    private func machine(_ random: UInt64 = 41) -> ReliableProvisional {
        ReliableProvisional(invite: invite, timers: Timers(), random: random)
    }

    private func rack(_ number: UInt32) -> ProvisionalAcknowledgement { .init(responseNumber: number, request: invite) }

    @Test(arguments: [(0, 1), (41, 42), (0x7FFF_FFFE, 0x7FFF_FFFF), (0x7FFF_FFFF, 1), (UInt64.max, 4)] as [(UInt64, UInt32)])
    func firstNumber(_ random: UInt64, _ expected: UInt32) {
        var machine = machine(random)
        let first = machine.submit(plain, at: .zero)
        #expect(first?.number == expected)
    }

    @Test func oneAtATime() {
        var machine = machine()
        let first = machine.submit(described, at: .zero)
        let others = [machine.submit(plain, at: .zero), machine.submit(described, at: .zero)]
        #expect(first?.number == 42 && others.allSatisfy { $0 == nil })
        #expect(machine.holdsAnswer && machine.isWaiting)
        let second = machine.acknowledge(rack(42), at: .zero)
        #expect(second??.number == 43 && second??.response.status == .ringing && !machine.holdsAnswer)
        let third = machine.acknowledge(rack(43), at: .zero)
        #expect(third??.number == 44 && machine.holdsAnswer)
        let last = machine.acknowledge(rack(44), at: .zero)
        #expect(last != nil && last??.number == nil && !machine.isWaiting && machine.nextDeadline == nil)
    }

    @Test func acknowledgementsThatMatchNothing() {
        var machine = machine()
        func matches(_ number: UInt32) -> Bool { machine.acknowledge(rack(number), at: .zero) != nil }
        #expect(!matches(42), "nothing was sent")
        _ = machine.submit(plain, at: .zero)
        #expect(!matches(41) && !matches(43))
        for other in [CSeq(number: 6, method: .invite), CSeq(number: 7, method: .update)] {
            let isMatched = machine.acknowledge(.init(responseNumber: 42, request: other), at: .zero) != nil
            #expect(!isMatched)
        }
        #expect(matches(42) && !matches(42))
    }

    @Test func repeatedUntilGivenUp() {
        var machine = machine()
        _ = machine.submit(described, at: .zero)
        var (now, times) = (MonotonicTime.zero, [Int64]())
        while let next = machine.nextDeadline {
            now = next
            guard let due = machine.fire(at: now) else { continue }
            times.append(due == .giveUp ? -1 : (now - .zero).wholeMilliseconds)
        }
        // Doubled each time, without T2 as a limit.
        #expect(times == [500, 1_500, 3_500, 7_500, 15_500, 31_500, -1] && now == .zero + .seconds(32))
        let (isTaken, isMatched) = (machine.submit(plain, at: now) != nil, machine.acknowledge(rack(42), at: now) != nil)
        #expect(!isTaken && !isMatched)
    }

    @Test func afterTheFinalResponse() {
        var machine = machine()
        _ = machine.submit(plain, at: .zero)
        _ = machine.submit(plain, at: .zero)
        machine.close()
        let (due, next) = (machine.fire(at: .zero + .seconds(60)), machine.submit(plain, at: .zero))
        #expect(machine.nextDeadline == nil && due == nil && next == nil)
        let (underWay, queued) = (machine.acknowledge(rack(42), at: .zero), machine.acknowledge(rack(43), at: .zero))
        #expect(underWay != nil, "a PRACK under way is matched")
        #expect(queued == nil, "what was queued was never sent")
    }

    @Test func theQueueIsBounded() {
        var machine = machine()
        for _ in 0..<1_000 { _ = machine.submit(plain, at: .zero) }
        var count = 0
        for number in 42..<2_000 as Range<UInt32> where machine.acknowledge(rack(number), at: .zero) != nil { count += 1 }
        #expect(count == ReliableProvisional.longestQueue + 1)
    }
}
