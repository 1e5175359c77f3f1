import Codecs
import MediaPlane

/// A later offer, or somebody who takes the caller's place, may bring another codec while something plays. So what plays is made again for
/// the new codec, with all that this one carries, and goes on where it was; until then the media plane converts it.
extension Switchboard {
    func followCodec(of call: Call) {
        guard let form = call.media?.form else { return }
        if call.loneMusic.last?.form ?? form != form { joinAgain(call) }
        guard let current = call.playback, let played = current.track.form, played != form else { return }
        if current.play != nil {
            remake(call)
        } else {
            // The beep before a recording.
            stopPlayback(of: call)
            if case .beeping(let handle, _) = call.recording?.stage { startTap(call, handle) }
        }
    }
}
