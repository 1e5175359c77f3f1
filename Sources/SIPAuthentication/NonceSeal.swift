import Crypto
import Timing

/// Makes nonces that carry their own time and a code over it, so that a challenge needs no memory: a flood makes no state.
///
/// ```
///  time (16 digits, ns) | random (16 digits) | HMAC-SHA256 over both and the source (32 digits)
/// ```
/// The source is the peer's address: a nonce that was seen on the way to somebody else is worth nothing, and since a guess needs a
/// nonce of its own address, nobody can have others locked out by forging theirs.
struct NonceSeal: Sendable, CustomReflectable {
    private let key: SymmetricKey

    /// What a nonce says of itself.
    enum Reading: Equatable, Sendable {
        case valid(issued: MonotonicTime)
        /// Ours, and too old.
        case expired
        /// Not ours, of another source or of a process before this one.
        case foreign
    }

    /// `key`: at least 32 random octets of this process.
    init(key: [UInt8]) {
        self.key = SymmetricKey(data: key)
    }

    func nonce(for source: String, at now: MonotonicTime, random: UInt64) -> String {
        let head = Self.digits(UInt64(bitPattern: now.nanoseconds)) + Self.digits(random)
        return head + code(head, source)
    }

    func read(_ nonce: String, from source: String, at now: MonotonicTime, lifetime: Duration) -> Reading {
        let digits = Array(nonce.utf8)
        guard digits.count == Self.length, digits.allSatisfy({ DigestSecret.isHexadecimal($0) }) else { return .foreign }
        let head = String(decoding: digits[..<32], as: UTF8.self)
        var difference: UInt8 = 0
        for (given, wanted) in zip(digits[32...], code(head, source).utf8) { difference |= given ^ wanted }
        guard difference == 0, let time = UInt64(head.prefix(16), radix: 16) else { return .foreign }
        let issued = MonotonicTime(nanoseconds: Int64(bitPattern: time))
        return issued <= now && now < issued + lifetime ? .valid(issued: issued) : .expired
    }

    /// The key is nobody's business.
    var customMirror: Mirror { Mirror(self, children: []) }

    private static let length = 64

    private func code(_ head: String, _ source: String) -> String {
        DigestHash.digits(HMAC<SHA256>.authenticationCode(for: Array("\(head) \(source)".utf8), using: key).prefix(16))
    }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
