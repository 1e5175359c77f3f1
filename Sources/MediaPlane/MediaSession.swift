import RTP

/// The orders that a session takes. The media plane's own sessions carry them out; tests listen to them.
package protocol MediaSessionOrders: AnyObject, Sendable {
    var id: MediaSessionID { get }
    /// The RTP port; RTCP is on the next one.
    var port: UInt16 { get }
    /// Sets or changes what was negotiated. Sending starts at once, before anything has arrived.
    func use(_ stream: MediaStream)
    /// Plays instead of whatever plays. The caller keeps `track` until `.playFinished` or `.closed`, or until it orders a stop.
    func play(_ track: PlaybackTrack, as playback: PlaybackID)
    func stop(_ playback: PlaybackID)
    /// Sends the peer its own sound.
    func echo(_ isOn: Bool)
    func record(_ order: RecordingTapOrder)
    func stopRecording()
    /// Sends keys as telephone events; a comma is a pause of half a second.
    func send(keys: [Character])
    /// Ends the session: a last report, and `.closed` with what was counted.
    func close()
}

/// Where sessions come from.
package protocol MediaSessionSource: Sendable {
    func open() throws(MediaPlaneError) -> any MediaSessionOrders
    /// Gives sockets and ports back once `.closed` has come.
    func release(_ id: MediaSessionID)
}

/// The control side's end of one session: every order goes to its media thread, what happens comes back as `MediaEvent`s.
///
/// May be used from any one thread at a time. After `close` orders are ignored; `.closed` is the last event.
package final class MediaSession: MediaSessionOrders {
    package let id: MediaSessionID
    package let port: UInt16
    private let worker: MediaWorker

    init(id: MediaSessionID, port: UInt16, worker: MediaWorker) {
        self.id = id
        self.port = port
        self.worker = worker
    }

    package func use(_ stream: MediaStream) { worker.post(.stream(id, stream)) }

    package func play(_ track: PlaybackTrack, as playback: PlaybackID) { worker.post(.play(id, playback, track)) }

    package func stop(_ playback: PlaybackID) { worker.post(.stop(id, playback)) }

    package func echo(_ isOn: Bool) { worker.post(.echo(id, isOn)) }

    package func record(_ order: RecordingTapOrder) { worker.post(.record(id, order)) }

    package func stopRecording() { worker.post(.stopRecording(id)) }

    package func send(keys: [Character]) { worker.post(.sendKeys(id, keys)) }

    package func close() { worker.post(.close(id)) }
}
