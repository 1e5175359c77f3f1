import AudioFiles
import Logging
import MediaPlane
import SIPDialogs
import Scenarios
import Timing

/// What the media plane tells, in batches.
extension Switchboard {
    package func handle(_ events: [MediaEvent], at now: MonotonicTime) {
        self.now = now
        for event in events { handle(event) }
    }

    private func handle(_ event: MediaEvent) {
        guard let call = callsBySession[event.session] else { return handleOfLeg(event) }
        switch event {
        case .digit(_, let digit): tell(call, .digit(digit))
        case .playFinished(_, let id): playFinished(call, id)
        case .keysSent: break
        case .recordingEnded(_, let result): recordingEnded(call, result)
        case .silent: probe(call)
        case .closed(let id, let statistics):
            callsBySession[id] = nil
            media.release(id)
            call.loneMusic.removeAll()
            report(call, statistics: statistics)
            tellWhenIdle()
        }
    }

    private func handleOfLeg(_ event: MediaEvent) {
        guard let leg = legsBySession[event.session] else { return }
        switch event {
        case .digit(_, let key): legPressed(leg, key)
        case .playFinished: legFinishedPlaying(leg)
        case .silent: probe(leg)
        case .keysSent, .recordingEnded: break
        case .closed(let id, let statistics):
            legsBySession[id] = nil
            media.release(id)
            count { $0.add(statistics) }
            tellWhenIdle()
        }
    }

    private func probe(_ leg: OutboundLeg) {
        guard case .answered = leg.phase, !leg.isProbing else { return }
        leg.isProbing = true
        let handle = leg.handle
        signal { [now] in $0.probe(handle, at: now, into: &$1) }
    }

    private func playFinished(_ call: Call, _ id: PlaybackID) {
        guard let current = call.playback, current.playback == id else { return }
        call.playback = nil
        call.retired.removeAll()
        if let play = current.play {
            tell(call, .playFinished(play))
        } else if case .beeping(let handle, id) = call.recording?.stage {
            startTap(call, handle)
        }
    }

    /// Media was expected and does not come: the peer is asked whether it is still there before the call is given up.
    private func probe(_ call: Call) {
        guard call.isAnswered, !call.isProbing else { return }
        call.isProbing = true
        let handle = call.handle
        signal { [now] in $0.probe(handle, at: now, into: &$1) }
    }

    /// The call's record: who, how long, and what the network did to it.
    func report(_ call: Call, statistics: SessionStatistics?) {
        if let statistics { count { $0.add(statistics) } }
        var metadata: Logger.Metadata = [
            "id": "\(call.callID)", "caller": "\(call.caller)", "dialled": "\(call.dialled)", "scenario": "\(call.scenarioName)",
            "end": "\(call.endReason)", "seconds": "\((now - call.startedAt).inSeconds.rounded(toPlaces: 3))",
        ]
        if let answered = call.answeredAt { metadata["answered"] = "\((now - answered).inSeconds.rounded(toPlaces: 3))" }
        if let statistics {
            metadata["received"] = "\(statistics.packetsReceived)"
            metadata["lost"] = "\(statistics.packetsLost)"
            metadata["sent"] = "\(statistics.packetsSent)"
            metadata["digits"] = "\(statistics.digits)"
            if let suite = call.media?.audio?.crypto?.suite { metadata["srtp"] = "\(suite.rawValue)" }
            if statistics.unauthenticated > 0 { metadata["unauthenticated"] = "\(statistics.unauthenticated)" }
            metadata["jitter_ms"] = "\(statistics.jitterMilliseconds.rounded(toPlaces: 2))"
            if let roundTrip = statistics.roundTripMilliseconds { metadata["rtt_ms"] = "\(roundTrip.rounded(toPlaces: 1))" }
        }
        log.info("call ended", metadata: metadata)
    }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        let scale = places == 1 ? 10.0 : places == 2 ? 100.0 : 1_000.0
        return (self * scale).rounded() / scale
    }
}
