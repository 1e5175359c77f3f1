import Timing

/// The times of one connection: handshake, unfinished messages, idleness, and pings when it was we who opened it (RFC 5626 §4.4.1).
///
///     shaking --opened--> open: read, wrote
///        | handshake time    | a message takes too long, no pong, idle and not needed
///        +---> close <-------+
///
/// A pong is demanded only of a peer that has sent one: RFC 3261 §7.5 lets everybody swallow CRLFs, and many stacks do; to close on
/// them would cut their calls every two minutes. Our pings then still hold the NAT's binding, and the kernel notices when nobody
/// acknowledges their bytes.
struct ConnectionWatch: Sendable {
    enum Order: Hashable, Sendable {
        case ping
        /// Close unless somebody needs it; `stay` when so.
        case closeIfIdle
        case close(Reason)
    }

    enum Reason: String, Hashable, Sendable {
        case handshake = "the TLS handshake took too long"
        case slowMessage = "a message was begun and not finished in time"
        case noPong = "no answer to a keep-alive"
    }

    private let isOurs: Bool
    private let settings: TransportSettings
    private var isOpen = false
    private var handshake: MonotonicTime?
    /// The message that is coming in must be whole by then.
    private var message: MonotonicTime?
    private var ping: MonotonicTime?
    private var pong: MonotonicTime?
    private var idle: MonotonicTime?
    private var hasPonged = false

    init(isOurs: Bool, settings: TransportSettings, at now: MonotonicTime) {
        self.isOurs = isOurs
        self.settings = settings
        handshake = now + settings.handshakeTime
    }

    /// A CRLF would be an answer now.
    var awaitsPong: Bool { pong != nil }

    /// When to call `fire` at the latest.
    var nextDeadline: MonotonicTime? {
        Self.sooner(handshake, Self.sooner(message, Self.sooner(ping, Self.sooner(pong, idle))))
    }

    /// Handshake and name are done. `random` chooses the silence before the next ping, here and below.
    mutating func opened(random: @autoclosure () -> UInt64, at now: MonotonicTime) {
        isOpen = true
        handshake = nil
        idle = now + settings.idleTime
        hearsNothingUntil(random(), now)
    }

    /// Bytes came; `messages` of them were whole ones, and `isUnfinished` says that another has begun.
    mutating func read(messages: Int, isUnfinished: Bool, random: @autoclosure () -> UInt64, at now: MonotonicTime) {
        guard isOpen else { return }
        // The clock of a message runs from its first byte: a byte now and then does not wind it up again.
        if !isUnfinished { message = nil } else if message == nil || messages > 0 { message = now + settings.messageTime }
        // Our own pings do not make a connection needed; a peer's pings say that it wants it.
        if messages > 0 || !isOurs { idle = now + settings.idleTime }
        pong = nil
        hearsNothingUntil(random(), now)
    }

    /// The CRLF that answers our ping came.
    mutating func ponged() {
        hasPonged = true
        pong = nil
    }

    /// A message left.
    mutating func wrote(at now: MonotonicTime) {
        if isOpen { idle = now + settings.idleTime }
    }

    /// The connection is needed: it is not asked again for a while.
    mutating func stay(at now: MonotonicTime) {
        idle = now + settings.idleTime
    }

    /// What is due; nil when nothing is (any more). To be called again until then.
    mutating func fire(random: @autoclosure () -> UInt64, at now: MonotonicTime) -> Order? {
        if Self.isDue(&handshake, now) { return .close(.handshake) }
        if Self.isDue(&message, now) { return .close(.slowMessage) }
        if Self.isDue(&pong, now), hasPonged { return .close(.noPong) }
        if Self.isDue(&idle, now) { return .closeIfIdle }
        if Self.isDue(&ping, now) {
            // The answer is owed to the first ping, not to the last.
            pong = pong ?? now + settings.pongTime
            hearsNothingUntil(random(), now)
            return .ping
        }
        return nil
    }

    private static func sooner(_ one: MonotonicTime?, _ other: MonotonicTime?) -> MonotonicTime? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private static func isDue(_ deadline: inout MonotonicTime?, _ now: MonotonicTime) -> Bool {
        guard let due = deadline, due <= now else { return false }
        deadline = nil
        return true
    }

    private mutating func hearsNothingUntil(_ random: @autoclosure () -> UInt64, _ now: MonotonicTime) {
        guard isOurs else { return }
        let (least, most) = (settings.silence.lowerBound.wholeMilliseconds, settings.silence.upperBound.wholeMilliseconds)
        let spread = UInt64(max(most - least, 0)) + 1
        ping = now + .milliseconds(least + Int64(random() % spread))
    }
}
