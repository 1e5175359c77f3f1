import AudioFiles
import Logging
import MediaPlane
import RTP
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
        case .digit(_, let digit): pressed(call, digit, from: .telephoneEvent)
        case .tone(_, let digit, let isDown):
            if isDown { pressed(call, digit, from: .inBand, isHeld: true) } else { call.keys.release(digit, from: .inBand, at: now) }
        case .otherCodec(_, let payloadType): if call.media?.turn(to: payloadType) == true { followCodec(of: call) }
        case .playFinished(_, let id): playFinished(call, id)
        case .keysSent: break
        case .recordingEnded(_, let result): recordingEnded(call, result)
        case .silent: probe(call)
        case .counted(_, let statistics): call.figures = statistics
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
        case .digit(_, let key): pressed(leg, key, from: .telephoneEvent)
        case .tone(_, let key, let isDown):
            if isDown { pressed(leg, key, from: .inBand, isHeld: true) } else { leg.keys.release(key, from: .inBand, at: now) }
        case .otherCodec(_, let payloadType): _ = leg.media.turn(to: payloadType)
        case .playFinished: legFinishedPlaying(leg)
        case .silent: probe(leg)
        case .counted(_, let statistics): leg.figures = statistics
        case .keysSent, .recordingEnded: break
        case .closed(let id, let statistics):
            legsBySession[id] = nil
            media.release(id)
            count { $0.add(statistics) }
            tellWhenIdle()
        }
    }

    /// Whether a key of the caller's is a press that nobody has told of yet. Which key it was is no business of the log's.
    func isNew(_ key: Character, from source: DigitSource, isHeld: Bool = false, of call: Call) -> Bool {
        let verdict = call.keys.press(key, from: source, isHeld: isHeld, at: now)
        log.debug("key", metadata: ["id": "\(call.callID)", "source": "\(source.rawValue)", "verdict": "\(verdict)"])
        return verdict == .told
    }

    private func pressed(_ call: Call, _ key: Character, from source: DigitSource, isHeld: Bool = false) {
        guard isNew(key, from: source, isHeld: isHeld, of: call) else { return }
        if source == .telephoneEvent { sound(key, to: party(of: call)?.media, call.dialling) }
        tell(call, .digit(key))
    }

    private func pressed(_ leg: OutboundLeg, _ key: Character, from source: DigitSource, isHeld: Bool = false) {
        guard leg.keys.press(key, from: source, isHeld: isHeld, at: now) == .told else { return }
        if source == .telephoneEvent, let call = caller(of: leg) { sound(key, to: call.media, call.dialling) }
        legPressed(leg, key)
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
            if let codec = call.media?.audio?.codec { metadata["codec"] = "\(codec.shortName)" }
            if let suite = call.media?.audio?.crypto?.suite { metadata["srtp"] = "\(suite.rawValue)" }
            if statistics.unauthenticated > 0 { metadata["unauthenticated"] = "\(statistics.unauthenticated)" }
            metadata["jitter_ms"] = "\(statistics.jitterMilliseconds.rounded(toPlaces: 2))"
            if let roundTrip = statistics.roundTripMilliseconds { metadata["rtt_ms"] = "\(roundTrip.rounded(toPlaces: 1))" }
            if let codec = call.media?.audio?.codec.encodingName { rate(statistics, codec: codec, in: &metadata) }
        }
        log.info("call ended", metadata: metadata)
    }

    /// How both directions sounded by the E-model, and why, where it was poor.
    private func rate(_ statistics: SessionStatistics, codec: String, in metadata: inout Logger.Metadata) {
        let heard = statistics.heard(in: codec)
        if statistics.losses.discarded > 0 { metadata["late"] = "\(statistics.losses.discarded)" }
        if let delay = statistics.meanBufferDelayMilliseconds { metadata["buffer_ms"] = "\(delay)" }
        if let rating = heard.rating { metadata["mos"] = "\(rating.conversationalScore.rounded(toPlaces: 2))" }
        if let cause = heard.cause(from: "caller") { metadata["poor"] = "\(cause)" }
        guard let said = statistics.said(in: codec) else { return }
        if let opinion = statistics.opinionOfPeer(in: codec) { metadata["mos_out"] = "\(opinion.rounded(toPlaces: 2))" }
        if let cause = said.cause(to: "caller") { metadata["poor_out"] = "\(cause)" }
        metadata["lost_out"] = "\(said.missing.lost)"
        if said.missing.discarded > 0 { metadata["late_out"] = "\(said.missing.discarded)" }
    }
}

extension Double {
    func rounded(toPlaces places: Int) -> Double {
        let scale = places == 1 ? 10.0 : places == 2 ? 100.0 : 1_000.0
        return (self * scale).rounded() / scale
    }
}
