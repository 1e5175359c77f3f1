import Credentials

/// A mailbox as the index and the disk know it at one moment.
package struct Mailbox: Equatable, Sendable {
    package var address: MailboxAddress
    package var isDisabled: Bool
    /// False also for a PIN that was hashed with another server secret: nobody can log in with it.
    package var hasPIN: Bool
    package var limits: MailboxPolicy
    package var newMessages: Int
    package var savedMessages: Int
    /// New messages that are marked urgent.
    package var urgentMessages: Int
    /// Messages whose file is gone.
    package var lostMessages: Int
    /// Milliseconds of sound, new and saved together.
    package var milliseconds: Int
    /// Bytes of the new and saved messages' files.
    package var bytes: Int
    /// The greetings that there is a file of.
    package var greetings: Set<GreetingKind>
}

/// Whether a mailbox takes messages.
package enum MailboxStatus: String, Equatable, Sendable {
    case open, full, disabled, unknown
}

/// What a mailbox's owner can record to be played to callers.
package enum GreetingKind: String, CaseIterable, Hashable, Sendable {
    /// He does not answer or is not registered.
    case unavailable
    /// He is on the telephone.
    case busy
    /// While it is there it goes before the other two.
    case temporary
    /// His spoken name, within the standard greeting.
    case name
}

/// A greeting as the disk has it.
package enum Greeting: Equatable, Sendable {
    case none
    case ready(path: String)
    /// There is a file, but nothing can be played from it.
    case unreadable(VoicemailError)
}

/// What became of a log-in.
package enum PINVerdict: Equatable, Sendable {
    case right
    case wrong
    /// Not even looked at: too many were wrong.
    case locked(until: UnixTime)
    /// The mailbox has none: nobody can log in until one is set.
    case noPIN
    case unknownBox
    case disabled
}
