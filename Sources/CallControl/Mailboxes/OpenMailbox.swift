import Scenarios
import Voicemail

/// The mailbox that a caller has logged in to, and where he is in it.
struct OpenMailbox {
    let address: MailboxAddress
    var session: MailboxSession
    /// The folder that he goes through.
    var folder = MailboxSession.Folder.all

    func facts(_ message: VoiceMessage) -> MessageFacts {
        MessageFacts(
            number: session.position(in: folder) ?? session.position(in: .all) ?? 1, caller: message.caller,
            receivedAt: message.receivedAt.seconds, duration: .milliseconds(Int64(message.duration)), isUrgent: message.isUrgent,
            isSaved: message.state == .saved, path: message.path)
    }
}

extension MailboxSession.Folder {
    init(_ folder: MessageFolder) {
        switch folder {
        case .new: self = .new
        case .saved: self = .saved
        case .all: self = .all
        }
    }
}

extension MailboxSession {
    mutating func move(_ move: MessageMove, in folder: Folder) -> VoiceMessage? {
        switch move {
        case .first: first(folder)
        case .next: next(folder)
        case .previous: previous(folder)
        }
    }

    mutating func mark(_ mark: MessageMark) -> Order? {
        switch mark {
        case .delete: delete()
        case .undelete: undelete()
        case .save: save()
        }
    }
}
