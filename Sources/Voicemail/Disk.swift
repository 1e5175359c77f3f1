import Glibc

/// The few operations on files and folders that the store needs, each whole or not at all, with coded errors.
enum Disk {
    enum Kind { case file, folder, other, none }

    static func kind(of path: String) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .none }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// Bytes, and when it was last written (Unix seconds); nil when there is no such file.
    static func size(of path: String) -> (bytes: Int, writtenAt: Int64)? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return (Int(status.st_size), Int64(status.st_mtim.tv_sec))
    }

    /// All names in a folder, sorted; none when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes one folder, for the server's user alone, so that it survives a power cut. One that is there stays as it is.
    static func makeFolder(_ path: String) throws(VoicemailError) {
        if mkdir(path, 0o700) == 0 { return sync(folderOf: path) }
        let code = errno
        guard code == EEXIST, kind(of: path) == .folder else {
            throw .system(code == EEXIST ? ENOTDIR : code, path, while: "making the folder")
        }
    }

    /// Removes a file; that there is none is as good.
    static func remove(_ path: String) throws(VoicemailError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .system(errno, path, while: "removing it") }
    }

    /// Gives a file the other name, replacing what has it: at any instant the name leads to the old file or to the new one.
    static func replace(_ path: String, with source: String) throws(VoicemailError) {
        guard rename(source, path) == 0 else { throw .system(errno, source, while: "moving it to \(path)") }
        sync(folderOf: path)
    }

    /// Gives a file a second name, or where the file system knows no such thing, the other name; never replaces a file.
    static func link(_ source: String, as path: String) throws(VoicemailError) {
        if Glibc.link(source, path) != 0 {
            let code = errno
            guard code == EPERM || code == EOPNOTSUPP || code == ENOSYS || code == EMLINK else {
                throw .system(code, source, while: "linking it to \(path)")
            }
            guard kind(of: path) == .none else { throw .system(EEXIST, path, while: "moving \(source) there") }
            guard rename(source, path) == 0 else { throw .system(errno, source, while: "moving it to \(path)") }
        }
        sync(folderOf: path)
    }

    /// Moves a file to the first of `candidates` that nothing bears; nil when it cannot be.
    static func setAside(_ path: String, candidates: [String]) -> String? {
        for candidate in candidates where kind(of: candidate) == .none {
            if rename(path, candidate) == 0 {
                sync(folderOf: candidate)
                return candidate
            }
        }
        return nil
    }

    /// Names survive a power cut only when their folder is on disk. Where that fails the data is there all the same.
    static func sync(folderOf path: String) {
        var folder = "."
        if let slash = path.lastIndex(of: "/") { folder = slash == path.startIndex ? "/" : String(path[..<slash]) }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
