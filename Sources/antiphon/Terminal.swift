import Glibc

/// What the program says: results to standard output, the rest to standard error, each line at once and unbuffered, so that
/// whoever reads a pipe sees it when it happens.
enum Terminal {
    static func say(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    static func complain(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// A question, behind which the answer is typed.
    static func ask(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Replaces the line that stands there, for progress. Only where a person looks on.
    static func progress(_ line: String) { write("\r\(line)\u{1B}[K", to: STDERR_FILENO) }

    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            // Nobody reads any more: there is nobody to tell that either.
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
