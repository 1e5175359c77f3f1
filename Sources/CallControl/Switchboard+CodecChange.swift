import Codecs
import MediaPlane
import Scenarios
import Timing

/// What a call plays, so that it can be made anew.
enum PlayedSound {
    case playback(Playback)
    case music(String)

    /// What is left of it after so long; a little is heard twice rather than left out.
    func rest(after played: Duration) -> PlayedSound {
        guard case .playback(var playback) = self, playback.repeatCount == 1 else { return self }
        playback.startAt += played
        return .playback(playback)
    }
}

/// A later offer, or somebody who takes the caller's place, may bring another codec while something plays. Its octets mean something else
/// to the new one: noise, at full level. So what plays is made again for the new codec and goes on where it was.
extension Switchboard {
    func followCodec(of call: Call) {
        guard let form = call.media?.form else { return }
        if call.loneMusic.last?.form ?? form != form { joinAgain(call) }
        guard let current = call.playback, let played = current.track.form, played != form else { return }
        if let playing = call.playing, let id = current.play {
            switch playing.sound.rest(after: now - playing.since) {
            case .playback(let playback): play(playback, on: call)
            case .music(let musicClass): playMusic(id, musicClass, on: call)
            }
        } else {
            // The beep before a recording.
            stopPlayback(of: call)
            if case .beeping(let handle, _) = call.recording?.stage { startTap(call, handle) }
        }
    }
}
