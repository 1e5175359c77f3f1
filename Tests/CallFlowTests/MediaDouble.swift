import AudioFiles
import Codecs
import SRTP

@testable import MediaPlane

/// Stands where the media plane stands: notes every order in words, and leaves it to the test to say what happens.
final class MediaDouble: MediaSessionSource, @unchecked Sendable {
    /// Told of each order as it comes.
    var note: (String) -> Void = { _ in }
    /// Instead of a session.
    var refusal: MediaPlaneError?
    private(set) var sessions: [SessionDouble] = []
    private(set) var released: [MediaSessionID] = []
    var pending: [MediaEvent] = []
    private var lastRoom: UInt64 = 0

    func open() throws(MediaPlaneError) -> any MediaSessionOrders {
        if let refusal { throw refusal }
        let number = UInt64(sessions.count)
        let session = SessionDouble(id: MediaSessionID(number: number), port: 20_000 + 2 * UInt16(number), plane: self)
        sessions.append(session)
        note("open \(session.port)")
        return session
    }

    func release(_ id: MediaSessionID) {
        released.append(id)
        note("release \(sessions[Int(id.number)].port)")
    }

    func openRoom(_ settings: MediaRoomSettings) -> any MediaRoomOrders {
        lastRoom += 1
        note("open room \(lastRoom)")
        return RoomDouble(id: MediaRoomID(number: lastRoom), plane: self)
    }

    func takeEvents() -> [MediaEvent] {
        defer { pending = [] }
        return pending
    }
}

/// One session of the double.
final class SessionDouble: MediaSessionOrders, @unchecked Sendable {
    let id: MediaSessionID
    let port: UInt16
    private unowned let plane: MediaDouble
    private(set) var stream: MediaStream?
    private(set) var keys: MediaKeys?
    private(set) var playing: (id: PlaybackID, track: PlaybackTrack)?
    private(set) var recording: RecordingTapOrder?
    /// What it has counted at its end.
    var counted = SessionStatistics()
    /// What the recording holds, as the test has laid it down.
    var recordedSamples = 0
    var recordedSpeech = 0
    /// The media thread takes its time to end a recording: the test says when.
    var endsRecordingLate = false

    init(id: MediaSessionID, port: UInt16, plane: MediaDouble) {
        self.id = id
        self.port = port
        self.plane = plane
    }

    func use(_ stream: MediaStream, keys: MediaKeys?) {
        self.stream = stream
        self.keys = keys
        let secrecy = keys.map { ", encrypted: \($0)" } ?? ""
        let way = stream.sends ? (stream.receives ? "both ways" : "send only") : stream.receives ? "receive only" : "paused"
        let events = stream.telephoneEventPayloadType.map { ", keys \($0)" } ?? ""
        let rtcp = stream.remoteRTCP.map { ", RTCP \($0.host):\($0.port)" } ?? ", RTCP on the same port"
        plane.note(
            "use \(stream.remote.host):\(stream.remote.port) \(stream.codec.encodingName) \(stream.payloadType) "
                + "\(stream.packetTime) ms \(way)\(events)\(rtcp)\(secrecy)")
    }

    func play(_ track: PlaybackTrack, as playback: PlaybackID) {
        playing = (playback, track)
        let parts = track.parts.map { part in Shipped.clipNames[UInt(bitPattern: part.bytes)] ?? "(\(part.count / 8) ms)" }
        let rounds = track.rounds.map { $0 == 1 ? "" : ", \($0) times" } ?? ", for ever"
        plane.note("play \(parts.joined(separator: " "))\(rounds)")
    }

    func stop(_ playback: PlaybackID) {
        if playing?.id == playback { playing = nil }
        plane.note("stop playing")
    }

    func pause(_ playback: PlaybackID, _ isOn: Bool) { plane.note(isOn ? "pause" : "go on") }

    func seek(_ playback: PlaybackID, by ticks: Int) { plane.note("seek \(ticks / 8) ms") }

    func exchange(_ playback: PlaybackID, for track: PlaybackTrack) {
        if playing?.id == playback { playing = (playback, track) }
        plane.note("exchange for \(track.tickCount / 8) ms")
    }

    func echo(_ isOn: Bool) { plane.note(isOn ? "echo" : "no echo") }

    func record(_ order: RecordingTapOrder) {
        recording = order
        recordedSamples = 0
        recordedSpeech = 0
        plane.note("record for \(order.maximum) ms\(order.silence.map { ", until \($0) ms of silence" } ?? "")")
    }

    func stopRecording() {
        plane.note("stop recording")
        if !endsRecordingLate { endRecording(.stopped) }
    }

    func send(keys: [Character]) { plane.note("send keys \(String(keys))") }

    func join(_ room: MediaRoomID, alone: PlaybackTrack?) {
        plane.note("join room \(room.number)\(alone == nil ? "" : ", with music")")
    }

    func leaveRoom() { plane.note("leave room") }

    func mute(_ isOn: Bool) { plane.note(isOn ? "mute" : "no mute") }

    func gain(_ decibels: Double) { plane.note("gain \(decibels) dB") }

    func bridge(to other: any MediaSessionOrders, passDigits: Bool) {
        plane.note("bridge \(port) to \(other.port)\(passDigits ? "" : ", no digits")")
    }

    func unbridge() { plane.note("unbridge \(port)") }

    func close() {
        plane.note("close \(port)")
        endRecording(.stopped)
        plane.pending.append(.closed(id, counted))
    }

    // MARK: What happens

    /// The track that plays comes to its end.
    func finishPlaying() {
        guard let ended = playing else { return }
        playing = nil
        plane.pending.append(.playFinished(id, ended.id))
    }

    func endRecording(_ end: RecordingTapResult.End) {
        guard let order = recording else { return }
        recording = nil
        plane.pending.append(
            .recordingEnded(
                id,
                RecordingTapResult(handle: order.handle, end: end, samples: recordedSamples, samplesToLastSpeech: recordedSpeech)))
    }
}

/// One room of the double.
final class RoomDouble: MediaRoomOrders, @unchecked Sendable {
    let id: MediaRoomID
    private unowned let plane: MediaDouble

    init(id: MediaRoomID, plane: MediaDouble) {
        self.id = id
        self.plane = plane
    }

    func play(chime: [Int16]) { plane.note("chime of \(chime.count / 8) ms in room \(id.number)") }

    func close() { plane.note("close room \(id.number)") }
}
