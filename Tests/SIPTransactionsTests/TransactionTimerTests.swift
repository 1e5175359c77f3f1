import SIP
import SIPTransactions
import Testing
import Timing

/// The machines over their whole life, by a clock that jumps from deadline to deadline.
@Suite struct TransactionTimerTests {
    private let timers = Timers()

    private func milliseconds(_ time: MonotonicTime) -> Int64 { time.nanoseconds / 1_000_000 }

    @Test func inviteServerRepeatsAFailureUntil64T1() {
        var machine = InviteServerTransaction(isReliable: false, timers: timers, at: .zero)
        var outputs: [TransactionOutput] = []
        machine.respond(.failure, [1], at: .zero, into: &outputs)
        #expect(outputs == [.send([1])])
        var sent: [Int64] = []
        while let deadline = machine.nextDeadline {
            outputs = []
            machine.fire(at: deadline, into: &outputs)
            if outputs.contains(.send([1])) { sent.append(milliseconds(deadline)) }
            if outputs.contains(.terminated) { #expect(milliseconds(deadline) == 32_000 && outputs.contains(.timedOut)) }
        }
        // Timer G doubles from T1 up to T2.
        #expect(sent == [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
        #expect(machine.state == .terminated)
    }

    @Test func inviteServerEndsT4AfterTheAcknowledgement() {
        var machine = InviteServerTransaction(isReliable: false, timers: timers, at: .zero)
        var outputs: [TransactionOutput] = []
        machine.respond(.provisional, [0], at: .zero, into: &outputs)
        machine.receiveInvite(at: .zero, into: &outputs)
        machine.respond(.failure, [1], at: .zero, into: &outputs)
        machine.receiveInvite(at: .zero, into: &outputs)
        #expect(outputs == [.send([0]), .send([0]), .send([1]), .send([1])])
        outputs = []
        machine.receiveAcknowledgement(at: .zero, into: &outputs)
        machine.receiveInvite(at: .zero, into: &outputs)
        machine.respond(.failure, [2], at: .zero, into: &outputs)
        #expect(outputs.isEmpty && machine.state == .confirmed)
        #expect(machine.nextDeadline.map(milliseconds) == 5_000)
    }

    /// RFC 3261 §17.2.1.
    @Test func inviteServerAsksForA100After200Milliseconds() {
        var machine = InviteServerTransaction(isReliable: true, timers: timers, at: .zero)
        var outputs: [TransactionOutput] = []
        machine.receiveInvite(at: .zero + .milliseconds(100), into: &outputs)
        machine.fire(at: .zero + .milliseconds(199), into: &outputs)
        #expect(outputs.isEmpty && machine.nextDeadline.map(milliseconds) == 200)
        machine.fire(at: .zero + .milliseconds(200), into: &outputs)
        #expect(outputs == [.tryingDue] && machine.nextDeadline == nil)
    }

    @Test(arguments: [StatusClass.provisional, .success, .failure])
    func nothingIsAskedForOnceSomethingWasSent(_ status: StatusClass) {
        var machine = InviteServerTransaction(isReliable: true, timers: timers, at: .zero)
        var outputs: [TransactionOutput] = []
        machine.respond(status, [1], at: .zero + .milliseconds(199), into: &outputs)
        machine.fire(at: .zero + .seconds(1), into: &outputs)
        #expect(outputs == [.send([1])])
    }

    @Test func inviteServerAbsorbsCopiesAfterA2xx() {
        var machine = InviteServerTransaction(isReliable: false, timers: timers, at: .zero)
        var outputs: [TransactionOutput] = []
        machine.respond(.success, [2], at: .zero, into: &outputs)
        outputs = []
        machine.receiveInvite(at: .zero, into: &outputs)
        #expect(outputs.isEmpty)
        machine.receiveAcknowledgement(at: .zero, into: &outputs)
        #expect(outputs == [.passAcknowledgement] && machine.state == .accepted)
        #expect(machine.nextDeadline.map(milliseconds) == 32_000)
    }

    @Test func inviteClientRepeatsUntilItGivesUp() {
        var outputs: [TransactionOutput] = []
        var machine = InviteClientTransaction([9], isReliable: false, timers: timers, at: .zero, into: &outputs)
        var sent: [Int64] = [0]
        while let deadline = machine.nextDeadline {
            outputs = []
            machine.fire(at: deadline, into: &outputs)
            if outputs.contains(.send([9])) { sent.append(milliseconds(deadline)) }
            if outputs.contains(.terminated) { #expect(milliseconds(deadline) == 32_000 && outputs.contains(.timedOut)) }
        }
        #expect(sent == [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    }

    @Test func inviteClientAcknowledgesEachFailure() {
        var outputs: [TransactionOutput] = []
        var machine = InviteClientTransaction([9], isReliable: false, timers: timers, at: .zero, into: &outputs)
        outputs = []
        machine.receive(.failure, acknowledgement: [7], at: .zero, into: &outputs)
        machine.receive(.failure, acknowledgement: [8], at: .zero, into: &outputs)
        machine.receive(.success, at: .zero, into: &outputs)
        #expect(outputs == [.send([7]), .passResponse, .send([7])])
        #expect(machine.nextDeadline.map(milliseconds) == 32_000)
    }

    @Test func nonInviteClientSlowsDownAfterAProvisional() {
        var outputs: [TransactionOutput] = []
        var machine = NonInviteClientTransaction([9], isReliable: false, timers: timers, at: .zero, into: &outputs)
        machine.receive(isFinal: false, at: .zero, into: &outputs)
        var sent: [Int64] = []
        while let deadline = machine.nextDeadline {
            outputs = []
            machine.fire(at: deadline, into: &outputs)
            if outputs.contains(.send([9])) { sent.append(milliseconds(deadline)) }
        }
        #expect(sent == [500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500])
        #expect(outputs == [.timedOut, .terminated])
    }

    @Test func nonInviteServerAnswersCopiesAlike() {
        var machine = NonInviteServerTransaction(isReliable: false, timers: timers)
        var outputs: [TransactionOutput] = []
        machine.receiveRequest(at: .zero, into: &outputs)
        #expect(outputs.isEmpty)
        machine.respond(isFinal: true, [1], at: .zero, into: &outputs)
        machine.receiveRequest(at: .zero, into: &outputs)
        machine.respond(isFinal: true, [2], at: .zero, into: &outputs)
        #expect(outputs == [.send([1]), .send([1])])
        outputs = []
        machine.fire(at: .zero + .seconds(32), into: &outputs)
        #expect(outputs == [.terminated] && machine.nextDeadline == nil)
    }

    @Test func reliableTransportsRepeatNothing() {
        var outputs: [TransactionOutput] = []
        let invite = InviteClientTransaction([9], isReliable: true, timers: timers, at: .zero, into: &outputs)
        let other = NonInviteClientTransaction([9], isReliable: true, timers: timers, at: .zero, into: &outputs)
        #expect(invite.nextDeadline.map(milliseconds) == 32_000 && other.nextDeadline.map(milliseconds) == 32_000)
    }
}
