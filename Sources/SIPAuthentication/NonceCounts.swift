import Timing

/// Which counts of which nonce have been used: a request that is sent again by somebody who saw it has a used one
/// (RFC 7616 §3.3, `nc`).
///
/// Only nonces under which a password was right stand here, so that strangers cannot fill the table. When it is full the oldest
/// nonce goes, and with it whatever is as old and not in use: such nonces count as stale, as their use could no longer be told.
struct NonceCounts: Sendable {
    private struct Window {
        let issued: MonotonicTime
        var highest: UInt32
        /// Bit n: `highest - n` was used.
        var used: UInt64
    }

    enum Verdict: Equatable, Sendable {
        case fresh
        /// The count was used, or is too far behind to be told.
        case used
    }

    private var windows: [String: Window] = [:]
    private var expiries = DeadlineQueue<String>()
    /// Nonces not younger than this that are not in the table are refused.
    private var forgotten: MonotonicTime?
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var size: Int { windows.count }

    /// Whether a nonce of this time can still be judged.
    func remembers(_ nonce: String, issued: MonotonicTime) -> Bool {
        guard let forgotten, issued <= forgotten else { return true }
        return windows[nonce] != nil
    }

    /// Notes the use of a count. Requests may overtake each other: any count within 63 of the highest is good once.
    mutating func use(_ count: UInt32, of nonce: String, issued: MonotonicTime, lifetime: Duration) -> Verdict {
        guard var window = windows[nonce] else {
            if windows.count >= capacity { forgetOldest() }
            windows[nonce] = Window(issued: issued, highest: count, used: 1)
            expiries.set(issued + lifetime, for: nonce)
            return .fresh
        }
        if count > window.highest {
            let step = count - window.highest
            window.used = step > 63 ? 1 : window.used << UInt64(step) | 1
            window.highest = count
        } else {
            let back = window.highest - count
            guard back < 64, window.used & (1 << UInt64(back)) == 0 else { return .used }
            window.used |= 1 << UInt64(back)
        }
        windows[nonce] = window
        return .fresh
    }

    /// Drops what is stale anyhow.
    mutating func expire(at now: MonotonicTime) {
        while let nonce = expiries.popDue(at: now) { forget(nonce) }
    }

    private mutating func forgetOldest() {
        if let nonce = expiries.popDue(at: MonotonicTime(nanoseconds: .max)) { forget(nonce) }
    }

    /// Nonces of its age are stale from here on, even if the lifetime grows: which counts were used is not known any more.
    private mutating func forget(_ nonce: String) {
        guard let window = windows.removeValue(forKey: nonce) else { return }
        forgotten = max(forgotten ?? window.issued, window.issued)
    }
}
