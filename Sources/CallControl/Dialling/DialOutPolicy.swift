import Scenarios
import Timing

/// Where the server may call by itself, and how much. Closed unless the configuration lists targets: an open dial-out is how others
/// call the world on one's bill.
package struct DialOutPolicy: Sendable {
    package var targets: [DialTarget]
    /// Calls out at one time.
    package var calls: Int
    /// The longest a call out may stand.
    package var longest: Duration
    /// Talk time of all calls out within any 24 hours.
    package var daily: Duration

    private var current = 0
    private var used = Duration.zero
    private var dayBegan: MonotonicTime?

    package init(
        targets: [DialTarget] = [], calls: Int = 20, longest: Duration = .seconds(2 * 3600), daily: Duration = .seconds(24 * 3600)
    ) {
        self.targets = targets
        self.calls = calls
        self.longest = longest
        self.daily = daily
    }

    package enum Refusal: Error, CustomStringConvertible, Sendable {
        case notListed(String)
        case tooManyCalls(Int)
        case dailyLimit(Duration)

        package var description: String {
            switch self {
            case .notListed(let target): "\(target) fits no pattern under dial_targets"
            case .tooManyCalls(let limit): "\(limit) calls out stand already (dial_out: calls)"
            case .dailyLimit(let limit):
                "the \(limit.components.seconds / 60) minutes of calls out a day are used up (dial_out: minutes_a_day)"
            }
        }
    }

    /// Takes a place for a call to `target`, to be given back by `release`.
    package mutating func admit(_ target: String, at now: MonotonicTime) -> Result<Void, Refusal> {
        guard targets.contains(where: { $0.matches(target) }) else { return .failure(.notListed(target)) }
        guard current < calls else { return .failure(.tooManyCalls(calls)) }
        if let began = dayBegan, now - began < .seconds(24 * 3600) {
            guard used < daily else { return .failure(.dailyLimit(daily)) }
        } else {
            dayBegan = now
            used = .zero
        }
        current += 1
        return .success(())
    }

    /// A call out is over after `talk` of talking.
    package mutating func release(talk: Duration) {
        current -= 1
        used += talk
    }

    package var isIdle: Bool { current == 0 }
}
