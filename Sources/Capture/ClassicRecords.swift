/// The pcap format: a file header of 24 bytes, and before each frame 16 bytes.
///
///     magic A1B2C3D4 (microseconds) or A1B23C4D (nanoseconds), in the byte order of all that follows
///     major, minor | zone | accuracy | longest frame | link type
///     seconds | fraction | bytes kept | bytes on the link | the bytes kept …
struct ClassicRecords {
    /// What tcpdump keeps of a frame at most, by its own limit; more is a damaged length.
    static let longestFrame = 262_144

    private let order: ByteOrder
    private let nanosecondsPerUnit: Int64
    private let link: LinkType

    /// Nil when the file begins otherwise.
    init?(_ stream: inout ByteStream) throws(CaptureError) {
        switch (stream.number32(0, .little), stream.number32(0, .big)) {
        case (0xA1B2_C3D4, _): (order, nanosecondsPerUnit) = (.little, 1_000)
        case (_, 0xA1B2_C3D4): (order, nanosecondsPerUnit) = (.big, 1_000)
        case (0xA1B2_3C4D, _): (order, nanosecondsPerUnit) = (.little, 1)
        case (_, 0xA1B2_3C4D): (order, nanosecondsPerUnit) = (.big, 1)
        default: return nil
        }
        guard try stream.holds(24) else {
            throw CaptureError(
                at: stream.count, "the file ends within its header of 24 bytes", remedy: "capture again, or copy the file anew")
        }
        let version = stream.number16(4, order)
        guard version == 2 else {
            throw CaptureError(at: 4, "pcap version \(version) is unknown", remedy: "convert it first: editcap -F pcapng FILE new.pcapng")
        }
        // The upper bits tell of a frame check sequence, which lies behind all that is looked at.
        link = LinkType(UInt16(truncatingIfNeeded: stream.number32(20, order)))
        _ = try stream.skip(24)
    }

    func next(_ stream: inout ByteStream) throws(CaptureError) -> CaptureRecord {
        let offset = stream.offset
        guard try stream.holds(16) else { return stream.count == 0 ? .end : .cut(offset) }
        let kept = Int(stream.number32(8, order))
        guard kept <= Self.longestFrame else {
            throw CaptureError(
                at: offset + 8, "a frame of \(kept) bytes cannot be: the file is damaged here",
                remedy: "keep what stands before it: head --bytes=\(offset) FILE")
        }
        // Up to a second of fraction by right; a larger one only shifts the frame's time.
        let time = Int64(stream.number32(0, order)) * 1_000_000_000 + Int64(stream.number32(4, order)) * nanosecondsPerUnit
        let original = Int(stream.number32(12, order))
        guard try stream.holds(16 + kept) else { return .cut(offset) }
        let bytes = stream.copy(16..<16 + kept)
        _ = try stream.skip(16 + kept)
        return .frame(CapturedFrame(time: time, link: link, bytes: bytes, originalLength: max(original, kept), offset: offset))
    }
}
