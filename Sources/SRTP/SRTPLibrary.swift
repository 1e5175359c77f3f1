import CSRTP

/// The library's one-time start.
package enum SRTPLibrary {
    private static let status = srtp_init()

    /// Starts the library unless it is started; false when it cannot be (no context can be made then). The first time takes tens of
    /// milliseconds, as Debian's build reads the cryptographic module of NSS: to be called before calls come.
    package static func start() -> Bool { status == srtp_err_status_ok }
}
