import Glibc

/// Small text files.
enum TextFile {
    /// The text of `path`, or nil with errno set when it cannot be read, is longer than `limit` bytes or is no UTF-8.
    static func read(_ path: String, limit: Int = 1 << 21) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { return nil }
        guard count <= limit else {
            errno = EFBIG
            return nil
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            errno = EILSEQ
            return nil
        }
        return text
    }

    /// What the last failure was, in words.
    static var failure: String { String(cString: strerror(errno)) }
}
