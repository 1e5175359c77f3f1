import CSRTP

/// What packets are enciphered and authenticated with. Bears the names of the registry "SRTP Crypto Suite Registrations".
package enum SRTPSuite: String, CaseIterable, Sendable {
    case aeadAES256GCM = "AEAD_AES_256_GCM"
    case aeadAES128GCM = "AEAD_AES_128_GCM"
    case aes256SHA80 = "AES_256_CM_HMAC_SHA1_80"
    case aes256SHA32 = "AES_256_CM_HMAC_SHA1_32"
    case aes128SHA80 = "AES_CM_128_HMAC_SHA1_80"
    case aes128SHA32 = "AES_CM_128_HMAC_SHA1_32"

    /// Octets of the master key.
    package var keyLength: Int {
        switch self {
        case .aes128SHA80, .aes128SHA32, .aeadAES128GCM: 16
        case .aes256SHA80, .aes256SHA32, .aeadAES256GCM: 32
        }
    }

    /// Octets of the master salt: RFC 3711 §8.2 and RFC 6188 §3.1; RFC 7714 §12.
    package var saltLength: Int {
        switch self {
        case .aes128SHA80, .aes128SHA32, .aes256SHA80, .aes256SHA32: 14
        case .aeadAES128GCM, .aeadAES256GCM: 12
        }
    }

    /// Octets of the authentication tag of an SRTP packet.
    package var tagLength: Int {
        switch self {
        case .aes128SHA80, .aes256SHA80: 10
        case .aes128SHA32, .aes256SHA32: 4
        case .aeadAES128GCM, .aeadAES256GCM: 16
        }
    }

    /// Octets of the tag of an SRTCP packet: 80 bits with the short suites too (RFC 4568 §6.2.2, RFC 6188 §3).
    package var reportTagLength: Int { max(tagLength, 10) }

    /// The same in the library's words.
    func write(rtp: inout srtp_crypto_policy_t, rtcp: inout srtp_crypto_policy_t) {
        switch self {
        case .aes128SHA80, .aes128SHA32:
            srtp_crypto_policy_set_rtp_default(&rtp)
            srtp_crypto_policy_set_rtcp_default(&rtcp)
            if self == .aes128SHA32 { srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&rtp) }
        case .aes256SHA80, .aes256SHA32:
            srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&rtp)
            srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&rtcp)
            if self == .aes256SHA32 { srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&rtp) }
        case .aeadAES128GCM:
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&rtp)
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&rtcp)
        case .aeadAES256GCM:
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&rtp)
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&rtcp)
        }
    }
}
