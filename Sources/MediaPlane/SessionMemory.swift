import Glibc
import Synchronization

/// Memory for the state of sessions: blocks of one size, side by side in huge pages.
///
/// A thousand sessions on pages of 4 KB take more of them than the processor keeps translations of, and under a hypervisor each
/// miss is dear: huge pages took a tenth off the CPU of a thousand echoes. Blocks are reused, never given back; there are as
/// many as there were sessions at one time.
final class SessionMemory: Sendable {
    /// Free blocks. Each is nobody's until it is taken, hence `@unchecked Sendable`.
    private struct State: @unchecked Sendable {
        var free: [UnsafeMutableRawPointer] = []
        var taken = 0
    }

    private static let regionSize = 2 << 20

    let blockSize: Int
    private let state: Mutex<State>

    /// `blockSize` octets for each block, rounded up to whole cache lines.
    init(blockSize: Int) {
        self.blockSize = (max(blockSize, 64) + 63) & ~63
        state = Mutex(State())
    }

    /// Blocks that somebody has.
    var inUse: Int { state.withLock { $0.taken } }

    /// A block aligned to 64 octets, its content undefined; nil when the system has no memory left.
    func take() -> UnsafeMutableRawPointer? {
        let address = state.withLock { state -> UInt in
            if state.free.isEmpty { Self.map(blockSize, into: &state.free) }
            guard let block = state.free.popLast() else { return 0 }
            state.taken += 1
            return UInt(bitPattern: block)
        }
        return UnsafeMutableRawPointer(bitPattern: address)
    }

    func giveBack(_ block: UnsafeMutableRawPointer) {
        let address = UInt(bitPattern: block)
        // A block's address is never 0.
        state.withLock { state in
            state.free.append(UnsafeMutableRawPointer(bitPattern: address)!)
            state.taken -= 1
        }
    }

    private static func map(_ blockSize: Int, into free: inout [UnsafeMutableRawPointer]) {
        // Twice the size, so that a whole aligned region lies within; what is beside it is given back.
        guard let start = mmap(nil, 2 * regionSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED
        else { return }
        let offset = (regionSize - Int(bitPattern: start) % regionSize) % regionSize
        let region = start + offset
        if offset > 0 { munmap(start, offset) }
        munmap(region + regionSize, regionSize - offset)
        // A wish: where the system grants none, the pages are small ones.
        madvise(region, regionSize, 14)  // MADV_HUGEPAGE
        for index in (0..<(regionSize / blockSize)).reversed() { free.append(region + index * blockSize) }
    }
}
