import Glibc

/// A folder of files that were got once and are wanted again: bounded, the one that was not used for longest goes first.
///
/// One process writes there, and one writer at a time under each key. Keys are names of files: letters and digits.
package struct BoundedFolder: Sendable {
    package let path: String
    /// In bytes.
    package let capacity: Int
    /// What the files' names end in, with a dot.
    private let suffix: String

    private static let part = ".part"

    package init(path: String, capacity: Int, suffix: String) {
        self.path = path
        self.capacity = capacity
        self.suffix = suffix
    }

    /// Makes the folder, readable by this user alone: what is in it may be private. False with errno where that is not possible.
    package func make() -> Bool {
        var status = stat()
        // Said twice: mkdir(2) leaves out what the process's mask of the moment forbids.
        if mkdir(path, 0o700) == 0 { chmod(path, 0o700) } else if errno != EEXIST { return false }
        guard stat(path, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            errno = ENOTDIR
            return false
        }
        return true
    }

    /// Removes what a killed process left half written.
    package func clear() {
        for name in names() where name.hasSuffix(Self.part) { unlink(path + "/" + name) }
    }

    package func path(_ key: String) -> String { path + "/" + key + suffix }

    /// Notes that the file of `key` is used now.
    package func touch(_ key: String) { utimensat(AT_FDCWD, path(key), nil, 0) }

    package func remove(_ key: String) { unlink(path(key)) }

    /// All of a file; nil where it is not there, is no regular file or has more than `size` bytes.
    package func read(_ key: String, upTo size: Int) -> [UInt8]? {
        // Non-blocking: opening a FIFO that somebody put there would otherwise wait for a writer for ever.
        let descriptor = open(path(key), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size >= 0, status.st_size <= size else {
            return nil
        }
        let wanted = Int(status.st_size)
        return [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            while count < wanted {
                let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), wanted - count)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                count += got
            }
        }
    }

    /// Writes a file whole or not at all; false with errno.
    package func write(_ bytes: [UInt8], as key: String) -> Bool {
        let part = path + "/" + key + Self.part
        let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        guard close(descriptor) == 0, written == bytes.count, rename(part, path(key)) == 0 else {
            let code = errno
            unlink(part)
            errno = code
            return false
        }
        return true
    }

    /// Removes the files that were not used for longest until the rest fits.
    package func prune() {
        var files: [(path: String, size: Int, used: (Int, Int))] = names().filter { $0.hasSuffix(suffix) }.compactMap { name in
            var status = stat()
            guard stat(path + "/" + name, &status) == 0 else { return nil }
            return (path + "/" + name, Int(status.st_size), (status.st_mtim.tv_sec, status.st_mtim.tv_nsec))
        }
        var total = files.reduce(0) { $0 + $1.size }
        files.sort { $0.used > $1.used }
        while total > capacity, let oldest = files.popLast() {
            unlink(oldest.path)
            total -= oldest.size
        }
    }

    private func names() -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}
