import Codecs
import Glibc
import RTP
import Testing

@testable import MediaPlane

/// Two callers or more. What a bridge sends is what it is sent, so nobody hears anything before somebody speaks: each speaks when his
/// packet time has passed, in beats of 10 ms.
final class BridgeBench {
    let rooms: RoomBench
    private var beats = 0
    var plane: MediaThreads { rooms.plane }
    var events: EventLog { rooms.events }
    var callers: [RoomPeer] { rooms.peers }

    init(ports: ClosedRange<UInt16>, threads: Int = 2, silenceLimit: Int = 30, isRunning: Bool = false) throws {
        rooms = try RoomBench(ports: ports, threads: threads, silenceLimit: silenceLimit, isRunning: isRunning)
    }

    func call(codec: AudioCodec = .pcmu, packetTime: Int = 20, keys: UInt8? = 101) throws -> RoomPeer {
        let peer = try rooms.call(codec: codec, packetTime: packetTime)
        if keys != 101 { peer.change { ($0.telephoneEventPayloadType, $0.receiveTelephoneEventPayloadType) = (keys, keys) } }
        return peer
    }

    /// Two callers, joined; they have heard each other.
    func pair(
        _ first: (AudioCodec, Int) = (.pcmu, 20), _ second: (AudioCodec, Int) = (.pcmu, 20), passDigits: Bool = true
    ) throws -> (RoomPeer, RoomPeer) {
        let one = try call(codec: first.0, packetTime: first.1)
        let two = try call(codec: second.0, packetTime: second.1)
        one.session.bridge(to: two.session, passDigits: passDigits)
        #expect(talk { hear(one, two) }, "\(levels)")
        return (one, two)
    }

    func hear(_ one: RoomPeer, _ two: RoomPeer) -> Bool {
        one.hears([two.frequency], not: [one.frequency]) && two.hears([one.frequency], not: [two.frequency])
    }

    var levels: String {
        callers.map { peer in callers.map { "\(Int((peer.hears($0.frequency) ?? -200).rounded()))" }.joined(separator: " ") }
            .joined(separator: " | ")
    }

    /// Lets so many beats pass; `speak` says what each caller does when his next packet is due.
    func talk(beats count: Int, speak: (RoomPeer) -> Void = { $0.speak() }) {
        for _ in 0..<count {
            rooms.pass(10)
            beats += 1
            for peer in callers {
                peer.listen()
                if beats * 10 % peer.stream.packetTime == 0 { speak(peer) }
            }
        }
    }

    /// Lets everybody talk until `isReached` holds; false after so many seconds.
    func talk(for limit: Int = 15, until isReached: () -> Bool) -> Bool {
        for _ in 0..<limit * 10 {
            talk(beats: 10)
            if isReached() { return true }
        }
        return false
    }

    /// What everybody has heard and said so far.
    func forget() {
        for peer in callers { peer.forget() }
    }

    /// Lets a packet time and more pass in which nobody speaks, so that all that was said has been heard.
    func settle() { talk(beats: 20) { $0.rest($0.stream.packetTime * 8) } }

    func census() async -> MediaCensus { await rooms.census() }

    func finish() async throws { try await rooms.finish() }
}

extension RoomPeer {
    /// One source, and no number or time stamp but the next one.
    var isContinuous: Bool {
        Set(headers.map(\.ssrc)).count <= 1
            && zip(headers, headers.dropFirst()).allSatisfy {
                $0.sequence.advanced(by: 1) == $1.sequence
                    && $0.timestamp.distance(to: $1.timestamp) == length(of: $0)
            }
    }

    /// One source whose numbers and time stamps never step back, with no number missing.
    var isInOrder: Bool {
        Set(packets.compactMap { $0.header?.ssrc }).count <= 1
            && zip(packets, packets.dropFirst()).allSatisfy { $0.header!.sequence.advanced(by: 1) == $1.header!.sequence }
            && zip(headers, headers.dropFirst()).allSatisfy {
                $0.timestamp.distance(to: $1.timestamp) >= length(of: $0)
            }
    }

    /// Ticks of the stream's clock that a packet lasts.
    private func length(of header: RTPHeader) -> Int {
        stream.codec.isSampled ? header.payloadLength : stream.packetTime * 8 * stream.clockScale
    }

    var stepsOfTime: [Int] { zip(headers, headers.dropFirst()).map { $0.timestamp.distance(to: $1.timestamp) } }
}
