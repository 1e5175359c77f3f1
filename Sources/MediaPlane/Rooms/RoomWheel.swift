/// The rooms of a media thread by the tick in which their rounds begin, ten of them in 20 ms.
struct RoomWheel: ~Copyable {
    static let phases = 2 * MediaWorker.ticksPerTenMilliseconds

    private let heads: UnsafeMutablePointer<UnsafeMutablePointer<RoomState>?>
    private var unfinished: UnsafeMutablePointer<RoomState>?
    /// The present tick's.
    private(set) var phase = 0

    init() {
        heads = .allocate(capacity: Self.phases)
        heads.initialize(repeating: nil, count: Self.phases)
    }

    deinit {
        heads.deallocate()
    }

    /// One tick on. Gives the chain of rooms whose rounds begin (`nextInPhase`).
    mutating func advance() -> UnsafeMutablePointer<RoomState>? {
        phase = phase + 1 < Self.phases ? phase + 1 : 0
        return heads[phase]
    }

    /// The chain of rooms in the middle of a round (`nextUnfinished`); it is empty afterwards.
    mutating func takeUnfinished() -> UnsafeMutablePointer<RoomState>? {
        let chain = unfinished
        unfinished = nil
        return chain
    }

    mutating func putUnfinished(_ room: UnsafeMutablePointer<RoomState>) {
        room.pointee.nextUnfinished = unfinished
        unfinished = room
    }

    /// Puts a room where least is to be done so far.
    mutating func insert(_ room: UnsafeMutablePointer<RoomState>) {
        var (best, least) = (0, Int.max)
        for phase in 0..<Self.phases {
            let weight = weight(of: phase)
            if weight < least { (best, least) = (phase, weight) }
        }
        room.pointee.phase = best
        room.pointee.nextInPhase = heads[best]
        heads[best] = room
    }

    /// Members, and two more for each room: a new one will have some.
    private func weight(of phase: Int) -> Int {
        var (weight, next) = (0, heads[phase])
        while let room = next {
            weight += room.pointee.count + 2
            next = room.pointee.nextInPhase
        }
        return weight
    }

    mutating func remove(_ room: UnsafeMutablePointer<RoomState>) {
        let phase = room.pointee.phase
        if heads[phase] == room {
            heads[phase] = room.pointee.nextInPhase
        } else {
            var next = heads[phase]
            while let other = next, other.pointee.nextInPhase != room { next = other.pointee.nextInPhase }
            next?.pointee.nextInPhase = room.pointee.nextInPhase
        }
        var chain = takeUnfinished()
        while let other = chain {
            chain = other.pointee.nextUnfinished
            if other != room { putUnfinished(other) }
        }
    }

    /// Ticks until the room's next round begins: 1…10.
    func ticks(until room: UnsafeMutablePointer<RoomState>) -> Int {
        let ticks = room.pointee.phase - phase
        return ticks > 0 ? ticks : ticks + Self.phases
    }
}
