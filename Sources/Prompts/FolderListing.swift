import Glibc

/// Files below a folder.
package enum FolderListing {
    /// Deeper than any sensible tree; ends a loop of links.
    private static let deepest = 8

    /// Paths below `folder`, relative to it, of the files whose names end in `suffix`, sorted. A folder that is not there is empty.
    package static func files(under folder: String, ending suffix: String) -> [String] {
        files(under: folder) { $0.hasSuffix(suffix) }
    }

    /// Those whose names are `wanted`, likewise.
    static func files(under folder: String, where wanted: (String) -> Bool) -> [String] {
        var found: [String] = []
        collect(folder, prefix: "", where: wanted, depth: 0, into: &found)
        return found.sorted()
    }

    private static func collect(
        _ folder: String, prefix: String, where wanted: (String) -> Bool, depth: Int, into found: inout [String]
    ) {
        guard depth < deepest, let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            var status = stat()
            guard stat(folder + "/" + name, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                collect(folder + "/" + name, prefix: prefix + name + "/", where: wanted, depth: depth + 1, into: &found)
            } else if wanted(name) {
                found.append(prefix + name)
            }
        }
    }
}
