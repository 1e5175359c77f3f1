import AudioFiles
import Glibc
import RTP
import Synchronization

/// How the media plane is set up.
package struct MediaPlaneSettings: Sendable {
    /// The IP address that RTP is bound to.
    package var address: String
    package var ports: ClosedRange<UInt16>
    /// Media threads; a call stays on one, unless it joins a room or another call there.
    package var threads: Int
    /// Seconds without expected media after which a session is reported silent.
    package var silenceLimit: Int
    /// Milliseconds that playout may run behind the fastest packets.
    package var delayLimit = 200
    /// Whether a peer is followed to where his packets come from (symmetric RTP, RFC 4961), or heard from the negotiated address alone.
    package var followsSources = true

    /// What `delayLimit` can be.
    package static let delayLimits = 20...500

    package init(address: String = "127.0.0.1", ports: ClosedRange<UInt16> = 20_000...29_999, threads: Int = 2, silenceLimit: Int = 30) {
        self.address = address
        self.ports = ports
        self.threads = max(1, threads)
        self.silenceLimit = max(1, silenceLimit)
    }
}

/// All sessions and the threads that carry them.
///
/// ```
///  control side ── MediaSession.play(…) ──► mail of a worker ──(swapped once a tick)──► media thread
///       ▲                                                                                    │
///       └──────────────── [MediaEvent], one batch a tick ◄───────────────────────────────────┘
/// ```
package final class MediaThreads: MediaSessionSource {
    struct Sockets {
        var rtp: RTPSocket
        var rtcp: RTPSocket
        var port: UInt16
        var worker: Int
    }

    struct State {
        var lastID: UInt64 = 0
        var lastRoom: UInt64 = 0
        var open: [MediaSessionID: Sockets] = [:]
        /// By the worker that each lives on.
        var rooms: [MediaRoomID: Int] = [:]
        var sessionsOfWorker: [Int]
        var roomsOfWorker: [Int]

        /// Sessions count, and rooms as one each: they are going to have members.
        func load(of worker: Int) -> Int { sessionsOfWorker[worker] + roomsOfWorker[worker] }

        /// There is at least one worker.
        var leastBusy: Int { sessionsOfWorker.indices.min { load(of: $0) < load(of: $1) } ?? 0 }
    }

    package let settings: MediaPlaneSettings
    package let writer: RecordingWriter
    let workers: [MediaWorker]
    private let ports: PortAllocator
    let memory: SessionMemory
    let state: Mutex<State>
    let lastBridgeOrder = Atomic<UInt64>(0)

    /// `tell` gets each batch of events, on a media thread: it must hand them on and return at once.
    package init(settings: MediaPlaneSettings, writer: RecordingWriter, tell: @escaping @Sendable ([MediaEvent]) -> Void) {
        var random = SystemRandomNumberGenerator()
        let name = Array(String(random.next(), radix: 36).utf8)
        self.settings = settings
        self.writer = writer
        ports = PortAllocator(range: settings.ports)
        let none = Array(repeating: 0, count: settings.threads)
        state = Mutex(State(sessionsOfWorker: none, roomsOfWorker: none))
        let memory = SessionMemory(blockSize: SessionState.blockSize)
        self.memory = memory
        workers = (0..<settings.threads).map { _ in
            MediaWorker(
                scratch: MediaScratch(writer: writer, canonicalName: name), memory: memory,
                silenceLimit: Int64(settings.silenceLimit) * 1_000_000_000,
                tell: tell)
        }
    }

    /// False when the system refuses a thread.
    package func start() -> Bool {
        workers.allSatisfy { $0.start() }
    }

    /// One tick (2 ms) of all workers on the calling thread, in place of threads of their own.
    func step() {
        for worker in workers { worker.step() }
    }

    /// Stops the threads. Sessions that are still open are forgotten; close them first for whole recordings.
    package func stop() {
        for worker in workers { worker.stop() }
    }

    /// Starts to measure how evenly packets arrive, and returns what was measured since the last time; nil at the first.
    package func measureSpacing() async -> SpacingHistogram? {
        var total: SpacingHistogram?
        for worker in workers {
            let part = await withCheckedContinuation { continuation in
                worker.post(.measure { continuation.resume(returning: $0) })
            }
            guard let part else { continue }
            if total == nil { total = SpacingHistogram() }
            total?.add(part)
        }
        return total
    }

    package var openSessions: Int { state.withLock { $0.open.count } }

    /// Calls that the port range has room for.
    package var capacity: Int { ports.capacity }

    /// Binds a pair of ports and hands the session to the least busy media thread. Nothing flows before `use`.
    package func open() throws(MediaPlaneError) -> any MediaSessionOrders {
        guard let block = memory.take() else { throw .outOfMemory }
        let (port, rtp, rtcp): (UInt16, RTPSocket, RTPSocket)
        do throws(MediaPlaneError) {
            (port, rtp, rtcp) = try ports.bindPair(on: settings.address)
        } catch {
            memory.giveBack(block)
            throw error
        }
        var random = SystemRandomNumberGenerator()
        let (id, index) = state.withLock { state in
            state.lastID += 1
            let id = MediaSessionID(number: state.lastID)
            let index = state.leastBusy
            state.sessionsOfWorker[index] += 1
            state.open[id] = Sockets(rtp: rtp, rtcp: rtcp, port: port, worker: index)
            return (id, index)
        }
        // RFC 3550 §5.1: SSRC, sequence and time stamp start at random.
        let send = SendPath(ssrc: random.next(), sequence: random.next(), timestamp: random.next())
        let session = block.bindMemory(to: SessionState.self, capacity: 1)
        session.initialize(to: SessionState(id: id, rtp: rtp, rtcp: rtcp, send: send, reports: ReportPath(seed: random.next())))
        session.pointee.delayLimit = settings.delayLimit
        session.pointee.latch.followsSources = settings.followsSources
        workers[index].post(.open(session))
        return MediaSession(id: id, ssrc: send.ssrc, port: port, worker: workers[index], plane: self)
    }

    /// Gives the sockets and ports of a session back. To be called once `.closed` has come: the media thread is done with them.
    package func release(_ id: MediaSessionID) {
        let sockets = state.withLock { state in
            let sockets = state.open.removeValue(forKey: id)
            if let sockets { state.sessionsOfWorker[sockets.worker] -= 1 }
            return sockets
        }
        guard let sockets else { return }
        sockets.rtp.close()
        sockets.rtcp.close()
        ports.release(sockets.port)
    }
}
