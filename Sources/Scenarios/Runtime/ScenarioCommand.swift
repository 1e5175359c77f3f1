/// What a run wants done. The caller of the run carries these out in order.
package enum ScenarioCommand: Equatable, Sendable {
    /// 180 Ringing.
    case ring(headers: [ScenarioHeader] = [])
    /// 183 Session Progress with sound.
    case earlyMedia(headers: [ScenarioHeader] = [])
    /// 200 OK; `ScenarioEvent.answered` is expected when media may flow.
    case answer(headers: [ScenarioHeader] = [])
    /// A final refusal, before an answer.
    case reject(status: Int, reason: String?, headers: [ScenarioHeader] = [])
    /// A 3xx with these contacts, before an answer.
    case redirect(status: Int, contacts: [RedirectContact], headers: [ScenarioHeader] = [])
    /// Ends the call; `cause` is a Q.850 value for the Reason header (RFC 3326). The headers are for the BYE, or the refusal.
    case hangUp(cause: Int?, headers: [ScenarioHeader] = [])

    /// Replaces whatever plays. `playFinished` or `playFailed` is expected unless it is stopped or replaced.
    case play(Playback)
    case stopPlay(PlayID)
    case control(PlayID, PlaybackControl)
    /// Music on hold, looping until it is stopped.
    case music(PlayID, musicClass: String)
    /// `recordingFinished` is expected in any case, also after `stopRecording`.
    case record(RecordingOrder)
    case stopRecording(RecordingID)
    /// Sends the caller's own sound back, or stops doing so.
    case echo(Bool)
    case sendDigits(String)

    /// `serviceAnswered` is expected, unless the call has ended meanwhile.
    case order(OrderID, ServiceOrder)
    /// `roomEntered` or `roomRefused` is expected.
    case enterRoom(OrderID, RoomEntry)
    case leaveRoom(OrderID)
    case muteInRoom(Bool)

    /// Calls these targets. Any number of `dialProgress`, at most one `dialBridged`, then one `dialEnded` are expected. An address that
    /// the server's list does not allow is not called; if none is left the outcome is `rejected`.
    case dial(OrderID, DialOrder)
    /// Gives up a dial that has led to no conversation yet; no event is expected of it.
    case cancelDial(OrderID)
    /// Parts the caller and the other side, whose call ends; no event is expected of it.
    case endBridge(OrderID)
    /// REFER in the caller's dialog; `transferEnded` is expected.
    case transfer(OrderID, TransferOrder)

    case log(String)
    /// An event for call records, webhooks and the live page.
    case emit(event: String, data: [String: String])
    /// A state was entered: for traces and tests.
    case entered(state: String, scenario: String)
}
