import AudioFiles
import Codecs
import Glibc
import Testing

@testable import MediaPlane

/// Real media threads, a room or more, and callers on sockets of the test. Nothing sleeps: each packet that a caller hears is the
/// beat for one of his own.
final class RoomBench {
    let events = EventLog()
    let plane: MediaThreads
    private(set) var peers: [RoomPeer] = []

    /// An address of this process alone, so that two runs of the tests at a time do not take each other's ports.
    static let host = "127.78.\((getpid() >> 8) & 255).\(getpid() & 255)"

    init(ports: ClosedRange<UInt16>, threads: Int = 2, silenceLimit: Int = 30) throws {
        plane = MediaThreads(
            settings: MediaPlaneSettings(address: Self.host, ports: ports, threads: threads, silenceLimit: silenceLimit),
            writer: RecordingWriter(),
            tell: { [events] in events.add($0) })
        try #require(plane.start())
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

    /// Lets everybody talk until `isReached` holds, which is asked about ten times a second; false after `limit` seconds.
    func talk(for limit: Int = 20, until isReached: () -> Bool) -> Bool {
        var start = timespec()
        clock_gettime(CLOCK_MONOTONIC, &start)
        while true {
            for _ in 0..<5 {
                var waiting = peers.map { pollfd(fd: $0.socket.socket.descriptor, events: Int16(POLLIN), revents: 0) }
                _ = poll(&waiting, nfds_t(waiting.count), 100)
                for (index, peer) in peers.enumerated() where waiting[index].revents != 0 { peer.answer() }
            }
            if isReached() { return true }
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            if now.tv_sec - start.tv_sec > limit { return false }
        }
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
        let statistics = try #require(events.first { if case .closed(id, let statistics) = $0 { statistics } else { nil } })
        plane.release(id)
        return statistics
    }

    /// Hangs up for all; nothing may be left.
    func finish() async throws {
        for peer in peers { _ = try hangUp(peer) }
        let census = await plane.census()
        #expect(census == MediaCensus(rooms: plane.openRooms))
        #expect(plane.openSessions == 0 && plane.memory.inUse == 0)
        plane.stop()
    }
}
