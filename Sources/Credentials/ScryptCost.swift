import Crypto
import CryptoExtras

/// How much work one hash is: scrypt's parameters (RFC 7914 §2).
package struct ScryptCost: Hashable, Sendable {
    /// The binary logarithm of N.
    package var logN: Int
    /// The block size r.
    package var blockSize: Int
    /// The parallelism p.
    package var parallelism: Int

    /// N = 2^14, r = 8, p = 1: 16 MiB and tens of milliseconds a guess.
    package static let standard = ScryptCost(logN: 14, blockSize: 8, parallelism: 1)

    package init(logN: Int, blockSize: Int, parallelism: Int) {
        self.logN = logN
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// What is taken from a stored hash: an index that somebody has tampered with must not exhaust memory or time.
    var isAcceptable: Bool {
        (1...16).contains(logN) && (1...16).contains(blockSize) && (1...16).contains(parallelism)
            && (128 * blockSize) << logN <= 32 << 20
    }

    func derive(from password: [UInt8], salt: [UInt8], length: Int) throws(CredentialError) -> SymmetricKey {
        do {
            return try KDF.Scrypt.deriveKey(
                from: password, salt: salt, outputByteCount: length, rounds: 1 << logN, blockSize: blockSize, parallelism: parallelism)
        } catch {
            throw CredentialError(
                kind: .hashing, path: "", problem: "scrypt failed: \(error)", remedy: "give the server more memory (16 MiB a log-in)")
        }
    }
}
