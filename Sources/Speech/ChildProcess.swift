import CChildProcess
import Glibc

/// A program run to its end: text in, bytes out, within a time and a size, and without a shell.
enum ChildProcess {
    enum Failure: Error, Equatable {
        case notStarted(errno: Int32)
        case timedOut
        case tooMuchOutput
        /// How it ended, and the beginning of what it wrote to its standard error.
        case failed(ending: String, message: String)
    }

    private static let longestMessage = 400

    /// Runs `command`, the first of which is the program's path, with `input` as its standard input. The caller's thread waits, at most for
    /// `limit`; then, and when there are more than `size` bytes, the program and all that it started in its group are killed.
    static func run(_ command: [String], input: [UInt8], within limit: Duration, size: Int) throws(Failure) -> [UInt8] {
        let deadline = milliseconds() + max(limit.milliseconds, 0)
        let text = child_process_memory()
        guard text >= 0 else { throw .notStarted(errno: errno) }
        defer { close(text) }
        guard writeAll(input, to: text), lseek(text, 0, SEEK_SET) == 0 else { throw .notStarted(errno: errno) }
        var output: Int32 = -1
        var errors: Int32 = -1
        var child = pid_t()
        let code = withArguments(command) { arguments in
            // Nothing of the server's own environment, which may hold secrets.
            withArguments(["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/"]) { environment in
                child_process_start(command.first ?? "", arguments, environment, text, &output, &errors, &child)
            }
        }
        guard code == 0 else { throw .notStarted(errno: code) }
        defer {
            close(output)
            close(errors)
        }
        var bytes: [UInt8] = []
        var message: [UInt8] = []
        do throws(Failure) {
            try read(output, errors, until: deadline, size: size, into: &bytes, message: &message)
            let status = try wait(for: child, until: deadline)
            guard status == 0 else { throw .failed(ending: ending(status), message: printable(message)) }
            return bytes
        } catch {
            if case .failed = error { throw error }
            // It has not been waited for, so the number is still its own.
            kill(-child, SIGKILL)
            _ = try? wait(for: child, until: milliseconds() + 2_000)
            throw error
        }
    }

    private static func read(
        _ output: Int32, _ errors: Int32, until deadline: Int, size: Int, into bytes: inout [UInt8], message: inout [UInt8]
    ) throws(Failure) {
        var streams = [pollfd(fd: output, events: Int16(POLLIN), revents: 0), pollfd(fd: errors, events: Int16(POLLIN), revents: 0)]
        var chunk = [UInt8](repeating: 0, count: 64 * 1_024)
        // A negative descriptor is one that has ended; poll(2) passes it over.
        while streams.contains(where: { $0.fd >= 0 }) {
            let left = deadline - milliseconds()
            guard left > 0 else { throw .timedOut }
            guard poll(&streams, nfds_t(streams.count), Int32(clamping: min(left, 1_000))) > 0 else { continue }
            for index in streams.indices where streams[index].fd >= 0 && streams[index].revents != 0 {
                let count = Glibc.read(streams[index].fd, &chunk, chunk.count)
                if count > 0, index == 0 {
                    guard bytes.count + count <= size else { throw .tooMuchOutput }
                    bytes += chunk[..<count]
                } else if count > 0 {
                    message += chunk[..<min(count, longestMessage - message.count)]
                } else if count == 0 || errno != EINTR {
                    streams[index].fd = -1
                }
            }
        }
    }

    /// The status as waitpid(2) gives it.
    private static func wait(for child: pid_t, until deadline: Int) throws(Failure) -> Int32 {
        var status: Int32 = 0
        while true {
            let found = waitpid(child, &status, WNOHANG)
            if found == child { return status }
            if found < 0, errno != EINTR { return 0x7F00 }
            guard milliseconds() < deadline else { throw .timedOut }
            // It has closed its streams, so it is about to end.
            poll(nil, 0, 2)
        }
    }

    private static func ending(_ status: Int32) -> String {
        status & 0x7F == 0 ? "status \((status >> 8) & 0xFF)" : "signal \(status & 0x7F)"
    }

    private static func printable(_ message: [UInt8]) -> String {
        let text = String(decoding: message, as: UTF8.self).map { $0.isNewline || $0 == "\t" ? " " : $0 }
        return String(text.filter { !$0.unicodeScalars.contains { $0.value < 32 } }).split(separator: " ").joined(separator: " ")
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    private static func withArguments<Result>(
        _ arguments: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            // Not empty: there is the nil at its end.
            body(UnsafePointer(buffer.baseAddress!))
        }
    }

    private static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}

extension Duration {
    /// Whole milliseconds, at most an hour.
    var milliseconds: Int {
        self > .seconds(3_600) ? 3_600_000 : Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
