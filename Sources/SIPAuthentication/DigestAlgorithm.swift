import Crypto
import CryptoExtras
import SIP

/// The hash functions of digest authentication (RFC 7616 §3.2, RFC 8760 §2.1).
package enum DigestHash: String, Hashable, Sendable, CaseIterable {
    case md5 = "MD5"
    case sha256 = "SHA-256"
    case sha512Slash256 = "SHA-512-256"

    /// The hash in lower-case hexadecimal digits.
    func hexadecimal(_ bytes: [UInt8]) -> String {
        switch self {
        case .md5: Self.digits(Insecure.MD5.hash(data: bytes))
        case .sha256: Self.digits(SHA256.hash(data: bytes))
        case .sha512Slash256: Self.digits(SHA512256.hash(data: bytes))
        }
    }

    func hexadecimal(_ text: String) -> String { hexadecimal(Array(text.utf8)) }

    /// How many hexadecimal digits a hash has.
    var digitCount: Int { self == .md5 ? 32 : 64 }

    static func digits(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] { digits.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10) }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

/// A value of the `algorithm` parameter. In the `-sess` forms the password's hash is mixed with nonce and cnonce once more
/// (RFC 7616 §3.4.2).
package struct DigestAlgorithm: Hashable, Sendable, CustomStringConvertible {
    package var hash: DigestHash
    package var isSession: Bool

    package init(_ hash: DigestHash, isSession: Bool = false) {
        self.hash = hash
        self.isSession = isSession
    }

    package static let md5 = DigestAlgorithm(.md5)
    package static let sha256 = DigestAlgorithm(.sha256)

    /// Reads the token, in any case; nil for an algorithm that is unknown here.
    package init?(token: String) {
        let known = DigestHash.allCases.flatMap { [DigestAlgorithm($0), DigestAlgorithm($0, isSession: true)] }
        guard let algorithm = known.first(where: { $0.token.equalsIgnoringCase(token) }) else { return nil }
        self = algorithm
    }

    package var token: String { hash.rawValue + (isSession ? "-sess" : "") }
    package var description: String { token }
}
