/// A step that asks a service and waits for what it answers: `mailbox.*`, `conference.status`.
package struct ServiceStep: Equatable, Sendable {
    package var request: ServiceRequest
    /// The variable that takes what the service gives.
    package var into: String?
    package var done: [Step]
    package var failures: [ServiceFailure: [Step]]
}

/// What can come instead of `done`.
package enum ServiceFailure: String, Sendable {
    /// There is no such mailbox or room.
    case noBox = "no_box"
    case noRoom = "no_room"
    case disabled, full
    /// The PIN is wrong or missing; an unknown mailbox looks the same.
    case denied
    /// Too many wrong PINs, or a room that takes nobody more.
    case locked
    /// No message, or none further.
    case empty
    /// Nothing was recorded by the owner.
    case missing
    /// A PIN that is too easy to guess.
    case refused
    /// The disk or the index.
    case failed
}

package enum ServiceRequest: Equatable, Sendable {
    case mailboxStatus(box: Expression)
    /// Without a PIN only the owner's own telephone is let in (the built-in variable `identity`).
    case mailboxOpen(box: Expression, pin: Expression?)
    case mailboxCount
    /// Without a folder it goes on in the one that it is in.
    case mailboxMove(MessageMove, MessageFolder?)
    case mailboxMark(MessageMark)
    case mailboxDeliver(box: Expression, recording: String, urgent: Expression?)
    case mailboxSetGreeting(kind: Expression, recording: String)
    case mailboxSetPIN(Expression)
    case roomStatus(room: Expression)
    case roomCount
}

package enum MessageMove: String, CaseIterable, Sendable { case first, next, previous }
package enum MessageFolder: String, CaseIterable, Sendable { case new, saved, all }
package enum MessageMark: String, CaseIterable, Sendable { case delete, undelete, save }
package enum GreetingName: String, CaseIterable, Sendable { case unavailable, busy, temporary, name }

/// `mailbox.play`, `mailbox.envelope` and `mailbox.greeting`: what a mailbox holds, played.
package struct MailboxPlayStep: Equatable, Sendable {
    package enum Sound: Equatable, Sendable {
        /// The message that `first`, `next` or `previous` has led to.
        case message
        /// Its number, sender, time and length.
        case envelope
        /// What the owner has recorded for callers; without a box that of the mailbox that is open.
        case greeting(box: Expression?, kind: Expression)
    }

    package var sound: Sound
    package var play: PlayStep
    /// `empty`, or `missing` for a greeting.
    package var absent: [Step]
}

/// `conference`: the caller is in a room until he or the room ends it.
package struct ConferenceStep: Equatable, Sendable {
    package var room: Expression
    package var pin: Expression?
    /// A tone when somebody comes or goes.
    package var announces: Bool
    /// What keys do while the caller is in the room. Steps that do not leave come back to it.
    package var keys: [MenuEntry]
    /// How long a key waits for one that may follow it.
    package var between: Duration
    package var left: [Step]
    package var ended: [Step]
    package var kicked: [Step]
    package var full: [Step]
    package var locked: [Step]
    package var denied: [Step]
    package var noRoom: [Step]

    var branches: [[Step]] { keys.map(\.steps) + [left, ended, kicked, full, locked, denied, noRoom] }
}

/// What a key in a room does with the caller's own part.
package enum RoomAction: Equatable, Sendable {
    case mute, unmute
    /// Mute, or unmute where muted already; then the steps for what it has become.
    case toggleMute(muted: [Step], unmuted: [Step])
    case leave
}
