/// What has happened to the call.
package enum ScenarioEvent: Equatable, Sendable {
    /// The call is answered and media flows.
    case answered
    /// The caller pressed a key: `0-9 * # A-D`.
    case digit(Character)
    case playFinished(PlayID)
    case playFailed(PlayID, String)
    case recordingFinished(RecordingID, RecordingResult, end: RecordingEnd)
    /// The caller has left, or the call was lost.
    case hungUp
}

/// What is known of a call before its scenario starts.
package struct CallFacts: Equatable, Sendable {
    /// The user part of the caller's address; empty when it is withheld.
    package var caller: String
    /// The user part of what was dialled.
    package var called: String
    package var callID: String

    package init(caller: String, called: String, callID: String) {
        self.caller = caller
        self.called = called
        self.callID = callID
    }
}
