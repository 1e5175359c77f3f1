import Glibc

/// Folders of the server's own.
enum Folder {
    /// Makes `path` and what is missing above it, readable by the server alone; what is there already stays as it is.
    static func make(_ path: String) throws(StartFailure) {
        var built = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            built += part + "/"
            guard mkdir(built, 0o700) == 0 || errno == EEXIST else {
                throw StartFailure(description: "cannot make the folder \(built): \(String(cString: strerror(errno)))")
            }
        }
        guard access(path, W_OK) == 0 else {
            throw StartFailure(description: "cannot write to the folder \(path): \(String(cString: strerror(errno)))")
        }
    }
}
