import AudioFiles

/// Buffers that a media thread's sessions share: each holds one packet's worth for the length of a turn.
final class MediaScratch: @unchecked Sendable {
    /// The longest datagram that is read; RTP audio and RTCP are far below it.
    static let datagramCapacity = 2_048

    let datagram = UnsafeMutableRawPointer.allocate(byteCount: datagramCapacity, alignment: 16)
    let packet = UnsafeMutableRawPointer.allocate(byteCount: max(SendPath.capacity, datagramCapacity), alignment: 16)
    let echo = UnsafeMutablePointer<UInt8>.allocate(capacity: SendPath.capacity)
    let samples = UnsafeMutablePointer<Int16>.allocate(capacity: datagramCapacity)

    /// RFC 7022: a name that tells nothing about the machine; one for the process will do, since nothing is to be synchronised.
    let canonicalName: [UInt8]
    let writer: RecordingWriter
    /// Filled blocks on their way to the writer, and empty ones for recordings that begin or go on.
    var filled: [(block: RecordingBlock, recording: RecordingHandle)] = []
    var empty: [RecordingBlock] = []

    init(writer: RecordingWriter, canonicalName: [UInt8]) {
        self.writer = writer
        self.canonicalName = canonicalName
        samples.initialize(repeating: 0, count: Self.datagramCapacity)
        filled.reserveCapacity(4_096)
        empty.reserveCapacity(64)
    }

    deinit {
        datagram.deallocate()
        packet.deallocate()
        echo.deallocate()
        samples.deallocate()
    }

    /// An empty block, from the worker's own small stock; nil when the writer has none either.
    func takeBlock() -> RecordingBlock? {
        if empty.isEmpty { _ = writer.takeBlocks(32, into: &empty) }
        return empty.popLast()
    }
}
