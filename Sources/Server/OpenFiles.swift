import Glibc

/// The number of files and sockets this process may hold open.
enum OpenFiles {
    /// Raises it as far as the system lets: each call needs two sockets, and the usual 1,024 would end at 500 calls.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
