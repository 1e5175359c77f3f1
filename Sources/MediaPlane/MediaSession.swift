import RTP
import SRTP

/// The orders that a session takes. The media plane's own sessions carry them out; tests listen to them.
package protocol MediaSessionOrders: AnyObject, Sendable {
    var id: MediaSessionID { get }
    /// The RTP port; RTCP is on the next one.
    var port: UInt16 { get }
    /// Sets or changes what was negotiated. Sending starts at once, before anything has arrived. With `keys` all RTP and RTCP is encrypted
    /// and nothing else is let in; the same key again goes on where it was.
    func use(_ stream: MediaStream, keys: MediaKeys?)
    /// Plays instead of whatever plays. The caller keeps `track` until `.playFinished` or `.closed`, or until it orders a stop.
    func play(_ track: PlaybackTrack, as playback: PlaybackID)
    func stop(_ playback: PlaybackID)
    /// The track stands still and is not heard, or goes on.
    func pause(_ playback: PlaybackID, _ isOn: Bool)
    /// Goes so many ticks of 8 kHz on in the round that plays, or back: to its beginning at most, and behind its end to the next.
    func seek(_ playback: PlaybackID, by ticks: Int)
    /// Goes on in `track`, which is the same sound made for another codec, speed or level, where the present one is. The caller keeps both
    /// until `.playFinished` or `.closed`.
    func exchange(_ playback: PlaybackID, for track: PlaybackTrack)
    /// Sends the peer its own sound.
    func echo(_ isOn: Bool)
    func record(_ order: RecordingTapOrder)
    func stopRecording()
    /// Sends keys as telephone events; a comma is a pause of half a second.
    func send(keys: [Character])
    /// Takes part in a room: hears all the others there, and is heard by them. While nobody else is there `alone` sounds (in the
    /// session's codec, by its `rounds`); the caller keeps it as for `play`, until the session has left or is closed. Joining the
    /// room one is in changes `alone` only (a codec that was changed by a re-INVITE needs another); a room that is closed is not joined.
    /// Ends an echo. What `play` orders is heard instead of the room.
    func join(_ room: MediaRoomID, alone: PlaybackTrack?)
    func leaveRoom()
    /// A muted member hears and is not heard; his keys are told. Holds until it is lifted or he leaves the room (or the bridge).
    func mute(_ isOn: Bool)
    /// How much louder than he is the others of a room hear this one: -60 (and below it: not at all) to 24 dB, 0 until it is ordered.
    /// Stays through rooms, until the session is closed.
    func gain(_ decibels: Double)
    /// Joins the two sessions: each peer hears the other. Packets go on as they come, within a tick, where both sides have the same
    /// codec and packet time, and are transcoded where they have not; a change of either stream decides anew. Telephone keys are told,
    /// as ever, and with `passDigits` go on to the other peer as well, where keys were negotiated with him. What `play` orders is heard
    /// by the session's own peer instead of the other until it ends; recordings hold what the session's own peer says; a muted side is
    /// not heard. Both leave the room, echo or bridge that they were in. Ordered again, it changes `passDigits`.
    /// Ends by `unbridge`, `join`, `close` or another `bridge` of either: the other side then hears nothing more than what is played to
    /// it. Orders for both are to be given from one thread.
    func bridge(to other: any MediaSessionOrders, passDigits: Bool)
    func unbridge()
    /// Ends the session: a last report, and `.closed` with what was counted.
    func close()
}

extension MediaSessionOrders {
    package func use(_ stream: MediaStream) { use(stream, keys: nil) }
    package func bridge(to other: any MediaSessionOrders) { bridge(to: other, passDigits: true) }
}

/// Where sessions come from.
package protocol MediaSessionSource: Sendable {
    func open() throws(MediaPlaneError) -> any MediaSessionOrders
    func openRoom(_ settings: MediaRoomSettings) -> any MediaRoomOrders
    /// Gives sockets and ports back once `.closed` has come.
    func release(_ id: MediaSessionID)
}

/// The control side's end of one session: every order goes to its media thread, what happens comes back as `MediaEvent`s.
///
/// May be used from any one thread at a time, hence `@unchecked Sendable`. After `close` orders are ignored; `.closed` is the last event.
package final class MediaSession: MediaSessionOrders, @unchecked Sendable {
    package let id: MediaSessionID
    package let port: UInt16
    private let plane: MediaThreads
    /// Whose thread has the session, or will have it once it has arrived there.
    private var worker: MediaWorker
    /// What the session sends as; its outbound context is made for it.
    private let ssrc: SSRC
    private var protection = StreamProtection()
    private var coder: StreamCoder?

    init(id: MediaSessionID, ssrc: SSRC, port: UInt16, worker: MediaWorker, plane: MediaThreads) {
        self.id = id
        self.ssrc = ssrc
        self.port = port
        self.worker = worker
        self.plane = plane
    }

    package func use(_ stream: MediaStream, keys: MediaKeys?) {
        var stream = stream
        do {
            protection = try protection.changed(to: keys, ssrc: ssrc.rawValue)
        } catch {
            // The library has no memory, or was not to be started: rather silence than sound in the clear.
            protection = StreamProtection()
            stream.sends = false
            stream.receives = false
        }
        if stream.codec.isSampled {
            coder = nil
        } else if coder?.codec != stream.codec || coder?.settings != stream.encoding {
            coder = StreamCoder(stream.codec, stream.encoding)
            if coder == nil {
                stream.sends = false
                stream.receives = false
            }
        }
        worker.post(.stream(id, stream, protection, coder))
    }

    package func play(_ track: PlaybackTrack, as playback: PlaybackID) { worker.post(.play(id, playback, track)) }

    package func stop(_ playback: PlaybackID) { worker.post(.stop(id, playback)) }

    package func pause(_ playback: PlaybackID, _ isOn: Bool) { worker.post(.pause(id, playback, isOn)) }

    package func seek(_ playback: PlaybackID, by ticks: Int) { worker.post(.seek(id, playback, by: ticks)) }

    package func exchange(_ playback: PlaybackID, for track: PlaybackTrack) { worker.post(.exchange(id, playback, for: track)) }

    package func echo(_ isOn: Bool) { worker.post(.echo(id, isOn)) }

    package func record(_ order: RecordingTapOrder) { worker.post(.record(id, order)) }

    package func stopRecording() { worker.post(.stopRecording(id)) }

    package func send(keys: [Character]) { worker.post(.sendKeys(id, keys)) }

    package func join(_ room: MediaRoomID, alone: PlaybackTrack?) {
        guard let home = plane.move(id, toThreadOf: room) else { return }
        move(to: home)
        home.post(.unbridge(id, order: plane.nextBridgeOrder()))
        home.post(.join(id, room, alone: alone))
    }

    private func move(to home: MediaWorker) {
        guard home !== worker else { return }
        home.post(.expect(id))
        worker.post(.depart(id, to: home))
        worker = home
    }

    package func leaveRoom() { worker.post(.leaveRoom(id)) }

    package func mute(_ isOn: Bool) { worker.post(.mute(id, isOn)) }

    package func gain(_ decibels: Double) { worker.post(.gain(id, decibels.isNaN ? 0 : min(max(decibels, -61), 24))) }

    package func bridge(to other: any MediaSessionOrders, passDigits: Bool) {
        guard let other = other as? MediaSession, other !== self, other.plane === plane, let home = plane.unite(id, other.id) else {
            return
        }
        move(to: home)
        other.move(to: home)
        home.post(.bridge(id, to: other.id, passesKeys: passDigits, order: plane.nextBridgeOrder()))
    }

    package func unbridge() { worker.post(.unbridge(id, order: plane.nextBridgeOrder())) }

    package func close() { worker.post(.close(id)) }
}
