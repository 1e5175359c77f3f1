import Codecs
import RTP

/// Everything one session owns on its media thread: allocated once, found by pointer, touched by that thread alone.
struct SessionState: ~Copyable {
    let id: MediaSessionID
    let rtp: RTPSocket
    let rtcp: RTPSocket
    /// The next session due at the same tick.
    var nextDue: UnsafeMutablePointer<SessionState>?

    // Touched in every turn, so side by side and first.
    var turns: UInt32 = 0
    /// Where the wheel holds it.
    var wheelSlot: UInt8 = 0
    var isClosing = false
    /// Milliseconds that playout may run behind the fastest packets.
    var delayLimit = 200
    /// The peer hears himself.
    var isEchoing = false
    /// Not heard in a room.
    var isMuted = false
    /// When the next turn is due, ns: kept through moves between threads and into rooms and out of them.
    var dueTime: Int64 = 0
    /// Nil until an answer is known: nothing is sent and what arrives is dropped.
    var stream: MediaStream?
    var latch: PeerLatch
    /// What the peer says, in order: there while an echo or a room wants it.
    var playout: UnsafeMutablePointer<PlayoutPath>?
    /// The place in a room.
    var seat: UnsafeMutablePointer<RoomSeat>?
    /// The session at the other end of a bridge, on the same thread; it has this one for its partner.
    var partner: UnsafeMutablePointer<SessionState>?
    var send: SendPath
    var reports: ReportPath
    var receive = ReceivePath()
    var recording: RecordingTap?
    /// There where the codec is none of one octet a sample. The control side keeps it as well.
    var coder: StreamCoder?
    /// There where keys come as tones.
    var keyListener: UnsafeMutablePointer<KeyListener>?
    /// By which a room makes him louder, dB.
    var gain = 0.0
    /// Of echoes, rooms and bridges that are over.
    var concealedFrames = 0
    /// Sum and number of the looks at how long the peer's packets wait.
    var bufferDelays = (sum: 0, count: 0)
    /// How the peer hears us, by his last word.
    var metricsOfPeer: VoIPMetrics?
    /// The number of the last order about bridges: what is older and comes later is void.
    var bridgeOrder: UInt64 = 0

    init(id: MediaSessionID, rtp: RTPSocket, rtcp: RTPSocket, send: SendPath, reports: ReportPath) {
        self.id = id
        self.rtp = rtp
        self.rtcp = rtcp
        self.send = send
        self.reports = reports
        self.latch = PeerLatch(aimedAt: SocketAddress())
    }

    deinit {
        playout?.deinitialize(count: 1)
        seat?.deinitialize(count: 1)
        keyListener?.deinitialize(count: 1)
        keyListener?.deallocate()
    }

    /// Begins or ends to listen for keys among the sound: with a new description only, so memory may be taken for it.
    mutating func listenForKeys(_ isOn: Bool, in codec: AudioCodec) {
        guard isOn != (keyListener != nil) || isOn && keyListener?.pointee.codec != codec else { return }
        keyListener?.deinitialize(count: 1)
        keyListener?.deallocate()
        keyListener = nil
        guard isOn else { return }
        let place = UnsafeMutablePointer<KeyListener>.allocate(capacity: 1)
        place.initialize(to: KeyListener(codec))
        keyListener = place
    }

    // A session's block of memory: this state, then a seat in a room, an end of a bridge, the playout and its jitter buffer, and a
    // seat's queue.
    private static let seatOffset = (MemoryLayout<SessionState>.size + 63) & ~63
    private static let bridgeOffset = (seatOffset + MemoryLayout<RoomSeat>.size + 63) & ~63
    private static let playoutOffset = (bridgeOffset + MemoryLayout<BridgeEnd>.size + 63) & ~63
    private static let ringOffset = (playoutOffset + MemoryLayout<PlayoutPath>.size + 63) & ~63
    private static let queueOffset = (ringOffset + JitterBuffer.storageSize + 63) & ~63
    static let blockSize = queueOffset + FrameQueue.capacity

    typealias Pointer = UnsafeMutablePointer<SessionState>

    /// Begins to put the peer's sound in order, or anew.
    static func openPlayout(of state: Pointer) {
        closePlayout(of: state)
        let block = UnsafeMutableRawPointer(state)
        let place = (block + playoutOffset).bindMemory(to: PlayoutPath.self, capacity: 1)
        place.initialize(to: PlayoutPath(storage: block + ringOffset, maximumDelay: state.pointee.delayLimit))
        state.pointee.coder?.playout.reset()
        state.pointee.playout = place
    }

    static func closePlayout(of state: Pointer) {
        guard let playout = state.pointee.playout else { return }
        state.pointee.concealedFrames += playout.pointee.concealedFrames
        playout.deinitialize(count: 1)
        state.pointee.playout = nil
    }

    /// Gives the session a seat in `room`, of which it is the member `index`.
    static func takeSeat(of state: Pointer, in room: UnsafeMutablePointer<RoomState>, index: Int) -> UnsafeMutablePointer<RoomSeat> {
        let block = UnsafeMutableRawPointer(state)
        let seat = (block + seatOffset).bindMemory(to: RoomSeat.self, capacity: 1)
        seat.initialize(to: RoomSeat(room: room, index: index, queue: FrameQueue(storage: block + queueOffset)))
        state.pointee.seat = seat
        return seat
    }

    static func leaveSeat(of state: Pointer) {
        state.pointee.seat?.deinitialize(count: 1)
        state.pointee.seat = nil
    }

    /// What the session keeps for a bridge; to be asked for only while it has a partner.
    static func end(of state: Pointer) -> UnsafeMutablePointer<BridgeEnd> {
        (UnsafeMutableRawPointer(state) + bridgeOffset).assumingMemoryBound(to: BridgeEnd.self)
    }

    /// Makes the session one end of a bridge. (An end needs no `deinit`.)
    static func takeEnd(of state: Pointer, to partner: Pointer, passesKeys: Bool) {
        let end = (UnsafeMutableRawPointer(state) + bridgeOffset).bindMemory(to: BridgeEnd.self, capacity: 1)
        end.initialize(to: BridgeEnd(passesKeys: passesKeys))
        state.pointee.partner = partner
    }

    /// A turn of so many ns was had in the tick of `tick`. Kept from drifting with the ticks it falls into, and let go when a stall has
    /// moved it further than a packet.
    mutating func setDue(after packetTime: Int64, tick: Int64) {
        dueTime &+= packetTime
        let next = tick + packetTime
        if abs(dueTime - next) > 20_000_000 { dueTime = next }
    }
}
