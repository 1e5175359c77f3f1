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
    var isClosing = false
    /// Nil until an answer is known: nothing is sent and what arrives is dropped.
    var stream: MediaStream?
    var latch: PeerLatch
    var echo: UnsafeMutablePointer<EchoPath>?
    var send: SendPath
    var reports: ReportPath
    var receive = ReceivePath()
    var recording: RecordingTap?

    init(id: MediaSessionID, rtp: RTPSocket, rtcp: RTPSocket, send: SendPath, reports: ReportPath) {
        self.id = id
        self.rtp = rtp
        self.rtcp = rtcp
        self.send = send
        self.reports = reports
        self.latch = PeerLatch(aimedAt: SocketAddress())
    }

    deinit {
        echo?.deinitialize(count: 1)
    }

    // A session's block of memory: this state, then room for an echo, then the echo's jitter buffer.
    private static let echoOffset = (MemoryLayout<SessionState>.size + 63) & ~63
    private static let ringOffset = (echoOffset + MemoryLayout<EchoPath>.size + 63) & ~63
    static let blockSize = ringOffset + JitterBuffer.storageSize

    /// Where the echo of the session at `state` belongs, and its jitter buffer's memory.
    static func echoPlace(of state: UnsafeMutablePointer<SessionState>) -> (UnsafeMutablePointer<EchoPath>, UnsafeMutableRawPointer) {
        let block = UnsafeMutableRawPointer(state)
        return ((block + echoOffset).bindMemory(to: EchoPath.self, capacity: 1), block + ringOffset)
    }

    func statistics() -> SessionStatistics {
        var result = receive.statistics()
        result.packetsSent = send.packetsSent
        result.octetsSent = send.octetsSent
        result.sendFailures = send.failures
        result.roundTripMilliseconds = reports.roundTripMilliseconds
        if let echo { result.concealedFrames = echo.pointee.concealedFrames }
        return result
    }
}
