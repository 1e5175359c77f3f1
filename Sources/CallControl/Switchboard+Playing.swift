import Codecs
import Logging
import MediaPlane
import Prompts
import Scenarios
import Timing

/// What a call plays, so that it can be made anew.
enum PlayedSound: Equatable {
    case playback(Playback)
    case music(String)
}

/// What a scenario has played to its caller.
extension Switchboard {
    func play(_ playback: Playback, on call: Call) {
        guard let form = call.media?.form else {
            return call.pendingEvents.append(.playFailed(playback.id, "there is no media to play on yet"))
        }
        call.playing = .playback(playback)
        guard composer.takesTime(playback) else {
            return start(Result { () throws(PlaybackFailure) in try composer.compose(playback, form: form) }, play: playback.id, on: call)
        }
        // The slot is taken at once, so that a stop that comes while the file is read is not lost.
        stopPlayback(of: call)
        let id = call.nextPlayback()
        call.playback = (id, playback.id, PlaybackTrack([]))
        compose(playback, form, id, of: call) { [self] call, form, track in
            // Another codec has been agreed on meanwhile.
            if call.media?.form != form { return play(playback, on: call) }
            start(track, play: playback.id, on: call)
        }
    }

    /// Fetches what must be, and composes elsewhere; `then` gets the track and its form, unless `id` has come to its end by then.
    private func compose(
        _ playback: Playback, _ form: SoundForm, _ id: PlaybackID, of call: Call,
        then: @escaping @Sendable (Call, SoundForm, Result<PlaybackTrack, PlaybackFailure>) -> Void
    ) {
        let addresses = composer.addresses(of: playback)
        guard !addresses.isEmpty else { return compose(playback, form, id, [:], of: call, then: then) }
        // No errand: the network may take long, and a caller who leaves meanwhile is let go at once.
        let waiting = WaitingCall(call)
        composer.fetch(addresses) { [self] fetched in
            background.comeBack { [self] in
                guard let call = waiting.call, calls[call.handle] === call, call.playback?.playback == id else { return }
                // By now another codec may have been agreed on.
                compose(playback, call.media?.form ?? form, id, fetched, of: call, then: then)
            }
        }
    }

    private func compose(
        _ playback: Playback, _ form: SoundForm, _ id: PlaybackID, _ fetched: [String: SoundFetcher.Answer], of call: Call,
        then: @escaping @Sendable (Call, SoundForm, Result<PlaybackTrack, PlaybackFailure>) -> Void
    ) {
        let handle = call.handle
        call.errands += 1
        (composer.speaks(playback) ? speaking : background).run { [self] in
            let track = Result { () throws(PlaybackFailure) in try composer.compose(playback, form: form, fetched: fetched) }
            background.comeBack { [self] in
                guard let call = calls[handle] else { return }
                call.errands -= 1
                guard call.playback?.playback == id else { return settle(call) }
                then(call, form, track)
                // Not inside the run: a failure waits to be told.
                drain(call)
            }
        }
    }

    func playMusic(_ id: PlayID, _ musicClass: String, on call: Call) {
        guard let form = call.media?.form else {
            return call.pendingEvents.append(.playFailed(id, "there is no media to play on yet"))
        }
        call.playing = .music(musicClass)
        start(Result { () throws(PlaybackFailure) in try composer.music(musicClass, form: form) }, play: id, on: call)
    }

    func start(_ track: Result<PlaybackTrack, PlaybackFailure>, play: PlayID?, on call: Call) {
        switch track {
        case .success(let track):
            retire(call)
            let id = call.nextPlayback()
            call.playback = (id, play, track)
            call.isPlaybackPaused = false
            call.media?.session.play(track, as: id)
        case .failure(let failure):
            tell(failure, of: call)
            call.playback = nil
            if let play { call.pendingEvents.append(.playFailed(play, failure.description)) }
        }
    }

    private func tell(_ failure: PlaybackFailure, of call: Call) {
        log.error("cannot play", metadata: ["id": "\(call.callID)", "scenario": "\(call.scenarioName)", "reason": "\(failure)"])
    }

    func stopPlayback(of call: Call) {
        guard let current = call.playback else { return }
        call.media?.session.stop(current.playback)
        retire(call)
    }

    private func retire(_ call: Call) {
        guard let current = call.playback else { return }
        keep(current.track, of: call)
        call.playback = nil
    }

    /// The media thread may be at an old track until it has taken its mail, so a few are kept behind the current one.
    private func keep(_ track: PlaybackTrack, of call: Call) {
        call.retired.append(track)
        if call.retired.count > 8 { call.retired.removeFirst() }
    }

    // MARK: Changing what plays

    func control(_ id: PlayID, _ control: PlaybackControl, of call: Call) {
        guard let current = call.playback, current.play == id, case .playback(let playback) = call.playing, let media = call.media else {
            return
        }
        let jump = Int(PlaybackControl.jump.wholeMilliseconds) * SoundForm.tickRate / 1_000 * 100 / playback.speed
        switch control {
        case .pause:
            call.isPlaybackPaused.toggle()
            media.session.pause(current.playback, call.isPlaybackPaused)
        case .back: media.session.seek(current.playback, by: -jump)
        case .forward: media.session.seek(current.playback, by: jump)
        case .restart: media.session.seek(current.playback, by: -current.track.tickCount)
        case .slower, .faster, .quieter, .louder:
            guard let changed = playback.changed(by: control) else { return }
            call.playing = .playback(changed)
            remake(call)
        }
    }

    /// Makes what plays anew, for another codec, speed or level: it goes on where it is.
    func remake(_ call: Call) {
        guard let form = call.media?.form, let current = call.playback, let sound = call.playing else { return }
        switch sound {
        case .music(let musicClass):
            exchange(Result { () throws(PlaybackFailure) in try composer.music(musicClass, form: form) }, of: call)
        case .playback(let playback):
            guard composer.takesTime(playback) else {
                return exchange(Result { () throws(PlaybackFailure) in try composer.compose(playback, form: form) }, of: call)
            }
            compose(playback, form, current.playback, of: call) { [self] call, form, track in
                // What was wished for since is made by now, or under way.
                if call.playing == sound, call.media?.form == form { exchange(track, of: call) }
            }
        }
    }

    /// Where it cannot be made the old sound goes on, converted.
    private func exchange(_ track: Result<PlaybackTrack, PlaybackFailure>, of call: Call) {
        guard let current = call.playback else { return }
        switch track {
        case .failure(let failure): tell(failure, of: call)
        case .success(let track):
            keep(current.track, of: call)
            call.playback = (current.playback, current.play, track)
            call.media?.session.exchange(current.playback, for: track)
        }
    }
}

/// A call that somebody comes back to if it is still there. Looked at on the switchboard's event loop only, hence `@unchecked Sendable`.
private final class WaitingCall: @unchecked Sendable {
    private(set) weak var call: Call?

    init(_ call: Call) { self.call = call }
}
