/// Encoded sound between a room, which makes 20 ms at a time, and a member whose packets have another length.
///
/// ```
///  room   20    20    20    20    20    20 ►
///  queue  ▂▂▄▄  ▂▂▄▄                           (30 ms: a packet and 10 ms more before the first leaves)
///  member    30       30       30       30 ►
/// ```
struct FrameQueue {
    /// Octets of memory, one a sample: 128 ms, a power of two.
    static let capacity = 1_024

    private let bytes: UnsafeMutablePointer<UInt8>
    private var first = 0
    private(set) var count = 0
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

    /// Appends sound; what is older than the queue is long is forgotten.
    mutating func append(_ sound: UnsafeRawBufferPointer) {
        guard let start = sound.baseAddress, sound.count <= Self.capacity else { return }
        let excess = count + sound.count - Self.capacity
        if excess > 0 { drop(excess) }
        let index = (first + count) & (Self.capacity - 1)
        let whole = min(sound.count, Self.capacity - index)
        UnsafeMutableRawPointer(bytes + index).copyMemory(from: start, byteCount: whole)
        UnsafeMutableRawPointer(bytes).copyMemory(from: start + whole, byteCount: sound.count - whole)
        count += sound.count
    }

    /// Takes one packet's worth; false while not enough has gathered for packets of this length to follow one another.
    mutating func take(_ samples: Int, into place: UnsafeMutableRawPointer) -> Bool {
        if !isFlowing { isFlowing = count >= Self.reserve(samples) }
        guard isFlowing, count >= samples, samples >= 0 else {
            isFlowing = false
            return false
        }
        let whole = min(samples, Self.capacity - first)
        place.copyMemory(from: bytes + first, byteCount: whole)
        (place + whole).copyMemory(from: bytes, byteCount: samples - whole)
        drop(samples)
        return true
    }

    private mutating func drop(_ samples: Int) {
        let dropped = min(samples, count)
        first = (first + dropped) & (Self.capacity - 1)
        count -= dropped
    }

    /// A length that neither divides 20 ms nor is a multiple of it meets the room's frames now earlier and now later by 10 ms.
    private static func reserve(_ samples: Int) -> Int {
        samples % 160 == 0 || samples == 80 ? samples : samples + 80
    }
}
