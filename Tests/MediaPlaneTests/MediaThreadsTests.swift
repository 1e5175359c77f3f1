import AudioFiles
import Codecs
import Foundation
import RTP
import Testing

@testable import MediaPlane

/// Real media threads against a socket of the test. Nothing sleeps; what has to come is waited for, with a limit.
@Suite(.serialized) struct MediaThreadsTests {
    private let events = EventLog()
    private let peer: LoopbackSocket
    private let writer = RecordingWriter()
    private let plane: MediaThreads

    init() throws {
        peer = try LoopbackSocket(host: "127.0.77.3")
        plane = MediaThreads(
            settings: MediaPlaneSettings(address: "127.0.77.2", ports: 15_100...15_139, threads: 2, silenceLimit: 1), writer: writer,
            tell: { [events] in events.add($0) })
        try #require(plane.start())
    }

    private var stream: MediaStream {
        MediaStream(
            remote: peer.address, remoteRTCP: nil, codec: .pcmu, payloadType: 0, receivePayloadType: 0, telephoneEventPayloadType: 101,
            receiveTelephoneEventPayloadType: 101, packetTime: 20, sends: true, receives: true)
    }

    private func address(of session: any MediaSessionOrders) throws -> SocketAddress {
        try #require(SocketAddress(host: "127.0.77.2", port: session.port))
    }

    /// Closes the session, releases it and stops the threads.
    private func finish(_ session: any MediaSessionOrders) throws -> SessionStatistics {
        session.close()
        let statistics = try #require(
            events.first { if case .closed(session.id, let statistics) = $0 { statistics } else { nil } })
        plane.release(session.id)
        #expect(plane.openSessions == 0)
        plane.stop()
        return statistics
    }

    @Test func aTrackIsPlayedAndReported() throws {
        let session = try plane.open()
        #expect(session.port == 15_100 && plane.openSessions == 1 && plane.capacity == 20)
        let sound = (0..<1_600).map { UInt8(truncatingIfNeeded: $0 * 3) }
        let track = PlaybackTrack([sound.withUnsafeBufferPointer { EncodedAudio(copying: $0, codec: .pcmu) }])
        session.play(track, as: PlaybackID(7))
        session.use(stream)
        let finished = events.first { if case .playFinished(session.id, let id) = $0 { id } else { nil } }
        #expect(finished == PlaybackID(7))
        let statistics = try finish(session)
        let packets = peer.drain()
        let audio = packets.filter { $0.header != nil }
        #expect(audio.flatMap(\.payload) == sound)
        #expect(audio.map { $0.header?.marker } == [true] + [Bool](repeating: false, count: 9))
        let stamps = audio.compactMap { $0.header?.timestamp }
        #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $0.distance(to: $1) == 160 })
        #expect(try audio.allSatisfy { try $0.source == address(of: session) })
        #expect(packets.last?.isRTCP == true, "a last report with BYE")
        #expect(statistics.packetsSent == 10 && statistics.octetsSent == 1_600 && statistics.sendFailures == 0)
        #expect(statistics.packetsReceived == 0)
    }

    @Test func keysAndStrangersAreToldApart() throws {
        let session = try plane.open()
        let ours = try address(of: session)
        session.use(stream)
        try #require(peer.receive(within: 5_000) != nil, "the stream is taken up")
        let key: [UInt8] = [5, 10, 1, 64]
        let end: [UInt8] = [5, 0x8A, 3, 32]
        peer.send(packet(key, type: 101, sequence: 1, timestamp: 800, marker: true), to: ours)
        for sequence in 2...4 { peer.send(packet(end, type: 101, sequence: UInt16(sequence), timestamp: 800), to: ours) }
        peer.send(packet([UInt8](repeating: 0xFF, count: 160), type: 96, sequence: 5, timestamp: 960), to: ours)
        peer.send([1, 2, 3], to: ours)
        peer.send(packet(key, type: 101, sequence: 6, timestamp: 3_000, marker: true), to: ours)
        peer.send(packet([9, 0x8A, 3, 32], type: 101, sequence: 7, timestamp: 6_000, marker: true), to: ours)
        let last = events.first { if case .digit(session.id, "9") = $0 { true } else { nil } }
        #expect(last == true)
        let statistics = try finish(session)
        #expect(statistics.digits == 3 && statistics.packetsReceived == 6 && statistics.ignored == 2)
    }

    @Test func ourOwnSoundIsEchoed() throws {
        let session = try plane.open()
        let ours = try address(of: session)
        session.echo(true)
        session.use(stream)
        let sound = (0..<30).map { index in (0..<160).map { UInt8(truncatingIfNeeded: $0 + index * 9) } }
        // The session's own packets give the beat: one of ours for each of its, the first one being the opening silence.
        var heard: [UInt8] = []
        var sent = 0
        try #require(peer.receive(within: 5_000) != nil)
        while sent < 3 {
            peer.send(packet(sound[sent], sequence: UInt16(sent), timestamp: UInt32(160 * sent)), to: ours)
            sent += 1
        }
        while sent < sound.count {
            let echoed = try #require(peer.receive(within: 5_000), "after \(sent) packets")
            guard echoed.header?.payloadType == 0 else { continue }
            heard += echoed.payload
            peer.send(packet(sound[sent], sequence: UInt16(sent), timestamp: UInt32(160 * sent)), to: ours)
            sent += 1
        }
        // A key behind them shows that they have been read.
        peer.send(packet([1, 0x8A, 3, 32], type: 101, sequence: UInt16(sent), timestamp: UInt32(160 * sent), marker: true), to: ours)
        try #require(events.first { if case .digit(session.id, "1") = $0 { true } else { nil } } != nil)
        let statistics = try finish(session)
        #expect(statistics.packetsReceived == 31 && statistics.packetsLost == 0)
        let wanted = sound.flatMap { $0 }
        let matching = stride(from: 0, to: heard.count, by: 160).filter { wanted.firstRange(of: heard[$0..<$0 + 160]) != nil }
        #expect(matching.count >= heard.count / 160 / 2, "what comes back is what was sent")
    }

    @Test func aRecordingHoldsWhatWasSaid() throws {
        let folder = try ScratchFolder()
        try #require(writer.start())
        let handle = try writer.open(folder.path + "/said.wav", format: RecordingFormat())
        let session = try plane.open()
        let ours = try address(of: session)
        session.use(stream)
        session.record(RecordingTapOrder(handle: handle, maximum: 60_000, silence: nil))
        try #require(peer.receive(within: 5_000) != nil)
        var linear: [Int16] = []
        for index in 0..<20 {
            let bytes = (0..<160).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ index) }
            var samples = [Int16](repeating: 0, count: 160)
            SampledCodec.pcmu.decode(bytes, count: 160, into: &samples)
            linear += samples
            peer.send(packet(bytes, sequence: UInt16(index), timestamp: 9_000 + UInt32(160 * index)), to: ours)
        }
        // A key behind them shows that they have been read.
        peer.send(packet([1, 0x8A, 3, 32], type: 101, sequence: 20, timestamp: 12_200, marker: true), to: ours)
        try #require(events.first { if case .digit(session.id, "1") = $0 { true } else { nil } } != nil)
        session.stopRecording()
        let result = try #require(
            events.first { if case .recordingEnded(session.id, let result) = $0 { result } else { nil } })
        guard case .stopped = result.end else {
            Issue.record("\(result.end)")
            return
        }
        #expect(result.samples >= 3_200 && result.samplesToLastSpeech == result.samples)
        let done = DispatchSemaphore(value: 0)
        let finished = Finished()
        writer.finish(handle) {
            finished.result = try? $0.get()
            done.signal()
        }
        #expect(done.wait(timeout: .now() + 10) == .success)
        #expect(finished.result?.samples == result.samples)
        let file = try AudioFileReader.read(folder.path + "/said.wav", rate: 8_000).samples
        #expect(file.count == result.samples && Array(file.suffix(3_200)) == linear)
        #expect(file.dropLast(3_200).allSatisfy { $0 == 0 })
        _ = try finish(session)
        writer.stop()
    }

    /// More than a turn takes waits in the socket, as after a stall of the machine, when the call ends.
    @Test(arguments: [false, true]) func whatCameBeforeTheEndIsRecorded(closing: Bool) throws {
        let folder = try ScratchFolder()
        let handle = try writer.open(folder.path + "/last-words.wav", format: RecordingFormat())
        let session = try plane.open()
        let ours = try address(of: session)
        session.use(stream)
        session.record(RecordingTapOrder(handle: handle, maximum: 60_000, silence: nil))
        let count = 90
        try #require(peer.receive(within: 5_000) != nil, "the stream is taken up")
        peer.send(packet([1, 0x8A, 3, 32], type: 101, sequence: 0, timestamp: 0, marker: true), to: ours)
        try #require(events.first { if case .digit(session.id, "1") = $0 { true } else { nil } } != nil)
        for index in 1...count {
            peer.send(packet([UInt8](repeating: 0, count: 160), sequence: UInt16(index), timestamp: UInt32(160 * index)), to: ours)
        }
        if closing { session.close() } else { session.stopRecording() }
        let result = try #require(events.first { if case .recordingEnded(session.id, let result) = $0 { result } else { nil } })
        #expect(result.samples >= 160 * count)
        let statistics = try finish(session)
        #expect(statistics.packetsReceived == UInt64(count + 1))
    }

    private final class Finished: @unchecked Sendable { var result: FinishedRecording? }

    @Test func aPeerThatSendsNothingIsReportedSilent() throws {
        let session = try plane.open()
        session.use(stream)
        let silent = events.first { if case .silent(session.id) = $0 { true } else { nil } }
        #expect(silent == true)
        _ = try finish(session)
    }

    @Test func sessionsAreSpreadOverTheThreadsAndClosedInAnyOrder() throws {
        let sessions = try (0..<20).map { _ in try plane.open() }
        #expect(Set(sessions.map(\.port)).count == 20 && plane.openSessions == 20)
        #expect(throws: MediaPlaneError.self) { try plane.open() }
        for session in sessions { session.use(stream) }
        for session in sessions.shuffled() { session.close() }
        for session in sessions {
            #expect(events.first { if case .closed(session.id, _) = $0 { true } else { nil } } == true)
            plane.release(session.id)
        }
        #expect(plane.openSessions == 0)
        let again = try plane.open()
        _ = try finish(again)
    }

    @Test func ordersAfterTheEndAreIgnored() throws {
        let session = try plane.open()
        session.close()
        session.use(stream)
        session.echo(true)
        session.close()
        #expect(events.first { if case .closed(session.id, _) = $0 { true } else { nil } } == true)
        plane.release(session.id)
        plane.release(session.id)
        session.use(stream)
        #expect(plane.openSessions == 0)
        plane.stop()
    }

    @Test func spacingIsMeasuredFromTheFirstAskingOn() async {
        let first = await plane.measureSpacing()
        let second = await plane.measureSpacing()
        #expect(first == nil && second?.count == 0)
        plane.stop()
    }
}
