import AudioFiles
import Credentials
import GRDB
import Glibc

/// Why the message store could not do something. Coded, with the file, what is wrong and how to mend it.
package struct VoicemailError: Error, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        case unreadableIndex = "unreadable-index"
        /// Found while running; at the next start it is set aside and rebuilt.
        case damagedIndex = "damaged-index"
        /// Made by a later version of the server.
        case newerIndex = "newer-index"
        case diskFull = "disk-full"
        case noPermission = "no-permission"
        case inputOutput = "input-output"
        case alreadyExists = "already-exists"
        case unknownMailbox = "unknown-mailbox"
        case mailboxDisabled = "mailbox-disabled"
        case mailboxFull = "mailbox-full"
        case unknownMessage = "unknown-message"
        /// A message cannot go from its state to the one asked for.
        case wrongState = "wrong-state"
        /// The recording's file is not there under its final name.
        case noRecording = "no-recording"
        case notAudio = "not-audio"
        /// The recording lies on another file system, where it cannot be renamed from.
        case otherDisk = "other-disk"
        case hashing
    }

    package var kind: Kind
    /// The file or folder, the mailbox or the message.
    package var subject: String
    package var problem: String
    package var remedy: String

    package init(_ kind: Kind, _ subject: String, _ problem: String, mend remedy: String) {
        self.kind = kind
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String { "\(subject): \(problem); \(remedy)" }
}

extension VoicemailError {
    /// The error of a system call, told from its `errno`.
    static func system(_ code: Int32, _ path: String, while action: String) -> VoicemailError {
        let problem = "\(action) failed: \(String(cString: strerror(code)))"
        switch code {
        case ENOSPC, EDQUOT:
            return VoicemailError(.diskFull, path, problem, mend: "free space on this disk or raise the quota")
        case EACCES, EPERM, EROFS:
            return VoicemailError(.noPermission, path, problem, mend: "give the server's user write access to it and its folder")
        case EXDEV:
            return VoicemailError(.otherDisk, path, problem, mend: "keep recordings and voicemail on one disk")
        case ENOENT:
            return VoicemailError(.noRecording, path, problem, mend: "check that the recording was finished")
        default:
            return VoicemailError(.inputOutput, path, problem, mend: "check the disk and its mount")
        }
    }

    /// The error of the index, whatever threw it.
    static func index(_ error: any Error, _ path: String) -> VoicemailError {
        if let error = error as? VoicemailError { return error }
        guard let error = error as? DatabaseError else {
            return VoicemailError(.unreadableIndex, path, "\(error)", mend: "check the disk and its mount")
        }
        let problem = "the index failed: \(error.message ?? error.resultCode.description)"
        switch error.resultCode {
        case .SQLITE_FULL:
            return VoicemailError(.diskFull, path, problem, mend: "free space on this disk or raise the quota")
        // What SQLite calls an input/output error when it is the log's shared memory that finds no room.
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            return VoicemailError(.diskFull, path, problem, mend: "free space on this disk or raise the quota")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return VoicemailError(.damagedIndex, path, problem, mend: "restart the server: the index is set aside and rebuilt")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return VoicemailError(.noPermission, path, problem, mend: "give the server's user write access to it and its folder")
        case .SQLITE_CANTOPEN, .SQLITE_BUSY, .SQLITE_LOCKED:
            return VoicemailError(.unreadableIndex, path, problem, mend: "check its owner, and that no other program holds it")
        default:
            return VoicemailError(.inputOutput, path, problem, mend: "check the disk and its mount")
        }
    }

    static func credentials(_ error: CredentialError) -> VoicemailError {
        VoicemailError(.hashing, error.path.isEmpty ? "PIN" : error.path, error.problem, mend: error.remedy)
    }

    static func unknown(_ address: MailboxAddress) -> VoicemailError {
        VoicemailError(.unknownMailbox, "\(address)", "there is no such mailbox", mend: "add it: antiphon mailbox add \(address)")
    }

    static func unknown(_ id: MessageID) -> VoicemailError {
        VoicemailError(.unknownMessage, "\(id)", "there is no such message", mend: "list the mailbox's messages")
    }

    static func audio(_ error: AudioFileError) -> VoicemailError {
        VoicemailError(error.kind == .notFound ? .noRecording : .notAudio, error.path, error.problem, mend: error.remedy)
    }
}
