import Credentials

/// A message that somebody has left.
package struct VoiceMessage: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// Not heard, or not kept yet.
        case new
        case saved
        /// Gone at the end of the session or after a day; until then it can be had back.
        case deleted
    }

    package var id: MessageID
    package var box: MailboxAddress
    /// The caller's URI or number, as the draft named it; empty when the index had to be rebuilt from the files.
    package var caller: String
    package var callerName: String?
    package var receivedAt: UnixTime
    /// Milliseconds.
    package var duration: Int
    package var state: State
    package var isUrgent: Bool
    /// The WAV file.
    package var path: String

    package init(
        id: MessageID, box: MailboxAddress, caller: String, callerName: String? = nil, receivedAt: UnixTime, duration: Int,
        state: State = .new, isUrgent: Bool = false, path: String
    ) {
        self.id = id
        self.box = box
        self.caller = caller
        self.callerName = callerName
        self.receivedAt = receivedAt
        self.duration = duration
        self.state = state
        self.isUrgent = isUrgent
        self.path = path
    }
}

/// What is known of a message before it is recorded.
package struct MessageDraft: Equatable, Sendable {
    package var box: MailboxAddress
    package var caller: String
    package var callerName: String?
    package var calledAt: UnixTime
    package var isUrgent: Bool

    package init(box: MailboxAddress, caller: String, callerName: String? = nil, calledAt: UnixTime, isUrgent: Bool = false) {
        self.box = box
        self.caller = caller
        self.callerName = callerName
        self.calledAt = calledAt
        self.isUrgent = isUrgent
    }
}

/// A message that is being recorded: the index knows of it, the file may be opened.
package struct PendingMessage: Equatable, Sendable {
    package var id: MessageID
    /// The final name, to be given to the recorder.
    package var path: String
    /// Seconds: the policy's limit, or what the mailbox has room for.
    package var longestSeconds: Int
}
