import Crypto

/// A PIN as it is stored: scrypt (RFC 7914) over a random salt, keyed by the server's secret.
///
/// As text `$scrypt$ln=14,r=8,p=1,k=FINGERPRINT$SALT$HASH`, salt and hash hexadecimal; the parameters stand with it, so that they can
/// be raised later without asking anybody for his PIN.
package struct PINHash: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private static let saltLength = 16
    private static let hashLength = 32

    private let cost: ScryptCost
    private let fingerprint: String
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// Hashes `pin` over a new salt. Takes tens of milliseconds: never on an event loop.
    package init(_ pin: PIN, secret: ServerSecret, cost: ScryptCost = .standard) throws(CredentialError) {
        self.cost = cost
        fingerprint = secret.fingerprint
        salt = (0..<Self.saltLength).map { _ in UInt8.random(in: 0...255) }
        hash = try Self.derive(pin.digits, secret: secret, salt: salt, cost: cost).withUnsafeBytes { Array($0) }
    }

    /// Reads what `stored` gave; nil when it is anything else.
    package init?(stored: String) {
        let fields = stored.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "scrypt" else { return nil }
        let settings = fields[2].split(separator: ",", omittingEmptySubsequences: false)
        guard settings.count == 4, let logN = Self.number(settings[0], "ln="), let blockSize = Self.number(settings[1], "r="),
            let parallelism = Self.number(settings[2], "p="), settings[3].hasPrefix("k="),
            let salt = Self.octets(fields[3]), salt.count == Self.saltLength,
            let hash = Self.octets(fields[4]), hash.count == Self.hashLength
        else { return nil }
        cost = ScryptCost(logN: logN, blockSize: blockSize, parallelism: parallelism)
        guard cost.isAcceptable else { return nil }
        fingerprint = String(settings[3].dropFirst(2))
        self.salt = salt
        self.hash = hash
    }

    package var stored: String {
        let settings = "ln=\(cost.logN),r=\(cost.blockSize),p=\(cost.parallelism),k=\(fingerprint)"
        return "$scrypt$\(settings)$\(Self.hexadecimal(salt))$\(Self.hexadecimal(hash))"
    }

    package var description: String { "(a PIN's hash)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// False when the secret is another one than this was made with: then no PIN can be right.
    package func wasMade(with secret: ServerSecret) -> Bool { fingerprint == secret.fingerprint }

    /// True when it was made with other parameters than today's: hash again at the next right PIN.
    package func isOutdated(by cost: ScryptCost = .standard) -> Bool { self.cost != cost }

    /// Whether `text` (whatever a caller has keyed in) is the PIN. Costs the same for every text, right or wrong.
    package func verify(_ text: String, secret: ServerSecret) throws(CredentialError) -> Bool {
        let derived = try Self.derive(Array(text.utf8), secret: secret, salt: salt, cost: cost)
        // SymmetricKey compares in constant time.
        return derived == SymmetricKey(data: hash)
    }

    /// Costs what `verify` costs: for a mailbox that does not exist, so that the time tells nobody which ones do.
    package static func pretend(
        _ text: String, secret: ServerSecret, cost: ScryptCost = .standard
    ) throws(CredentialError) {
        _ = try derive(Array(text.utf8), secret: secret, salt: [UInt8](repeating: 0, count: saltLength), cost: cost)
    }

    /// A PIN has at most 10^12 values, which scrypt alone delays but does not protect; so it goes through HMAC with the secret first
    /// (not beside it into scrypt: a fixed length leaves no two ways to read the input).
    private static func derive(
        _ digits: [UInt8], secret: ServerSecret, salt: [UInt8], cost: ScryptCost
    ) throws(CredentialError) -> SymmetricKey {
        try cost.derive(from: secret.code(for: digits, purpose: "antiphon PIN"), salt: salt, length: hashLength)
    }

    private static func number(_ field: Substring, _ name: String) -> Int? {
        guard field.hasPrefix(name), (1...2).contains(field.count - name.count) else { return nil }
        return Int(field.dropFirst(name.count))
    }

    private static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func octets(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.map { UInt8(truncatingIfNeeded: Character(Unicode.Scalar($0)).hexDigitValue ?? 255) }
        guard digits.count % 2 == 0, digits.allSatisfy({ $0 < 16 }) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
