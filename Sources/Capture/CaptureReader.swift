/// Reads the frames of a capture file one after the other: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).
///
/// libpcap is not used: it gives up at pcapng files whose interfaces differ in link type or in the length they keep, which a
/// file merged of a call's two sides may have; and in Debian it brings libdbus, libsystemd and libgcrypt into the server's process.
package struct CaptureReader: ~Copyable {
    private enum Format {
        case classic(ClassicRecords)
        case blocks(BlockRecords)
    }

    private var stream: ByteStream
    private var format: Format
    /// Where the last record begins when the file ends within it, as that of a capture which was cut off; nil otherwise.
    package private(set) var cutAt: Int?
    /// Frames whose records tell no time (pcapng's simple packet blocks): they cannot be replayed.
    package var untimed: Int {
        if case .blocks(let records) = format { records.untimed } else { 0 }
    }

    package init(path: String) throws(CaptureError) {
        try self.init(ByteStream(path: path))
    }

    package init(bytes: [UInt8]) throws(CaptureError) {
        try self.init(ByteStream(bytes: bytes))
    }

    private init(_ opened: consuming ByteStream) throws(CaptureError) {
        stream = opened
        guard try stream.holds(4) else {
            throw CaptureError(at: stream.count, "the file ends within its header", remedy: "capture again, or copy the file anew")
        }
        if stream.number32(0, .little) == BlockRecords.sectionHeader {
            format = .blocks(BlockRecords())
        } else if let records = try ClassicRecords(&stream) {
            format = .classic(records)
        } else {
            throw Self.unknown(stream.copy(0..<4))
        }
    }

    /// The next frame; nil at the end. An error is final: whatever comes after it in the file has lost its place.
    package mutating func next() throws(CaptureError) -> CapturedFrame? {
        guard cutAt == nil else { return nil }
        let record: CaptureRecord
        switch format {
        case .classic(let records):
            record = try records.next(&stream)
        case .blocks(var records):
            record = try records.next(&stream)
            format = .blocks(records)
        }
        switch record {
        case .frame(let frame): return frame
        case .end: return nil
        case .cut(let offset):
            cutAt = offset
            return nil
        }
    }

    private static func unknown(_ bytes: [UInt8]) -> CaptureError {
        switch bytes {
        case _ where bytes.starts(with: [0x1F, 0x8B]):
            CaptureError(at: 0, "the file is compressed with gzip", remedy: "unpack it first: gunzip --keep FILE")
        case [0x28, 0xB5, 0x2F, 0xFD]:
            CaptureError(at: 0, "the file is compressed with zstd", remedy: "unpack it first: unzstd FILE")
        default:
            CaptureError(
                at: 0, "the file is neither pcap nor pcapng", remedy: "convert it first, for instance: editcap -F pcapng FILE new.pcapng")
        }
    }
}

enum CaptureRecord {
    case frame(CapturedFrame)
    case end
    /// The file ends within the record that begins at this offset.
    case cut(Int)
}
