/// One point in which index and disk differ.
package enum Discrepancy: Equatable, Sendable, CustomStringConvertible {
    /// The index has a delivered message, the disk no file of it.
    case messageWithoutFile(MessageID, MailboxAddress)
    /// The server was killed while this was being recorded or taken over.
    case interrupted(MessageID, MailboxAddress)
    /// Its removal was cut short.
    case unfinishedRemoval(MessageID, MailboxAddress)
    /// The file of a message that the index has given up is there again.
    case lostAndFound(MessageID, MailboxAddress)
    /// A recording that the index does not know.
    case fileWithoutMessage(path: String, MailboxAddress)
    /// A recording that bears its unfinished name, and nobody known is writing it.
    case unfinishedFile(path: String)
    /// A greeting that was recorded and neither kept nor discarded.
    case forgottenDraft(path: String)
    case folderWithoutMailbox(MailboxAddress)
    case mailboxWithoutFolder(MailboxAddress)
    /// Callers hear the standard greeting in its place.
    case unreadableGreeting(VoicemailError)

    package var description: String {
        switch self {
        case .messageWithoutFile(let id, let box): "\(box): message \(id) has no file"
        case .interrupted(let id, let box): "\(box): message \(id) was cut short"
        case .unfinishedRemoval(let id, let box): "\(box): message \(id) was not removed entirely"
        case .lostAndFound(let id, let box): "\(box): the file of the lost message \(id) is there again"
        case .fileWithoutMessage(let path, let box): "\(box): \(path) is not in the index"
        case .unfinishedFile(let path): "\(path) is an unfinished recording"
        case .forgottenDraft(let path): "\(path) is a greeting that nobody kept"
        case .folderWithoutMailbox(let box): "\(box): there is a folder, but no mailbox in the index"
        case .mailboxWithoutFolder(let box): "\(box): the mailbox has no folder"
        case .unreadableGreeting(let error): "greeting \(error)"
        }
    }
}
