import CSndfile
import Glibc

extension AudioFileError {
    /// The error of a system call, told from its `errno`.
    static func system(_ code: Int32, path: String, while action: String) -> AudioFileError {
        let reason = String(cString: strerror(code))
        let problem = "\(action) failed: \(reason)"
        switch code {
        case ENOENT:
            return AudioFileError(.notFound, path: path, problem: problem, remedy: "check the name and that its folder exists")
        case EACCES, EPERM:
            return AudioFileError(
                .noPermission, path: path, problem: problem, remedy: "give the server's user access to the file and its folder")
        case EISDIR, ENOTDIR:
            return AudioFileError(.notAFile, path: path, problem: problem, remedy: "name an audio file")
        case EEXIST:
            return AudioFileError(.alreadyExists, path: path, problem: "a recording of this name exists", remedy: "choose another name")
        case ENOSPC, EDQUOT, EFBIG:
            return AudioFileError(.diskFull, path: path, problem: problem, remedy: "free space on this disk or raise the quota")
        case EROFS:
            return AudioFileError(.readOnly, path: path, problem: problem, remedy: "mount the disk writable or record elsewhere")
        case EMFILE, ENFILE:
            return AudioFileError(
                .inputOutput, path: path, problem: problem, remedy: "raise the limit of open files (LimitNOFILE, ulimit -n)")
        default:
            return AudioFileError(.inputOutput, path: path, problem: problem, remedy: "check the disk and its mount")
        }
    }

    /// The error that libsndfile holds for `file` (nil: of the last open). `code` is `errno` as it stood right after the call.
    static func sndfile(_ file: OpaquePointer?, errno code: Int32, path: String, while action: String) -> AudioFileError {
        let number = sf_error(file)
        // Out of descriptors: libsndfile was not even asked, and holds no error of its own.
        let isSystem = number == Int32(SF_ERR_SYSTEM) && code != 0 || code == EMFILE || code == ENFILE
        if isSystem { return system(code, path: path, while: action) }
        let reason = sf_strerror(file).map { String(cString: $0) } ?? "unknown error"
        let trimmed = String(reason.reversed().drop { $0 == "." || $0 == "\n" || $0 == " " }.reversed())
        return AudioFileError(
            .notAudio, path: path, problem: "\(action) failed: \(trimmed)",
            remedy: "convert it, for instance with: sox INPUT -r 16000 -c 1 -b 16 OUTPUT.wav")
    }
}
