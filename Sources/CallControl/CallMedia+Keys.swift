import SDP
import SRTP

extension MediaKeys {
    /// The keys that were agreed on in SDP. Nil when the media plane does not know the suite, or the lengths are not the suite's: both
    /// were seen to when the lines were read.
    init?(_ crypto: NegotiatedCrypto) {
        guard let outbound = SRTPMasterKey(crypto.outbound), let inbound = SRTPMasterKey(crypto.inbound) else { return nil }
        self.init(outbound: outbound, inbound: inbound)
    }
}

extension SRTPMasterKey {
    fileprivate convenience init?(_ key: CryptoKey) {
        guard let suite = SRTPSuite(rawValue: key.suite.rawValue) else { return nil }
        self.init(suite, keyAndSalt: key.keyAndSalt, identifier: key.identifier)
    }
}

extension LocalKeys {
    /// Of the system's random numbers, which are fit for keys; nil where none are needed.
    static func fresh(for encryption: MediaEncryption) -> LocalKeys? {
        guard encryption != .off else { return nil }
        var random = SystemRandomNumberGenerator()
        return LocalKeys { random.next() }
    }
}
