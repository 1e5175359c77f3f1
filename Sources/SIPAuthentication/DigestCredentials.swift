import SIP

/// The value of an Authorization or Proxy-Authorization of the Digest scheme (RFC 7616 §3.4, RFC 3261 §20.7).
package struct DigestCredentials: Hashable, Sendable {
    package var username: String
    package var realm: String
    package var nonce: String
    package var uri: String
    /// Hexadecimal digits.
    package var response: String
    package var algorithm: DigestAlgorithm
    package var opaque: String?
    package var protection: Protection?

    /// Present together or not at all: without it the response is that of RFC 2069.
    package struct Protection: Hashable, Sendable {
        package var quality: DigestQuality
        /// The client's nonce, never empty.
        package var cnonce: String
        /// How many requests went out under this nonce, this one included.
        package var count: UInt32

        package init(quality: DigestQuality, cnonce: String, count: UInt32) {
            self.quality = quality
            self.cnonce = cnonce
            self.count = count
        }

        /// Exactly eight digits (RFC 7616 §3.4: 8LHEX).
        var countText: String {
            let digits = String(count, radix: 16)
            return String(repeating: "0", count: 8 - digits.utf8.count) + digits
        }
    }

    package init(
        username: String, realm: String, nonce: String, uri: String, response: String = "", algorithm: DigestAlgorithm,
        opaque: String? = nil, protection: Protection?
    ) {
        self.username = username
        self.realm = realm
        self.nonce = nonce
        self.uri = uri
        self.response = response
        self.algorithm = algorithm
        self.opaque = opaque
        self.protection = protection
    }

    /// Why a value is no proof of the Digest scheme.
    package enum Defect: Error, Hashable, Sendable {
        /// Another scheme.
        case foreign
        /// An algorithm that is unknown here.
        case unknownAlgorithm
        /// A required parameter is missing or improper: 400 is due (RFC 7616 §3.4).
        case malformed(String)
    }

    package init(_ value: AuthenticationValue) throws(Defect) {
        guard value.isDigest else { throw .foreign }
        guard let algorithm = DigestAlgorithm(token: value["algorithm"] ?? "MD5") else { throw .unknownAlgorithm }
        func required(_ name: String) throws(Defect) -> String {
            guard let text = value[name], !text.isEmpty else { throw .malformed(name) }
            return text
        }
        self.init(
            username: try required("username"), realm: value["realm"] ?? "", nonce: try required("nonce"), uri: try required("uri"),
            response: try required("response").lowercasedASCII, algorithm: algorithm, opaque: value["opaque"],
            protection: try Self.protection(value))
        guard value["realm"] != nil else { throw .malformed("realm") }
        guard response.utf8.count == algorithm.hash.digitCount, response.utf8.allSatisfy(DigestSecret.isHexadecimal) else {
            throw .malformed("response")
        }
    }

    private static func protection(_ value: AuthenticationValue) throws(Defect) -> Protection? {
        guard let quality = value["qop"] else { return nil }
        guard let quality = DigestQuality(rawValue: quality.lowercasedASCII) else { throw .malformed("qop") }
        guard let cnonce = value["cnonce"], !cnonce.isEmpty else { throw .malformed("cnonce") }
        guard let digits = value["nc"], digits.utf8.count == 8, digits.utf8.allSatisfy(DigestSecret.isHexadecimal),
            let count = UInt32(digits, radix: 16)
        else { throw .malformed("nc") }
        return Protection(quality: quality, cnonce: cnonce, count: count)
    }

    /// As a header value. In this direction `qop` is a token without quotes (RFC 3261 §25.1, RFC 7616 §3.4).
    package var text: String {
        var value = AuthenticationValue(scheme: "Digest")
        value.add("username", username, isQuoted: true)
        value.add("realm", realm, isQuoted: true)
        value.add("nonce", nonce, isQuoted: true)
        value.add("uri", uri, isQuoted: true)
        value.add("response", response, isQuoted: true)
        value.add("algorithm", algorithm.token, isQuoted: false)
        if let opaque { value.add("opaque", opaque, isQuoted: true) }
        if let protection {
            value.add("qop", protection.quality.rawValue, isQuoted: false)
            value.add("cnonce", protection.cnonce, isQuoted: true)
            value.add("nc", protection.countText, isQuoted: false)
        }
        return value.text
    }
}

/// Without the response, from which a weak password can be found by trying.
extension DigestCredentials: CustomStringConvertible {
    package var description: String { "(credentials of \(username) at \(realm))" }
}
