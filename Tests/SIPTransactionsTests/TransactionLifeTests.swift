import SIP
import SIPTransactions
import Testing
import Timing

/// What the machines pass up and send at each step of their life (RFC 3261 §17, RFC 6026 §7 and §8).
@Suite struct TransactionLifeTests {
    private let timers = Timers()

    private func seconds(_ time: MonotonicTime?) -> Int64? { time.map { $0.nanoseconds / 1_000_000_000 } }

    @Test func inviteClientPassesWhatComes() {
        var outputs: [TransactionOutput] = []
        var machine = InviteClientTransaction([9], isReliable: false, timers: timers, at: .zero, into: &outputs)
        #expect(outputs == [.send([9])] && machine.state == .calling)
        outputs = []
        machine.receive(.provisional, at: .zero, into: &outputs)
        machine.receive(.provisional, at: .zero, into: &outputs)
        #expect(outputs == [.passResponse, .passResponse] && machine.state == .proceeding)
        #expect(machine.nextDeadline == nil, "no more copies and no time-out: the callee may ring as long as it likes")
        outputs = []
        machine.receive(.success, at: .zero, into: &outputs)
        machine.receive(.success, at: .zero, into: &outputs)
        #expect(outputs == [.passResponse, .passResponse] && machine.state == .accepted, "and no ACK of its own")
        #expect(seconds(machine.nextDeadline) == 32, "timer M")
        outputs = []
        machine.fire(at: .zero + .seconds(32), into: &outputs)
        #expect(outputs == [.terminated] && machine.state == .terminated)
    }

    @Test func inviteClientIsGoneAfterTimerD() {
        for isReliable in [false, true] {
            var outputs: [TransactionOutput] = []
            var machine = InviteClientTransaction([9], isReliable: isReliable, timers: timers, at: .zero, into: &outputs)
            outputs = []
            machine.receive(.failure, acknowledgement: [7], at: .zero, into: &outputs)
            #expect(outputs == [.send([7]), .passResponse] + (isReliable ? [.terminated] : []))
            guard !isReliable else { continue }
            outputs = []
            machine.fire(at: .zero + .seconds(32), into: &outputs)
            #expect(outputs == [.terminated] && machine.state == .terminated)
        }
    }

    @Test func nonInviteClientEndsT4AfterTheAnswer() {
        for provisionals in 0...2 {
            var outputs: [TransactionOutput] = []
            var machine = NonInviteClientTransaction([9], isReliable: false, timers: timers, at: .zero, into: &outputs)
            #expect(outputs == [.send([9])] && machine.nextDeadline == .zero + .milliseconds(500))
            outputs = []
            for _ in 0..<provisionals { machine.receive(isFinal: false, at: .zero, into: &outputs) }
            machine.receive(isFinal: true, at: .zero, into: &outputs)
            #expect(outputs == Array(repeating: .passResponse, count: provisionals + 1) && machine.state == .completed)
            #expect(seconds(machine.nextDeadline) == 5, "timer K")
            outputs = []
            machine.receive(isFinal: true, at: .zero, into: &outputs)
            machine.fire(at: .zero + .seconds(5), into: &outputs)
            #expect(outputs == [.terminated] && machine.state == .terminated)
        }
    }

    @Test func nonInviteServerGoesFromTryingToTheEnd() {
        var machine = NonInviteServerTransaction(isReliable: false, timers: timers)
        var outputs: [TransactionOutput] = []
        machine.respond(isFinal: false, [1], at: .zero, into: &outputs)
        machine.respond(isFinal: false, [2], at: .zero, into: &outputs)
        machine.receiveRequest(at: .zero, into: &outputs)
        #expect(outputs == [.send([1]), .send([2]), .send([2])] && machine.state == .proceeding)
        outputs = []
        machine.respond(isFinal: true, [3], at: .zero, into: &outputs)
        #expect(outputs == [.send([3])] && machine.state == .completed && seconds(machine.nextDeadline) == 32)
    }

    @Test func acceptedServerSendsWhatItIsGivenAndNothingElse() {
        var machine = InviteServerTransaction(isReliable: false, timers: timers, at: .zero)
        var outputs: [TransactionOutput] = []
        machine.respond(.provisional, [0], at: .zero, into: &outputs)
        machine.respond(.provisional, [1], at: .zero, into: &outputs)
        machine.respond(.success, [2], at: .zero, into: &outputs)
        #expect(outputs == [.send([0]), .send([1]), .send([2])] && machine.state == .accepted)
        outputs = []
        machine.respond(.success, [2], at: .zero + .seconds(1), into: &outputs)
        #expect(outputs == [.send([2])], "the core repeats it, until its ACK")
        #expect(seconds(machine.nextDeadline) == 32, "timer L runs from the first one")
        outputs = []
        machine.fire(at: .zero + .seconds(32), into: &outputs)
        #expect(outputs == [.terminated] && machine.state == .terminated)
    }

    @Test func confirmedServerEndsWithTimerI() {
        var machine = InviteServerTransaction(isReliable: false, timers: timers, at: .zero)
        var outputs: [TransactionOutput] = []
        machine.respond(.failure, [1], at: .zero, into: &outputs)
        machine.receiveAcknowledgement(at: .zero, into: &outputs)
        #expect(machine.state == .confirmed)
        outputs = []
        machine.fire(at: .zero + .seconds(5), into: &outputs)
        #expect(outputs == [.terminated] && machine.state == .terminated)
    }
}
