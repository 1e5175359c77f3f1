import Glibc

/// A named POSIX thread that runs one closure to its end.
package final class BackgroundThread: @unchecked Sendable {
    private final class Start {
        let name: String
        let niceness: Int32
        let body: @Sendable () -> Void

        init(name: String, niceness: Int32, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.niceness = niceness
            self.body = body
        }
    }

    private let thread: pthread_t

    /// Nil when the system refuses another thread. `name` may have 15 characters.
    ///
    /// `niceness`: below 0 for a thread that goes before others when cores are short (setpriority(2)). Without the privilege for it
    /// (CAP_SYS_NICE, or RLIMIT_NICE) the thread runs like any other.
    package init?(name: String, niceness: Int32 = 0, body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, niceness: niceness, body: body))
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, Self.entry, start.toOpaque())
        guard code == 0 else {
            start.release()
            return nil
        }
        self.thread = thread
    }

    /// Waits for the closure's end. Once only.
    package func join() {
        pthread_join(thread, nil)
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        setName(start.name)
        // On Linux a thread has a niceness of its own, and 0 names the calling one.
        if start.niceness != 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, start.niceness) }
        start.body()
        return nil
    }

    /// The name that `top -H` and `perf` show.
    private static func setName(_ name: String) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        var bytes = Array(name.utf8.prefix(15))
        write(descriptor, &bytes, bytes.count)
        close(descriptor)
    }
}
