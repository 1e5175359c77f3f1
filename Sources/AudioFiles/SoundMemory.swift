import CSndfile
import Glibc

/// Bytes in memory that libsndfile reads like a file. Must outlive what it has opened.
final class SoundMemory {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// `bytes` must outlive this.
    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    func open(format: inout SF_INFO) -> OpaquePointer? {
        var calls = SF_VIRTUAL_IO(
            get_filelen: { sf_count_t(SoundMemory.of($0)?.bytes.count ?? 0) },
            seek: { offset, origin, user in SoundMemory.of(user)?.seek(Int(offset), from: origin) ?? -1 },
            read: { target, count, user in SoundMemory.of(user)?.read(target, Int(count)) ?? 0 },
            write: { _, _, _ in 0 },
            tell: { sf_count_t(SoundMemory.of($0)?.position ?? 0) })
        return sf_open_virtual(&calls, Int32(SFM_READ), &format, Unmanaged.passUnretained(self).toOpaque())
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> SoundMemory? {
        user.map { Unmanaged<SoundMemory>.fromOpaque($0).takeUnretainedValue() }
    }

    private func seek(_ offset: Int, from origin: Int32) -> sf_count_t {
        let start =
            switch origin {
            case SEEK_CUR: position
            case SEEK_END: bytes.count
            default: 0
            }
        // The offset may come from a damaged header.
        let (wanted, overflow) = start.addingReportingOverflow(offset)
        guard !overflow, wanted >= 0 else { return -1 }
        position = min(wanted, bytes.count)
        return sf_count_t(position)
    }

    private func read(_ target: UnsafeMutableRawPointer?, _ count: Int) -> sf_count_t {
        let part = min(max(count, 0), bytes.count - position)
        guard part > 0, let target, let source = bytes.baseAddress else { return 0 }
        memcpy(target, source + position, part)
        position += part
        return sf_count_t(part)
    }
}
