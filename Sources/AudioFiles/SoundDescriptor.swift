import CSndfile
import Glibc

/// Opens a descriptor with libsndfile so that it is closed exactly once.
enum SoundDescriptor {
    /// On success `descriptor` is the one libsndfile works on; the caller closes it after `sf_close`. On failure (nil) it is still
    /// open and the caller's. `errno` is as libsndfile left it.
    ///
    /// `sf_open_fd` with `close_desc` false leaves the descriptor alone when it succeeds but closes it all the same when it fails
    /// (seen in 1.2.0). A second close would then hit whatever another thread has just opened under that number: a call's socket.
    /// So libsndfile is given a duplicate to close.
    static func open(_ descriptor: inout Int32, mode: Int, format: inout SF_INFO) -> OpaquePointer? {
        let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard duplicate >= 0 else { return nil }
        errno = 0
        guard let file = sf_open_fd(duplicate, Int32(mode), &format, 0) else { return nil }
        close(descriptor)
        descriptor = duplicate
        return file
    }
}
