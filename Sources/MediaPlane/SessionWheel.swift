/// Sessions by the tick in which their next turn is due. One that has had its turn goes into the slot one packet time on.
struct SessionWheel: ~Copyable {
    /// More than the 30 ticks of a 60 ms packet; a power of two.
    static let slots = 64

    private let heads: UnsafeMutablePointer<UnsafeMutablePointer<SessionState>?>
    private var tick = 0

    init() {
        heads = .allocate(capacity: Self.slots)
        heads.initialize(repeating: nil, count: Self.slots)
    }

    deinit {
        heads.deallocate()
    }

    /// One tick on. Gives the chain of sessions that are due (`nextDue`), which the wheel holds no more.
    mutating func advance() -> UnsafeMutablePointer<SessionState>? {
        tick = (tick + 1) & (Self.slots - 1)
        let due = heads[tick]
        heads[tick] = nil
        return due
    }

    /// `ticks`: 1…63.
    func insert(_ session: UnsafeMutablePointer<SessionState>, after ticks: Int) {
        let slot = (tick + ticks) & (Self.slots - 1)
        session.pointee.wheelSlot = UInt8(truncatingIfNeeded: slot)
        session.pointee.nextDue = heads[slot]
        heads[slot] = session
    }

    /// Takes a session out that is in the wheel: a walk past those of its slot, for orders and not for packets.
    func remove(_ session: UnsafeMutablePointer<SessionState>) {
        let slot = Int(session.pointee.wheelSlot) & (Self.slots - 1)
        if heads[slot] == session {
            heads[slot] = session.pointee.nextDue
        } else {
            var next = heads[slot]
            while let other = next, other.pointee.nextDue != session { next = other.pointee.nextDue }
            next?.pointee.nextDue = session.pointee.nextDue
        }
        session.pointee.nextDue = nil
    }

    /// Takes everybody out, as one chain.
    func takeAll() -> UnsafeMutablePointer<SessionState>? {
        var all: UnsafeMutablePointer<SessionState>?
        for slot in 0..<Self.slots {
            var next = heads[slot]
            heads[slot] = nil
            while let session = next {
                next = session.pointee.nextDue
                session.pointee.nextDue = all
                all = session
            }
        }
        return all
    }
}
