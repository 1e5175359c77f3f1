import Glibc

/// The name that tells an unfinished recording from a finished one: `x.wav.part` until the last byte is on disk, then `x.wav`.
///
/// So whoever sees a `.wav` may read it, and whatever is still a `.part` when the server starts was cut short.
enum UnfinishedName {
    static let suffix = ".part"

    /// Gives the finished file its final name, never replacing a file that is there already (EEXIST).
    static func settle(_ part: String, as path: String) -> Int32 {
        // link+unlink, as rename would silently replace a recording that another call has finished in the meantime.
        if link(part, path) == 0 {
            unlink(part)
            syncFolder(of: path)
            return 0
        }
        let code = errno
        guard code == EPERM || code == EOPNOTSUPP || code == ENOSYS || code == EMLINK else { return code }
        // A file system without hard links (FAT, some network mounts): the best that is left.
        guard access(path, F_OK) != 0 else { return EEXIST }
        guard rename(part, path) == 0 else { return errno }
        syncFolder(of: path)
        return 0
    }

    /// The new name survives a power cut only when the folder itself is on disk.
    private static func syncFolder(of path: String) {
        var folder = "."
        if let slash = path.lastIndex(of: "/") { folder = slash == path.startIndex ? "/" : String(path[..<slash]) }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
