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
        if let echo {
            echo.deinitialize(count: 1)
            echo.deallocate()
        }
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
