/// What has happened to the call.
package enum ScenarioEvent: Equatable, Sendable {
    /// The call is answered and media flows.
    case answered
    /// The caller pressed a key: `0-9 * # A-D`.
    case digit(Character)
    case playFinished(PlayID)
    case playFailed(PlayID, String)
    case recordingFinished(RecordingID, RecordingResult, end: RecordingEnd)
    case serviceAnswered(OrderID, ServiceAnswer)
    case roomEntered(OrderID)
    case roomRefused(OrderID, RoomRefusal)
    /// The room is no more, or the caller was put out of it.
    case roomLeft(OrderID, RoomEnd)
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
    /// The caller as proved by digest or by a trusted peer (P-Asserted-Identity); empty where nobody vouches for him.
    package var identity: String

    /// When the call came, in Unix seconds: by it and by the monotonic time since then a run knows the time of day.
    package var startedAt: Int64
    /// Flags that are set, such as the one that closes an office by hand.
    package var flags: Set<String>

    package init(
        caller: String, called: String, callID: String, identity: String = "", startedAt: Int64 = 0, flags: Set<String> = []
    ) {
        self.startedAt = startedAt
        self.flags = flags
        self.caller = caller
        self.called = called
        self.identity = identity
        self.callID = callID
    }
}
