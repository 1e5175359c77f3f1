/// The suites of `a=crypto` lines that are understood, by their names in the registry (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14.1).
package enum CryptoSuite: String, CaseIterable, Sendable {
    case aeadAES128GCM = "AEAD_AES_128_GCM"
    case aeadAES256GCM = "AEAD_AES_256_GCM"
    case aes128SHA80 = "AES_CM_128_HMAC_SHA1_80"
    case aes128SHA32 = "AES_CM_128_HMAC_SHA1_32"
    case aes256SHA80 = "AES_256_CM_HMAC_SHA1_80"
    case aes256SHA32 = "AES_256_CM_HMAC_SHA1_32"

    /// Octets of master key and salt together.
    package var keyAndSaltLength: Int {
        switch self {
        case .aeadAES128GCM: 16 + 12
        case .aeadAES256GCM: 32 + 12
        case .aes128SHA80, .aes128SHA32: 16 + 14
        case .aes256SHA80, .aes256SHA32: 32 + 14
        }
    }

    /// What our offers list, the best first: AES-GCM is the stronger and costs a third; the last is what everybody has. Three lines, as more
    /// would take an INVITE beyond what a datagram holds. Answers take any of the suites.
    package static let offered: [CryptoSuite] = [.aeadAES256GCM, .aeadAES128GCM, .aes128SHA80]

    /// By its name in any case of the letters, or the one of drafts of RFC 6188 that some telephones still write.
    init?(named name: String) {
        let name = name.uppercased()
        if let suite = CryptoSuite(rawValue: name) {
            self = suite
        } else if name == "AES_CM_256_HMAC_SHA1_80" {
            self = .aes256SHA80
        } else if name == "AES_CM_256_HMAC_SHA1_32" {
            self = .aes256SHA32
        } else {
            return nil
        }
    }
}

/// Whether the sound of a call is encrypted.
package enum MediaEncryption: String, CaseIterable, Sendable {
    /// Never: keys are passed over, and RTP/SAVP is refused.
    case off
    /// Where the peer has it.
    case optional
    /// Always: calls without it are refused.
    case required
}
