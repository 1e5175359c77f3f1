import Codecs

/// Sound in the member's form between a room, which makes 20 ms at a time, and a member whose packets have another length.
///
/// ```
///  room   20    20    20    20    20    20 ►
///  queue  ▂▂▄▄  ▂▂▄▄                           (30 ms: a packet and 10 ms more before the first leaves)
///  member    30       30       30       30 ►
/// ```
struct FrameQueue {
    /// Ticks of 8 kHz that it holds: 128 ms, a power of two.
    static let ticks = 1_024
    /// Octets of memory, as many as the longest form needs.
    static let capacity = ticks * SoundForm.mostOctetsPerTick

    private let bytes: UnsafeMutablePointer<UInt8>
    private var first = 0
    /// Octets that wait.
    private(set) var count = 0
    private var octetsPerTick = 1
    private var isFlowing = false

    /// `storage`: `capacity` octets that outlive the queue.
    init(storage: UnsafeMutableRawPointer) {
        bytes = storage.bindMemory(to: UInt8.self, capacity: Self.capacity)
    }

    mutating func removeAll() {
        first = 0
        count = 0
        isFlowing = false
    }

    /// Octets in use: a power of two.
    private var limit: Int { Self.ticks * octetsPerTick }

    /// Sound of another length in octets from now on: what waits in the old form is dropped.
    mutating func use(octetsPerTick octets: Int) {
        guard octets != octetsPerTick, [1, 2, 4].contains(octets) else { return }
        octetsPerTick = octets
        removeAll()
    }

    /// Appends sound; what is older than the queue is long is forgotten.
    mutating func append(_ sound: UnsafeRawBufferPointer) {
        guard let start = sound.baseAddress, sound.count <= limit else { return }
        let excess = count + sound.count - limit
        if excess > 0 { drop(excess) }
        let index = (first + count) & (limit - 1)
        let whole = min(sound.count, limit - index)
        UnsafeMutableRawPointer(bytes + index).copyMemory(from: start, byteCount: whole)
        UnsafeMutableRawPointer(bytes).copyMemory(from: start + whole, byteCount: sound.count - whole)
        count += sound.count
    }

    /// Takes one packet's worth, so many ticks; false while not enough has gathered for packets of this length to follow one another.
    mutating func take(_ ticks: Int, into place: UnsafeMutableRawPointer) -> Bool {
        guard ticks >= 0, ticks <= Self.ticks else { return false }
        let octets = ticks * octetsPerTick
        if !isFlowing { isFlowing = count >= Self.reserve(ticks) * octetsPerTick }
        guard isFlowing, count >= octets else {
            isFlowing = false
            return false
        }
        let whole = min(octets, limit - first)
        place.copyMemory(from: bytes + first, byteCount: whole)
        (place + whole).copyMemory(from: bytes, byteCount: octets - whole)
        drop(octets)
        return true
    }

    private mutating func drop(_ octets: Int) {
        let dropped = min(octets, count)
        first = (first + dropped) & (limit - 1)
        count -= dropped
    }

    /// A length that neither divides 20 ms nor is a multiple of it meets the room's frames now earlier and now later by 10 ms.
    private static func reserve(_ ticks: Int) -> Int {
        ticks % 160 == 0 || ticks == 80 ? ticks : ticks + 80
    }
}
