import AudioFiles
import Codecs
import RTP

/// Names one media session for as long as the process lives.
package struct MediaSessionID: Hashable, Sendable {
    package let number: UInt64
}

/// Names one playback of a session, chosen by whoever orders it.
package struct PlaybackID: Hashable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
}

/// What was negotiated for the audio of a session, as the media thread needs it.
package struct MediaStream: Sendable {
    package var remote: SocketAddress
    /// Where RTCP goes; nil when it shares the RTP port (RFC 5761).
    package var remoteRTCP: SocketAddress?
    package var codec: AudioCodec
    /// How the session's sound lies in memory: what is played to it must be in this form.
    package var form: SoundForm { codec.form }
    /// How we encode, where the codec leaves a choice.
    package var encoding = AudioEncoder.Settings()
    /// The payload type we send, and the one we are sent.
    package var payloadType: UInt8
    package var receivePayloadType: UInt8
    /// Payload types of further codecs that the peer may turn to without a word, where it accepted several of our offer (RFC 3264 §6.1);
    /// 255 for none.
    package var otherPayloadTypes = SIMD4<UInt8>(repeating: .max)
    /// RFC 4733, sent and received; nil when keys were not negotiated.
    package var telephoneEventPayloadType: UInt8?
    package var receiveTelephoneEventPayloadType: UInt8?
    /// Of the durations in telephone events, in hertz.
    package var telephoneEventClockRate = SoundForm.tickRate
    /// Comfort noise (RFC 3389), sent and received; nil when none was negotiated.
    package var comfortNoisePayloadType: UInt8?
    package var receiveComfortNoisePayloadType: UInt8?
    /// Keys are listened for in the sound: nothing else was negotiated for them.
    package var hearsKeys: Bool
    /// How the peer sounds is told him in RTCP's extended reports (RFC 3611 §4.7).
    package var reportsVoIPMetrics = false
    /// Length of the packets we send, in ms (10…60).
    package var packetTime: Int
    /// Whether we may send, and whether the peer will.
    package var sends: Bool
    package var receives: Bool

    /// Ticks of the RTP clock in one of 8 kHz.
    var clockScale: Int { codec.clockRate / SoundForm.tickRate }

    package init(
        remote: SocketAddress, remoteRTCP: SocketAddress?, codec: AudioCodec, payloadType: UInt8, receivePayloadType: UInt8,
        telephoneEventPayloadType: UInt8?, receiveTelephoneEventPayloadType: UInt8?, packetTime: Int, sends: Bool, receives: Bool,
        hearsKeys: Bool = false
    ) {
        self.remote = remote
        self.remoteRTCP = remoteRTCP
        self.codec = codec
        self.payloadType = payloadType
        self.receivePayloadType = receivePayloadType
        self.telephoneEventPayloadType = telephoneEventPayloadType
        self.receiveTelephoneEventPayloadType = receiveTelephoneEventPayloadType
        self.packetTime = min(60, max(10, packetTime / 10 * 10))
        self.sends = sends
        self.receives = receives
        self.hearsKeys = hearsKeys
    }
}

/// A recording of what the peer says, from the moment the order reaches the media thread.
package struct RecordingTapOrder: Sendable {
    package var handle: RecordingHandle
    /// Ends the recording, in ms; also when nothing arrives.
    package var maximum: Int
    /// Ends it after so many ms without speech; nil for never.
    package var silence: Int?
    let memory: RecordingMemory

    package init(handle: RecordingHandle, maximum: Int, silence: Int?) {
        memory = RecordingMemory(rate: handle.format.rate)
        self.handle = handle
        self.maximum = maximum
        self.silence = silence
    }
}

/// What the control side asks of a media thread. Taken from its queue once a tick. The state that `open` carries passes to that
/// thread for good (or until it departs), hence `@unchecked Sendable`.
enum MediaCommand: @unchecked Sendable {
    case open(UnsafeMutablePointer<SessionState>)
    case stream(MediaSessionID, MediaStream, StreamProtection, StreamCoder?)
    case play(MediaSessionID, PlaybackID, PlaybackTrack)
    case stop(MediaSessionID, PlaybackID)
    case pause(MediaSessionID, PlaybackID, Bool)
    /// In ticks of 8 kHz.
    case seek(MediaSessionID, PlaybackID, by: Int)
    case exchange(MediaSessionID, PlaybackID, for: PlaybackTrack)
    case echo(MediaSessionID, Bool)
    case record(MediaSessionID, RecordingTapOrder)
    case stopRecording(MediaSessionID)
    case sendKeys(MediaSessionID, [Character])
    case close(MediaSessionID)
    case join(MediaSessionID, MediaRoomID, alone: PlaybackTrack?)
    case leaveRoom(MediaSessionID)
    case mute(MediaSessionID, Bool)
    /// In decibels.
    case gain(MediaSessionID, Double)
    // See `MediaWorker+Bridges` for the number of the order.
    case bridge(MediaSessionID, to: MediaSessionID, passesKeys: Bool, order: UInt64)
    case unbridge(MediaSessionID, order: UInt64)

    // A session goes to another thread: see `MediaWorker+Moving`.
    case expect(MediaSessionID)
    case depart(MediaSessionID, to: MediaWorker)
    case arrive(UnsafeMutablePointer<SessionState>)
    case gone(MediaSessionID)

    case openRoom(UnsafeMutablePointer<RoomState>)
    case chime(MediaRoomID, [Int16])
    case closeRoom(MediaRoomID)

    /// Counts what the thread holds.
    case census(@Sendable (MediaCensus) -> Void)
    /// Starts a new measurement of spacing, and gives the one before, if any.
    case measure(@Sendable (SpacingHistogram?) -> Void)

    /// The session that an order is for: it waits where that session is expected. So does an `expect` for a session that is to come, go
    /// and come again.
    var session: MediaSessionID? {
        switch self {
        case .stream(let id, _, _, _), .play(let id, _, _), .stop(let id, _), .pause(let id, _, _),
            .seek(let id, _, _), .exchange(let id, _, _), .echo(let id, _), .record(let id, _), .stopRecording(let id),
            .sendKeys(let id, _), .close(let id), .join(let id, _, _), .leaveRoom(let id), .mute(let id, _), .gain(let id, _),
            .expect(let id),
            .depart(let id, _), .bridge(let id, _, _, _), .unbridge(let id, _):
            id
        case .open, .arrive, .gone, .openRoom, .chime, .closeRoom, .census, .measure: nil
        }
    }
}

/// What a media thread has to tell. Handed over in one batch a tick.
package enum MediaEvent: Sendable {
    /// A telephone key (RFC 4733), once per press.
    case digit(MediaSessionID, Character)
    /// A key that sounds among what the peer says is pressed, or let go of.
    case tone(MediaSessionID, Character, isDown: Bool)
    /// The peer sends in another of the codecs that were agreed on: to be set by `use`. Told again as long as he does.
    case otherCodec(MediaSessionID, payloadType: UInt8)
    /// The last packet of the track was sent.
    case playFinished(MediaSessionID, PlaybackID)
    /// All keys that were ordered have been sent.
    case keysSent(MediaSessionID)
    case recordingEnded(MediaSessionID, RecordingTapResult)
    /// Inbound media was expected and none came for the configured time. Told again after each further such time.
    case silent(MediaSessionID)
    /// What has been counted until now: told with each RTCP report, every five seconds or so.
    case counted(MediaSessionID, SessionStatistics)
    /// The last event of a session: its sockets are the control side's again.
    case closed(MediaSessionID, SessionStatistics)

    package var session: MediaSessionID {
        switch self {
        case .digit(let id, _), .tone(let id, _, _), .otherCodec(let id, _), .playFinished(let id, _), .keysSent(let id),
            .recordingEnded(let id, _), .silent(let id), .counted(let id, _), .closed(let id, _):
            id
        }
    }
}

/// How a recording ended, as the media thread saw it. The file itself is finished by the recording writer.
package struct RecordingTapResult: Sendable {
    package enum End: Sendable { case maximum, silence, stopped, storageTooSlow }
    package var handle: RecordingHandle
    package var end: End
    /// Samples up to the last packet, and up to the last one with speech in it; 0 when none was heard.
    package var samples: Int
    package var samplesToLastSpeech: Int
}

/// What a session counted, for the call's record.
package struct SessionStatistics: Sendable {
    package var packetsSent: UInt64 = 0
    package var octetsSent: UInt64 = 0
    /// Valid RTP packets of the session's peer, keys included.
    package var packetsReceived = 0
    package var packetsLost = 0
    package var duplicates = 0
    package var reordered = 0
    package var jitterMilliseconds: Double = 0
    package var concealedFrames = 0
    package var digits: UInt64 = 0
    /// Datagrams that were no RTP, of another payload type or from somebody else.
    package var ignored: UInt64 = 0
    /// Datagrams of an encrypted session that failed authentication: forged, of another key, or in the clear.
    package var unauthenticated: UInt64 = 0
    package var sendFailures: UInt64 = 0
    package var roundTripMilliseconds: Double?
    package var longestGapMilliseconds: Double = 0
    /// Which of the peer's packets were lost together, and which came in vain, for want of time or room: only where somebody listens to them
    /// as they come. A recording takes them whenever they come, and whoever relays them leaves that to the other side.
    package var losses = BurstGapStatistics()
    /// Of sound in the peer's packets, and in ours.
    package var packetTimeMilliseconds = 20
    package var sentPacketTimeMilliseconds = 20
    /// How long the fastest of the peer's packets wait for their turn: now, and in the mean; nil where nobody listens, or did.
    package var bufferDelayMilliseconds: Int?
    package var meanBufferDelayMilliseconds: Int?
    /// What the peer last said of our packets: how many it misses, and how uneven they come; nil when it said nothing.
    package var packetsLostByPeer: Int?
    package var jitterOfPeerMilliseconds: Double?
    /// How speech of ours sounds to him (RFC 3611 §4.7), where he tells.
    package var metricsOfPeer: VoIPMetrics?
    package init() {}
}
