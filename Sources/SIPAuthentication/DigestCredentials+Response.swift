import SIP

extension DigestCredentials {
    /// The response that these values and the secret give (RFC 7616 §3.4.1-§3.4.3), in lower-case digits; nil when the secret has no
    /// hash for the algorithm.
    ///
    /// The strings are taken as they are between the quotes once escapes are undone: RFC 7616 §3.4.1 says `unq`, and that is what
    /// most peers compute.
    package func expectedResponse(_ secret: DigestSecret, method: String, body: [UInt8] = []) -> String? {
        let hash = algorithm.hash
        guard var first = secret.code(hash) else { return nil }
        if algorithm.isSession { first = hash.hexadecimal("\(first):\(nonce):\(protection?.cnonce ?? "")") }
        var second = "\(method):\(uri)"
        if protection?.quality == .authInt { second += ":" + hash.hexadecimal(body) }
        guard let protection else { return hash.hexadecimal("\(first):\(nonce):\(hash.hexadecimal(second))") }
        let middle = "\(nonce):\(protection.countText):\(protection.cnonce):\(protection.quality.rawValue)"
        return hash.hexadecimal("\(first):\(middle):\(hash.hexadecimal(second))")
    }

    /// Whether `response` is the one expected. Looks at every digit, so that the time tells nothing of how many were right.
    func matches(_ expected: String) -> Bool {
        let (given, wanted) = (Array(response.utf8), Array(expected.utf8))
        guard given.count == wanted.count else { return false }
        var difference: UInt8 = 0
        for index in given.indices { difference |= given[index] ^ wanted[index] }
        return difference == 0
    }
}
