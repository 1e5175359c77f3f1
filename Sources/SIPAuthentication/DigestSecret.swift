import SIP

/// What proves a password without being it: the hash of user name, realm and password (A1 of RFC 7616 §3.4.2), one for each
/// hash function. Who has it can log in under this realm, so it is never printed.
package struct DigestSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private var codes: [DigestHash: String] = [:]

    /// From a clear password, for every hash function.
    package init(username: String, realm: String, password: String) {
        for hash in DigestHash.allCases { codes[hash] = hash.hexadecimal("\(username):\(realm):\(password)") }
    }

    /// From hashes that somebody has made before: hexadecimal digits, in any case. Nil when one has the wrong form or there is none.
    package init?(codes given: [DigestHash: String]) {
        guard !given.isEmpty else { return nil }
        for (hash, digits) in given {
            guard digits.utf8.count == hash.digitCount, digits.utf8.allSatisfy(Self.isHexadecimal) else { return nil }
            codes[hash] = digits.lowercasedASCII
        }
    }

    /// A1's hash in lower-case digits; nil when none was given for this function.
    func code(_ hash: DigestHash) -> String? { codes[hash] }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
    }

    package var description: String { "(a digest secret)" }
    package var debugDescription: String { description }
    /// `dump` and the debugger's mirror would otherwise show the hashes.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A password as the configuration gave it, for the side that is challenged. Never printed.
package struct DigestPassword: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { "(a password)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
