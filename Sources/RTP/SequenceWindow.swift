/// Which of the newest 64 sequence numbers have come: tells new, reordered and repeated packets apart and counts
/// what was expected (RFC 3550 A.1 and A.3), across wraps and restarts of the sender.
struct SequenceWindow: Sendable {
    enum Place: Equatable {
        /// The newest so far; `skipped` numbers before it have not come.
        case newest(skipped: Int)
        /// Older than the newest, first time seen.
        case reordered
        case duplicate
        /// So far from the newest that the sender must have started again.
        case restarted
    }

    /// RFC 3550 A.1: a jump of more than this many is no loss; a packet older than MAX_MISORDER is no reordering.
    private static let maxDropout = 3_000
    private static let maxMisorder = 100

    private var isOpen = false
    private(set) var highest = SequenceNumber(0)
    /// Bit n: highest - n has come.
    private var seen: UInt64 = 0
    /// Times the number wrapped, in the upper half of the extended number.
    private var cycles: UInt32 = 0
    /// Expected and received with the wraps and restarts of the sender accounted for; `received` has no duplicates in it.
    private(set) var expected = 0
    private(set) var received = 0
    /// A far number that came once: the next one after it confirms a restart.
    private var suspect: SequenceNumber?

    var extendedHighest: UInt32 { cycles &+ UInt32(highest.rawValue) }

    mutating func place(_ sequence: SequenceNumber) -> Place {
        guard isOpen else {
            open(at: sequence)
            return .newest(skipped: 0)
        }
        let distance = highest.distance(to: sequence)
        if distance > 0, distance <= Self.maxDropout {
            if sequence.rawValue < highest.rawValue { cycles &+= 0x1_0000 }
            highest = sequence
            seen = distance < 64 ? seen << UInt64(distance) | 1 : 1
            expected += distance
            received += 1
            suspect = nil
            return .newest(skipped: distance - 1)
        }
        if distance <= 0, distance > -Self.maxMisorder {
            return placeOld(-distance)
        }
        // RFC 3550 A.1: two packets in a row far away mean that the sender restarted; a stray one is counted and left alone.
        if let suspect, suspect == sequence {
            open(at: sequence)
            return .restarted
        }
        suspect = sequence.advanced(by: 1)
        return .reordered
    }

    private mutating func placeOld(_ age: Int) -> Place {
        guard age < 64 else {
            received += 1
            return .reordered
        }
        let bit: UInt64 = 1 << UInt64(age)
        if seen & bit != 0 { return .duplicate }
        seen |= bit
        received += 1
        return .reordered
    }

    private mutating func open(at sequence: SequenceNumber) {
        isOpen = true
        highest = sequence
        cycles = 0
        seen = 1
        expected += 1
        received += 1
        suspect = nil
    }
}
