import AudioFiles
import SRTP

/// Buffers that a media thread's sessions share: each holds one packet's worth for the length of a turn.
final class MediaScratch: @unchecked Sendable {
    /// The longest datagram that is read; RTP audio and RTCP are far below it.
    static let datagramCapacity = 2_048

    // With room for what encryption adds, since what was read may be sent on where it lies.
    let datagram = UnsafeMutableRawPointer.allocate(byteCount: datagramCapacity + SRTPContext.trailerRoom, alignment: 16)
    let packet = UnsafeMutableRawPointer.allocate(
        byteCount: max(SendPath.capacity, datagramCapacity) + SRTPContext.trailerRoom, alignment: 16)
    /// Encoded sound: an echo, or what a member of a room hears.
    let sound = UnsafeMutablePointer<UInt8>.allocate(capacity: SendPath.capacity)
    let history = UnsafeMutablePointer<UInt8>.allocate(capacity: PlayoutPath.memory)
    let samples = UnsafeMutablePointer<Int16>.allocate(capacity: datagramCapacity)
    /// What a peer says, linear, before it is brought to another rate or form.
    let voice = UnsafeMutablePointer<Int16>.allocate(capacity: 2 * 480)
    /// The frame of a room whose round is done within one tick.
    let mix = UnsafeMutablePointer<RoomMix>.allocate(capacity: 1)

    /// RFC 7022: a name that tells nothing about the machine; one for the process will do, since nothing is to be synchronised.
    let canonicalName: [UInt8]
    let writer: RecordingWriter
    /// Filled blocks on their way to the writer, and empty ones for recordings that begin or go on.
    var filled: [(block: RecordingBlock, recording: RecordingHandle)] = []
    var empty: [RecordingBlock] = []
    private var usesBlocks = false

    /// A block lasts a call 400 ms: at 500 recordings a worker uses three in a tick of 2 ms.
    private static let stock = 256

    init(writer: RecordingWriter, canonicalName: [UInt8]) {
        self.writer = writer
        self.canonicalName = canonicalName
        voice.initialize(repeating: 0, count: 2 * 480)
        samples.initialize(repeating: 0, count: Self.datagramCapacity)
        mix.initialize(to: RoomMix(capacity: MediaRoomSettings(everybodyUpTo: .max, talkers: .max).voices))
        filled.reserveCapacity(4_096)
        empty.reserveCapacity(Self.stock)
        // So that the first recordings need not ask.
        _ = writer.takeBlocks(32, into: &empty)
    }

    deinit {
        datagram.deallocate()
        packet.deallocate()
        sound.deallocate()
        history.deallocate()
        samples.deallocate()
        voice.deallocate()
        mix.deinitialize(count: 1)
        mix.deallocate()
    }

    /// An empty block from the worker's own stock; nil when the writer gave none for many ticks: the disk does not keep up.
    func takeBlock() -> RecordingBlock? {
        usesBlocks = true
        if empty.isEmpty { replenish() }
        return empty.popLast()
    }

    /// Once a tick. The writer's lock is only ever tried, so the stock bridges the ticks in which it is taken.
    func replenish() {
        guard usesBlocks, empty.count < Self.stock / 2 else { return }
        _ = writer.takeBlocks(Self.stock - empty.count, into: &empty)
    }
}
