import Audio
import Codecs
import Logging
import MediaPlane
import Prompts
import SIP
import SIPDialogs
import Scenarios
import Timing

/// What a scenario wants done.
extension Switchboard {
    func perform(_ commands: [ScenarioCommand], on call: Call) {
        for command in commands { perform(command, on: call) }
    }

    private func perform(_ command: ScenarioCommand, on call: Call) {
        switch command {
        case .ring(let headers): provisional(call, .ringing, body: nil, headers: headers.pairs)
        case .earlyMedia(let headers): earlyMedia(call, headers: headers.pairs)
        case .answer(let headers): answer(call, headers: headers.pairs)
        case .reject(let status, let reason, let headers):
            refuse(call, StatusCode(status) ?? .busyHere, reason: reason, headers: headers.pairs)
        case .redirect(let status, let contacts, let headers):
            let goals = contacts.map { ("Contact", $0.headerValue) }
            refuse(call, StatusCode(status) ?? .movedTemporarily, reason: nil, headers: goals + headers.pairs)
        case .hangUp(let cause, let headers): hangUp(call, cause: cause, headers: headers.pairs)
        case .play(let playback): play(playback, on: call)
        case .stopPlay(let id): if call.playback?.play == id { stopPlayback(of: call) }
        case .music(let id, let musicClass): playMusic(id, musicClass, on: call)
        case .record(let order): record(order, on: call)
        case .stopRecording(let id): stopRecording(id, of: call)
        case .echo(let isOn): call.media?.session.echo(isOn)
        case .sendDigits(let digits): call.media?.session.send(keys: Array(digits))
        case .order(let id, let order): perform(order, id, on: call)
        case .enterRoom(let id, let entry): enterRoom(id, entry, on: call)
        case .leaveRoom: leaveRoom(call)
        case .muteInRoom(let isMuted): mute(call, isMuted)
        case .dial(let id, let order): dial(id, order, on: call)
        case .cancelDial(let id), .endBridge(let id): cancelDial(id, on: call)
        case .transfer(let id, let order): transfer(id, order, on: call)
        case .log(let text): log.info("scenario: \(text)", metadata: ["id": "\(call.callID)", "scenario": "\(call.scenarioName)"])
        case .emit(let event, let data):
            log.info("event \(event)", metadata: data.mapValues { "\($0)" }.merging(["id": "\(call.callID)"]) { $1 })
        case .entered(let state, let scenario):
            log.debug("state", metadata: ["id": "\(call.callID)", "scenario": "\(scenario)", "state": "\(state)"])
        }
    }

    // MARK: Answering

    private func provisional(_ call: Call, _ status: StatusCode, body: Body?, headers: [(String, String)]) {
        guard case .invited = call.phase else { return }
        let handle = call.handle
        signal { [now] in $0.provisional(handle, status: status, body: body, headers: headers, at: now, into: &$1) }
    }

    /// Opens the media and answers the offer once; an early answer serves again in the 200 (RFC 3261 §13.2.1).
    private func describe(_ call: Call) -> Body? {
        if call.media == nil {
            do {
                let session = try media.open()
                call.media = CallMedia(
                    session: session, address: settings.mediaAddress, sessionID: random.next(), capabilities: call.capabilities,
                    encoding: settings.encoding)
                call.media?.onlyHost = call.onlyMediaHost
                callsBySession[session.id] = call
            } catch {
                log.error("no media for a call", metadata: ["id": "\(call.callID)", "reason": "\(error)"])
                call.endReason = "no media: \(error)"
                leave(call, headers: [("Retry-After", "10")], refusal: .serviceUnavailable)
                call.pendingEvents.append(.hungUp)
                return nil
            }
        }
        do {
            // Answered early, and perhaps described anew since (RFC 3311): what was said last stands.
            if let described = call.media?.agreed { return described }
            if let offer = call.offer { return try call.media?.answer(offer) }
            return call.media?.offer()
        } catch {
            call.endReason = error.reason
            leave(call, headers: error.headers, refusal: error.status)
            call.pendingEvents.append(.hungUp)
            return nil
        }
    }

    private func earlyMedia(_ call: Call, headers: [(String, String)]) {
        guard case .invited = call.phase else { return }
        // Without an offer there is nobody to send to yet: an offer in a 183 would need 100rel (RFC 3262 §5).
        guard call.offer != nil else { return provisional(call, .sessionProgress, body: nil, headers: headers) }
        guard let body = describe(call) else { return }
        provisional(call, .sessionProgress, body: body, headers: headers)
    }

    private func answer(_ call: Call, headers: [(String, String)]) {
        if call.isAnswered { return call.pendingEvents.append(.answered) }
        guard case .invited = call.phase, let body = describe(call) else { return }
        call.phase = .answered(acknowledged: false)
        call.answeredAt = now
        count { $0.answered += 1 }
        let handle = call.handle
        signal { [now] in $0.accept(handle, body: body, headers: headers, at: now, into: &$1) }
        // The offerer is ready for media from the moment it offers (RFC 3264 §5.1). After a late offer the ACK says where to send.
        if call.media?.awaitsAnswer == false { call.pendingEvents.append(.answered) }
    }

    private func refuse(_ call: Call, _ status: StatusCode, reason: String?, headers: [(String, String)]) {
        guard case .invited = call.phase else { return hangUp(call, cause: nil, headers: []) }
        call.endReason = "\(status.code)"
        call.phase = .over
        count { $0.refused += 1 }
        let handle = call.handle
        signal { [now] in $0.reject(handle, status: status, reason: reason, headers: headers, at: now, into: &$1) }
    }

    private func hangUp(_ call: Call, cause: Int?, headers: [(String, String)]) {
        if call.endReason.isEmpty { call.endReason = "scenario" }
        // RFC 3326 and RFC 6432: why, in the terms of the telephone network.
        let headers = (cause.map { [("Reason", "Q.850;cause=\($0)")] } ?? []) + headers
        leave(call, headers: headers, refusal: .temporarilyUnavailable)
    }

    // MARK: Playing

    func play(_ playback: Playback, on call: Call) {
        guard let form = call.media?.form else {
            return call.pendingEvents.append(.playFailed(playback.id, "there is no media to play on yet"))
        }
        call.playing = (.playback(playback), now)
        let speaks = composer.speaks(playback)
        let addresses = composer.addresses(of: playback)
        guard speaks || !addresses.isEmpty || composer.readsFiles(playback) else {
            return start(Result { () throws(PlaybackFailure) in try composer.compose(playback, form: form) }, play: playback.id, on: call)
        }
        // The slot is taken at once, so that a stop that comes while the file is read is not lost.
        stopPlayback(of: call)
        let id = call.nextPlayback()
        call.playback = (id, playback.id, PlaybackTrack([]))
        guard !addresses.isEmpty else { return compose(playback, as: id, form: form, on: call) }
        // No errand: the network may take long, and a caller who leaves meanwhile is let go at once.
        let waiting = WaitingCall(call)
        composer.fetch(addresses) { [self] fetched in
            background.comeBack { [self] in
                guard let call = waiting.call, calls[call.handle] === call, call.playback?.playback == id else { return }
                // Another codec may have been agreed on meanwhile.
                compose(playback, as: id, form: call.media?.form ?? form, fetched: fetched, on: call)
            }
        }
    }

    /// Composes on another thread. `id` has the slot of what plays.
    private func compose(
        _ playback: Playback, as id: PlaybackID, form: SoundForm, fetched: [String: SoundFetcher.Answer] = [:], on call: Call
    ) {
        let handle = call.handle
        call.errands += 1
        (composer.speaks(playback) ? speaking : background).run { [self] in
            let track = Result { () throws(PlaybackFailure) in try composer.compose(playback, form: form, fetched: fetched) }
            background.comeBack { [self] in
                guard let call = calls[handle] else { return }
                call.errands -= 1
                guard call.playback?.playback == id else { return settle(call) }
                // Another codec has been agreed on meanwhile.
                if call.media?.form != form { return play(playback, on: call) }
                start(track, play: playback.id, on: call)
                // Not inside the run: a failure waits to be told.
                drain(call)
            }
        }
    }

    func playMusic(_ id: PlayID, _ musicClass: String, on call: Call) {
        guard let form = call.media?.form else {
            return call.pendingEvents.append(.playFailed(id, "there is no media to play on yet"))
        }
        call.playing = (.music(musicClass), now)
        start(Result { () throws(PlaybackFailure) in try composer.music(musicClass, form: form) }, play: id, on: call)
    }

    func start(_ track: Result<PlaybackTrack, PlaybackFailure>, play: PlayID?, on call: Call) {
        switch track {
        case .success(let track):
            retire(call)
            let id = call.nextPlayback()
            call.playback = (id, play, track)
            call.media?.session.play(track, as: id)
        case .failure(let failure):
            log.error("cannot play", metadata: ["id": "\(call.callID)", "scenario": "\(call.scenarioName)", "reason": "\(failure)"])
            call.playback = nil
            if let play { call.pendingEvents.append(.playFailed(play, failure.description)) }
        }
    }

    func stopPlayback(of call: Call) {
        guard let current = call.playback else { return }
        call.media?.session.stop(current.playback)
        retire(call)
    }

    /// The media thread may be at the old track until it has taken its mail, so a few are kept behind the current one.
    private func retire(_ call: Call) {
        guard let current = call.playback else { return }
        call.retired.append(current.track)
        if call.retired.count > 8 { call.retired.removeFirst() }
        call.playback = nil
    }
}

/// A call that somebody comes back to if it is still there. Looked at on the switchboard's event loop only, hence `@unchecked Sendable`.
private final class WaitingCall: @unchecked Sendable {
    private(set) weak var call: Call?

    init(_ call: Call) { self.call = call }
}

extension [ScenarioHeader] {
    fileprivate var pairs: [(String, String)] { map { ($0.name, $0.value) } }
}
