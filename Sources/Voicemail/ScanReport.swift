import AudioFiles
import Credentials

/// What a scan found and did. Empty when index and disk agreed.
package struct ScanReport: Equatable, Sendable, CustomStringConvertible {
    package enum Entry: Equatable, Sendable, CustomStringConvertible {
        /// An unfinished file was made whole, or why not.
        case repair(RepairReport)
        /// Was cut short by the end of the server: a new message now.
        case recovered(VoiceMessage)
        /// Was cut short, and is too short to be a message: removed.
        case tooShort(MessageID, MailboxAddress)
        /// There is no file: the row stays, as a lost message.
        case lost(MessageID, MailboxAddress)
        /// The file of a lost message is there again: a new message.
        case found(VoiceMessage)
        /// A file that the index did not know: a new message of an unknown caller.
        case adopted(VoiceMessage, from: String)
        /// A folder that the index did not know: a mailbox without a PIN.
        case adoptedMailbox(MailboxAddress)
        /// Its removal had been cut short.
        case removed(MessageID)
        /// A greeting that nobody had kept.
        case removedDraft(path: String)
        /// Left as it was.
        case failed(VoicemailError)

        package var description: String {
            switch self {
            case .repair(let report): "\(report)"
            case .recovered(let message): "\(message.box): message \(message.id) was cut short; \(message.duration) ms recovered"
            case .tooShort(let id, let box): "\(box): message \(id) was cut short and too short; removed"
            case .lost(let id, let box): "\(box): message \(id) has no file; marked as lost"
            case .found(let message): "\(message.box): the lost message \(message.id) is there again"
            case .adopted(let message, let path): "\(message.box): \(path) was not in the index; a new message \(message.id)"
            case .adoptedMailbox(let box): "\(box): a folder but no mailbox; added without a PIN"
            case .removed(let id): "message \(id): its removal is finished"
            case .removedDraft(let path): "\(path): a greeting that nobody kept; removed"
            case .failed(let error): "\(error)"
            }
        }
    }

    /// The index had to be made anew.
    package var setAside: SetAsideIndex?
    package var entries: [Entry] = []
    /// Messages that their owners had deleted more than a day ago.
    package var purged = 0

    package var isEmpty: Bool { setAside == nil && entries.isEmpty && purged == 0 }

    package var description: String {
        var lines = setAside.map { ["\($0)"] } ?? []
        lines += entries.map(\.description)
        if purged > 0 { lines.append("\(purged) deleted messages purged") }
        return lines.joined(separator: "\n")
    }
}
