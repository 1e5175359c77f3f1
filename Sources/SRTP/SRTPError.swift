import CSRTP

/// Why a packet was not let through, or why there is no context.
package enum SRTPError: Error, Equatable, Sendable {
    /// No RTP or RTCP at all: many clients send STUN to keep a NAT's binding, keys or no keys.
    case malformed
    /// Without a tag, or with a wrong one: tampered with, enciphered with another key, or from before a roll-over that was missed.
    case notAuthentic
    /// It has come before (RFC 3711 §3.3.2).
    case replayed
    /// Older than the window of packets that are remembered.
    case tooOld
    /// Of a source beyond those that are kept in mind, or of one that has no stream.
    case unknownSource
    /// The key has served for as many packets as it may (RFC 3711 §9.2).
    case keyExpired
    /// The library refused; its own code.
    case library(UInt32)

    init(_ status: srtp_err_status_t) {
        switch status {
        case srtp_err_status_auth_fail, srtp_err_status_cipher_fail, srtp_err_status_bad_mki: self = .notAuthentic
        case srtp_err_status_replay_fail: self = .replayed
        case srtp_err_status_replay_old: self = .tooOld
        case srtp_err_status_no_ctx: self = .unknownSource
        case srtp_err_status_key_expired: self = .keyExpired
        case srtp_err_status_bad_param, srtp_err_status_parse_err: self = .malformed
        default: self = .library(status.rawValue)
        }
    }
}
