import Glibc

/// A folder of sound files that were made once and are wanted again: bounded, the one that was not used for longest goes first.
struct SpokenSounds {
    let folder: String
    /// In bytes.
    let capacity: Int

    private static let suffix = ".sound"
    private static let part = ".part"

    /// Makes the folder, readable by this user alone: what was said may be private. False with errno where that is not possible.
    func makeFolder() -> Bool {
        var status = stat()
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST, stat(folder, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            errno = ENOTDIR
            return false
        }
        return true
    }

    /// Removes what a killed process left half written.
    func clear() {
        for name in names() where name.hasSuffix(Self.part) { unlink(folder + "/" + name) }
    }

    func path(_ key: String) -> String { folder + "/" + key + Self.suffix }

    /// Notes that the sound of `key` is used now.
    func touch(_ key: String) { utimensat(AT_FDCWD, path(key), nil, 0) }

    func remove(_ key: String) { unlink(path(key)) }

    /// Writes a sound whole or not at all; false with errno.
    func write(_ bytes: [UInt8], as key: String) -> Bool {
        let part = folder + "/" + key + Self.part
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
            unlink(part)
            return false
        }
        return true
    }

    /// Removes the sounds that were not used for longest until the rest fits.
    func prune() {
        var files: [(path: String, size: Int, used: (Int, Int))] = names().filter { $0.hasSuffix(Self.suffix) }.compactMap { name in
            var status = stat()
            guard stat(folder + "/" + name, &status) == 0 else { return nil }
            return (folder + "/" + name, Int(status.st_size), (status.st_mtim.tv_sec, status.st_mtim.tv_nsec))
        }
        var total = files.reduce(0) { $0 + $1.size }
        files.sort { $0.used > $1.used }
        while total > capacity, let oldest = files.popLast() {
            unlink(oldest.path)
            total -= oldest.size
        }
    }

    private func names() -> [String] {
        guard let stream = opendir(folder) else { return [] }
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
