import Glibc

/// What the repair found and did with one unfinished recording.
package struct RepairReport: Equatable, Sendable, CustomStringConvertible {
    package enum Outcome: Equatable, Sendable {
        /// Playable now, under its final name.
        case repaired(FinishedRecording)
        /// Another process is recording into it: left alone.
        case inUse
        /// Nothing to be saved: kept under another name.
        case setAside(path: String, reason: String)
        /// Left as it was.
        case failed(AudioFileError)
    }

    /// The unfinished file, `….wav.part`.
    package var path: String
    package var outcome: Outcome

    package var description: String {
        switch outcome {
        case .repaired(let recording): "\(path): cut short; \(recording.samples) samples recovered as \(recording.path)"
        case .inUse: "\(path): another process is recording into it; left alone"
        case .setAside(let aside, let reason): "\(path): \(reason); moved to \(aside), look at it and delete it"
        case .failed(let error): "\(path): not repaired: \(error)"
        }
    }
}

/// At start: makes whole what a crash or a SIGKILL left as `….wav.part`.
package enum RecordingRepair {
    private static let deepestFolder = 8

    /// Repairs all unfinished recordings in `folder` and below it (links are not followed). Finished recordings are not touched.
    /// A folder that does not exist or cannot be read gives no reports for itself.
    package static func scan(_ folder: String) -> [RepairReport] {
        var reports: [RepairReport] = []
        scan(folder, depth: 0, into: &reports)
        return reports
    }

    private static func scan(_ folder: String, depth: Int, into reports: inout [RepairReport]) {
        guard depth <= deepestFolder else { return }
        for name in names(in: folder) {
            let path = folder + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                scan(path, depth: depth + 1, into: &reports)
            } else if status.st_mode & S_IFMT == S_IFREG, name.hasSuffix(".wav" + UnfinishedName.suffix) {
                if let outcome = repair(path) { reports.append(RepairReport(path: path, outcome: outcome)) }
            } else if status.st_mode & S_IFMT == S_IFREG, isUnfinishedCopy(name) {
                // The WAV that it was made of is still there.
                unlink(path)
            }
        }
    }

    private static func isUnfinishedCopy(_ name: String) -> Bool {
        KeptFormat.allCases.contains { $0 != .wav && name.hasSuffix("." + $0.pathExtension + UnfinishedName.suffix) }
    }

    private static func names(in folder: String) -> [String] {
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

    /// Nil when there was nothing to do after all.
    private static func repair(_ part: String) -> RepairReport.Outcome? {
        let path = String(part.dropLast(UnfinishedName.suffix.count))
        let descriptor = open(part, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return errno == ENOENT ? nil : .failed(.system(errno, path: part, while: "opening")) }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return .inUse }
        if isSameFile(descriptor, path) {
            // Killed between the final name and the removal of the old one: all of it is there.
            unlink(part)
            return nil
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failed(.system(errno, path: part, while: "reading its size")) }
        var start = [UInt8](repeating: 0, count: WAVHeader.searchLength)
        let count = pread(descriptor, &start, start.count, 0)
        guard count >= 0 else { return .failed(.system(errno, path: part, while: "reading")) }
        guard let header = WAVHeader(Array(start.prefix(count))) else {
            return setAside(part, path, reason: count == 0 ? "it is empty" : "it has no whole WAV header")
        }
        let repair = header.repair(fileLength: Int(status.st_size))
        if let error = apply(repair, to: descriptor, part) { return .failed(error) }
        return settle(part, path, header: header, samples: repair.samples)
    }

    private static func apply(_ repair: WAVHeader.Repair, to descriptor: Int32, _ part: String) -> AudioFileError? {
        for patch in repair.patches {
            let bytes = patch.bytes
            guard pwrite(descriptor, bytes, bytes.count, off_t(patch.offset)) == bytes.count else {
                return .system(errno, path: part, while: "rewriting the header")
            }
        }
        // Longer by the pad byte or shorter by a half sample.
        guard ftruncate(descriptor, off_t(repair.fileLength)) == 0, fsync(descriptor) == 0 else {
            return .system(errno, path: part, while: "cutting it to whole samples")
        }
        return nil
    }

    private static func settle(_ part: String, _ path: String, header: WAVHeader, samples: Int) -> RepairReport.Outcome {
        let stem = path.hasSuffix(".wav") ? String(path.dropLast(4)) : path
        let candidates = [path] + (1...99).map { "\(stem)-recovered-\($0).wav" }
        for candidate in candidates {
            let code = UnfinishedName.settle(part, as: candidate)
            if code == 0 { return .repaired(FinishedRecording(path: candidate, samples: samples, rate: header.rate)) }
            guard code == EEXIST else { return .failed(.system(code, path: part, while: "renaming")) }
        }
        return .failed(.system(EEXIST, path: part, while: "renaming"))
    }

    private static func setAside(_ part: String, _ path: String, reason: String) -> RepairReport.Outcome {
        for candidate in [path + ".broken"] + (1...99).map({ "\(path).broken-\($0)" }) {
            let code = UnfinishedName.settle(part, as: candidate)
            if code == 0 { return .setAside(path: candidate, reason: reason) }
            guard code == EEXIST else { return .failed(.system(code, path: part, while: "moving it aside")) }
        }
        return .failed(.system(EEXIST, path: part, while: "moving it aside"))
    }

    private static func isSameFile(_ descriptor: Int32, _ path: String) -> Bool {
        var one = stat()
        var other = stat()
        guard fstat(descriptor, &one) == 0, lstat(path, &other) == 0 else { return false }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }
}
