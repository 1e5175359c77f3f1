import AudioFiles
import Codecs
import Glibc
import Synchronization
import Testing

@testable import MediaPlane

/// A media plane whose ticks are made by the test, a room or more, and callers on sockets of the test: time passes only in `step`, so
/// that nothing depends on how busy the machine is. Where `isRunning`, the media threads run by themselves, as in a server.
final class RoomBench {
    let events = EventLog()
    let plane: MediaThreads
    private let isRunning: Bool
    private(set) var peers: [RoomPeer] = []

    /// An address of this process alone, so that two runs of the tests at a time do not take each other's ports.
    static let host = "127.78.\((getpid() >> 8) & 255).\(getpid() & 255)"

    init(ports: ClosedRange<UInt16>, threads: Int = 2, silenceLimit: Int = 30, isRunning: Bool = false) throws {
        plane = MediaThreads(
            settings: MediaPlaneSettings(address: Self.host, ports: ports, threads: threads, silenceLimit: silenceLimit),
            writer: RecordingWriter(),
            tell: { [events] in events.add($0) })
        self.isRunning = isRunning
        if isRunning { try #require(plane.start()) }
    }

    /// Lets so many milliseconds pass.
    func pass(_ milliseconds: Int) {
        for _ in 0..<milliseconds / 2 { plane.step() }
    }

    /// The first event that `matches`; nil after ten seconds without.
    func event<Result>(_ matches: (MediaEvent) -> Result?) -> Result? {
        if isRunning { return events.first(matches) }
        for _ in 0..<5_000 {
            if let found = events.present(matches) { return found }
            pass(2)
        }
        return nil
    }

    /// What the workers hold when all have obeyed what was ordered. Asked twice: a session may be on its way from a worker that was
    /// asked to one that was asked before it.
    func census() async -> MediaCensus {
        if isRunning {
            _ = await plane.census()
            return await plane.census()
        }
        pass(2)
        let total = Mutex(MediaCensus())
        for worker in plane.workers { worker.post(.census { part in total.withLock { $0.add(part) } }) }
        pass(2)
        return total.withLock { $0 }
    }

    /// Frequencies that lie a whole number of times in the 800 ms that are looked at, at distances that all differ: what G.711 makes
    /// of two of them does not fall on a third.
    static func frequency(_ number: Int) -> Double { Double(300 + 175 * number + 20 * number * number) }

    func call(codec: AudioCodec = .pcmu, packetTime: Int = 20, frequency: Double? = nil) throws -> RoomPeer {
        let peer = try RoomPeer(
            plane: plane, frequency: frequency ?? Self.frequency(peers.count), codec: codec, packetTime: packetTime)
        peers.append(peer)
        return peer
    }

    /// Lets everybody talk, a packet for each that he hears, until `isReached` holds, which is asked ten times a second; false after
    /// `limit` seconds.
    func talk(for limit: Int = 20, until isReached: () -> Bool) -> Bool {
        for _ in 0..<limit * 10 {
            for _ in 0..<50 {
                pass(2)
                for peer in peers { peer.answer() }
            }
            if isReached() { return true }
        }
        return false
    }

    /// Lets everybody talk until `peer` has heard so many packets more.
    func talk(packets: Int, of peer: RoomPeer) -> Bool {
        let wanted = peer.headers.count + packets
        return talk { peer.headers.count >= wanted }
    }

    func hangUp(_ peer: RoomPeer) throws -> SessionStatistics {
        peer.session.close()
        let id = peer.session.id
        peers.removeAll { $0 === peer }
        let statistics = try #require(event { if case .closed(id, let statistics) = $0 { statistics } else { nil } })
        plane.release(id)
        return statistics
    }

    /// Hangs up for all; nothing may be left.
    func finish() async throws {
        for peer in peers { _ = try hangUp(peer) }
        let census = await census()
        #expect(census == MediaCensus(rooms: plane.openRooms))
        #expect(plane.openSessions == 0 && plane.memory.inUse == 0)
        plane.stop()
    }
}
