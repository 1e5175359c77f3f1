import Timing

/// How a server with many trunks goes easy on the registrars: starts spread over a window, and longer and longer waits after failures.
package struct TrunkPolicy: Hashable, Sendable {
    /// The first REGISTERs after a start go out within this time, evenly spread.
    package var startWindow: Duration
    /// The back-off of RFC 5626 §4.5: the n-th failure in a row is followed by a wait of half to all of `base * 2^n`, at most
    /// `longest`.
    package var baseBackOff: Duration
    package var longestBackOff: Duration
    /// After a refusal that no repetition will change, such as 403 (half to all of it).
    package var refusedBackOff: Duration
    /// The longest Retry-After that is obeyed.
    package var longestRetryAfter: Duration

    package init(
        startWindow: Duration = .seconds(10), baseBackOff: Duration = .seconds(30), longestBackOff: Duration = .seconds(1_800),
        refusedBackOff: Duration = .seconds(1_800), longestRetryAfter: Duration = .seconds(3_600)
    ) {
        self.startWindow = startWindow
        self.baseBackOff = baseBackOff
        self.longestBackOff = longestBackOff
        self.refusedBackOff = refusedBackOff
        self.longestRetryAfter = longestRetryAfter
    }

    /// How long each of `count` trunks waits before its first REGISTER: one in each slot of the window, at a random place of it. A
    /// single trunk does not wait.
    package func startDelays(count: Int, random: () -> UInt64) -> [Duration] {
        guard count > 1 else { return [Duration](repeating: .zero, count: max(0, count)) }
        let slot = max(0, startWindow.wholeNanoseconds) / Int64(count)
        return (0..<count).map { .nanoseconds(slot * Int64($0) + Self.draw(upTo: slot, random)) }
    }

    /// The wait after the `failures`-th failure in a row.
    func backOff(failures: Int, random: () -> UInt64) -> Duration {
        let base = max(1, baseBackOff.wholeNanoseconds)
        let (scaled, overflow) = base.multipliedReportingOverflow(by: 1 << Int64(min(max(0, failures), 20)))
        let longest = max(0, longestBackOff.wholeNanoseconds)
        return Self.halfToAll(of: overflow ? longest : min(scaled, longest), random)
    }

    func refusal(random: () -> UInt64) -> Duration { Self.halfToAll(of: max(0, refusedBackOff.wholeNanoseconds), random) }

    /// A wait that many were told alike, made up to a quarter longer.
    func spread(_ wait: Duration, random: () -> UInt64) -> Duration {
        let whole = wait.wholeNanoseconds
        return .nanoseconds(whole + Self.draw(upTo: whole / 4, random))
    }

    /// When a binding granted for `seconds` is refreshed: at nine tenths, or at half when that leaves less time than a few tries
    /// take, and up to a tenth sooner, so that bindings made together do not stay together.
    func refresh(granted seconds: Int64, random: () -> UInt64) -> Duration {
        let whole = Duration.seconds(max(1, seconds)).wholeNanoseconds
        let latest = seconds < 120 ? whole / 2 : whole / 10 * 9
        return .nanoseconds(latest - Self.draw(upTo: latest / 10, random))
    }

    private static func halfToAll(of nanoseconds: Int64, _ random: () -> UInt64) -> Duration {
        .nanoseconds(nanoseconds / 2 + draw(upTo: nanoseconds - nanoseconds / 2, random))
    }

    private static func draw(upTo limit: Int64, _ random: () -> UInt64) -> Int64 {
        guard limit > 0 else { return 0 }
        return Int64(random() % UInt64(limit))
    }
}
