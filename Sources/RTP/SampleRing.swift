/// The last second of a time line of one-byte samples, each there or not: a ring of bytes and a ring of bits.
/// Positions are unwrapped timestamps; the caller keeps them within one ring's length of each other.
struct SampleRing: ~Copyable {
    /// Samples: 1.024 s at 8 kHz.
    static let capacity = 8_192
    private static let mask = capacity - 1

    /// Octets of memory that a ring works on.
    static let storageSize = capacity + capacity / 8

    private let bytes: UnsafeMutableRawPointer
    private let present: UnsafeMutablePointer<UInt64>
    private let isOwner: Bool

    /// `storage`: memory of `storageSize` octets, aligned to 8, that outlives the ring; its own where nil.
    init(storage: UnsafeMutableRawPointer? = nil) {
        isOwner = storage == nil
        bytes = storage ?? .allocate(byteCount: Self.storageSize, alignment: 64)
        present = (bytes + Self.capacity).bindMemory(to: UInt64.self, capacity: Self.capacity / 64)
        bytes.initializeMemory(as: UInt8.self, repeating: 0, count: Self.capacity)
        present.initialize(repeating: 0, count: Self.capacity / 64)
    }

    deinit {
        if isOwner { bytes.deallocate() }
    }

    /// At most `capacity` bytes.
    func write(_ source: UnsafeRawBufferPointer, at position: Int64) {
        guard let start = source.baseAddress, source.count <= Self.capacity else { return }
        let index = Int(truncatingIfNeeded: position) & Self.mask
        let first = min(source.count, Self.capacity - index)
        (bytes + index).copyMemory(from: start, byteCount: first)
        bytes.copyMemory(from: start + first, byteCount: source.count - first)
        mark(position, source.count, true)
    }

    /// Notes what was played in place of samples that did not come: it can be copied, but does not count as there.
    func fill(_ source: UnsafeRawBufferPointer, at position: Int64) {
        write(source, at: position)
        forget(source.count, at: position)
    }

    /// How many samples from `position` on, up to `limit`, are all there or are all missing.
    func run(at position: Int64, limit: Int) -> (isPresent: Bool, count: Int) {
        let start = Int(truncatingIfNeeded: position) & Self.mask
        let isPresent = present[start >> 6] >> UInt64(start & 63) & 1 == 1
        var count = 0
        while count < limit {
            let index = (start + count) & Self.mask
            let word = isPresent ? ~present[index >> 6] : present[index >> 6]
            let ahead = 64 - (index & 63)
            let same = min((word >> UInt64(index & 63)).trailingZeroBitCount, ahead)
            count += same
            if same < ahead { break }
        }
        return (isPresent, min(count, limit))
    }

    /// Copies what stands before `position`, whether still counted as there or played already.
    func copy(_ count: Int, before position: Int64, into destination: UnsafeMutableRawPointer) {
        let index = Int(truncatingIfNeeded: position &- Int64(count)) & Self.mask
        let first = min(count, Self.capacity - index)
        destination.copyMemory(from: bytes + index, byteCount: first)
        (destination + first).copyMemory(from: bytes, byteCount: count - first)
    }

    /// Where a position lies in memory.
    func place(of position: Int64) -> UnsafeRawPointer {
        UnsafeRawPointer(bytes + (Int(truncatingIfNeeded: position) & Self.mask))
    }

    /// Where it is noted whether a position's sample is there.
    func note(of position: Int64) -> UnsafeRawPointer {
        UnsafeRawPointer(present + (Int(truncatingIfNeeded: position) & Self.mask) >> 6)
    }

    /// The byte at a position, played already or not.
    func byte(at position: Int64) -> UInt8 {
        bytes.load(fromByteOffset: Int(truncatingIfNeeded: position) & Self.mask, as: UInt8.self)
    }

    /// Copies samples out and forgets them.
    func take(_ count: Int, at position: Int64, into destination: UnsafeMutableRawPointer) {
        let index = Int(truncatingIfNeeded: position) & Self.mask
        let first = min(count, Self.capacity - index)
        destination.copyMemory(from: bytes + index, byteCount: first)
        (destination + first).copyMemory(from: bytes, byteCount: count - first)
        mark(position, count, false)
    }

    func forget(_ count: Int, at position: Int64) {
        mark(position, min(count, Self.capacity), false)
    }

    /// Samples taken or forgotten are there again; they must not have been written over.
    func recall(_ count: Int, at position: Int64) {
        mark(position, min(count, Self.capacity), true)
    }

    func forgetAll() {
        present.update(repeating: 0, count: Self.capacity / 64)
    }

    private func mark(_ position: Int64, _ count: Int, _ isPresent: Bool) {
        var index = Int(truncatingIfNeeded: position) & Self.mask
        var rest = count
        while rest > 0 {
            let low = index & 63
            let length = min(64 - low, rest)
            let bits = (length == 64 ? UInt64.max : (1 << UInt64(length)) - 1) << UInt64(low)
            if isPresent { present[index >> 6] |= bits } else { present[index >> 6] &= ~bits }
            rest -= length
            index = (index + length) & Self.mask
        }
    }
}
