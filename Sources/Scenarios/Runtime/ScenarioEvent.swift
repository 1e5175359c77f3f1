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
    /// Of somebody who is called: he rings (180), or is on the way to (183).
    case dialProgress(OrderID, ringing: Bool)
    /// The sound of somebody who is called reaches the caller in place of what the run plays, or does so no more.
    case dialSound(OrderID, isHeard: Bool)
    /// This target has answered (and confirmed). The run stops what plays and answers the caller where that is still to be done;
    /// when its commands have been carried out the two are joined.
    case dialBridged(OrderID, target: String)
    /// The conversation is over and the two are parted, or nobody took the call: then the target is the one whose answer decided,
    /// or empty.
    case dialEnded(OrderID, DialOutcome, target: String)
    case transferEnded(OrderID, TransferOutcome)
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

    /// What the call came over: `UDP`, `TCP`, `TLS`.
    package var transport: String
    /// The address that it came from.
    package var peer: String
    /// The headers of the INVITE that `ScenarioSet.headersRead` names, by lower-case name; several of one name joined by `, `
    /// (RFC 3261 §7.3.1).
    package var headers: [String: String]

    /// When the call came, in Unix seconds: by it and by the monotonic time since then a run knows the time of day.
    package var startedAt: Int64
    /// Flags that are set, such as the one that closes an office by hand.
    package var flags: Set<String>

    package init(
        caller: String, called: String, callID: String, identity: String = "", transport: String = "", peer: String = "",
        headers: [String: String] = [:], startedAt: Int64 = 0, flags: Set<String> = []
    ) {
        self.transport = transport
        self.peer = peer
        self.headers = headers
        self.startedAt = startedAt
        self.flags = flags
        self.caller = caller
        self.called = called
        self.identity = identity
        self.callID = callID
    }
}
