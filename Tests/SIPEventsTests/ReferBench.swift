import SIP
import SIPDialogs
import SIPEvents
import Timing

/// A user agent that is sent REFERs, and the subscription of the last one.
final class ReferBench {
    let bench = EventBench()
    var subscription: ReferSubscription?
    /// What could not be accepted.
    var refusals = 0

    func refer(call: String = "a", sequence: Int = 1, isFirst: Bool = true, contact: Bool = true, _ headers: [String] = []) {
        bench.receive(
            bench.request("REFER", call: call, sequence: sequence, contact: contact, ["Refer-To: <sip:1002@example.com>"] + headers))
        take(isFirst: isFirst)
    }

    /// Hands over what has come.
    func take(isFirst: Bool = true) {
        let events = bench.events
        bench.events = []
        for event in events {
            bench.run { bench, agent, _, outputs in
                switch event {
                case .requested(let handle, let request) where request.method == .refer:
                    do throws(SIPParseError) {
                        subscription = try ReferSubscription(
                            accepting: handle, request, isFirst: isFirst, at: bench.now, through: &agent, into: &outputs)
                    } catch {
                        refusals += 1
                        agent.respond(to: handle, error.status, reason: error.reason, at: bench.now, into: &outputs)
                    }
                case .responded(let handle, let outcome):
                    _ = subscription?.responded(handle, outcome, at: bench.now, through: &agent, into: &outputs)
                default: break
                }
            }
        }
    }

    func tell(_ status: StatusCode) {
        bench.run { bench, agent, _, outputs in
            subscription?.tell(StatusFragment(status), at: bench.now, through: &agent, into: &outputs)
        }
    }

    @discardableResult
    func answer(_ status: Int = 200) -> [SIPMessage] {
        let notifies = bench.answer(status)
        take()
        return notifies
    }

    /// Moves the clock, timer by timer.
    func pass(_ duration: Duration) {
        let end = bench.now + duration
        while let next = subscription?.nextDeadline, next <= end {
            bench.pass(next - bench.now)
            take()
            bench.run { bench, agent, _, outputs in subscription?.fire(at: bench.now, through: &agent, into: &outputs) }
        }
        bench.pass(end - bench.now)
        take()
    }
}
