/// The address of something that is fetched by HTTP (RFC 3986, RFC 9110 §4.2), in the one form that is compared, shown and sent: scheme
/// and host in lower case, the port always known, no user, no fragment, no way up in the path.
///
/// Stricter than the RFC where two programs could read two hosts out of one text: whoever checks an address and whoever connects to it must
/// mean the same place.
package struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    package static let longest = 2_048

    /// What is wrong with an address, in words.
    package struct Mistake: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package let origin: WebOrigin
    /// Path and query, as the request line has them; begins with `/`.
    package let target: String

    package init(_ text: String) throws(Mistake) {
        guard text.utf8.count <= Self.longest else { throw Mistake(description: "it is longer than \(Self.longest) characters") }
        guard let scheme = WebOrigin.Scheme.allCases.first(where: { text.lowercased().hasPrefix($0.rawValue + "://") }) else {
            throw Mistake(description: "it begins with neither https:// nor http://")
        }
        guard text.utf8.allSatisfy({ Self.mayStand($0) }) else {
            throw Mistake(description: "it has characters that must be written as %XX")
        }
        let rest = text.dropFirst(scheme.rawValue.count + 3)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard let origin = WebOrigin(scheme: scheme, authority: authority) else {
            throw Mistake(description: "`\(authority)` is no host, or no host and port")
        }
        self.origin = origin
        let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
        // RFC 3986 §3.2.2: they stand around an IPv6 address and nowhere else.
        guard !self.target.contains(where: { $0 == "[" || $0 == "]" }) else {
            throw Mistake(description: "it has characters that must be written as %XX")
        }
        guard Self.escapesAreWhole(self.target) else { throw Mistake(description: "a % is followed by no two hexadecimal digits") }
        guard !Self.segments(of: self.target).contains(where: { Self.isDots($0) }) else {
            throw Mistake(description: "a part of its path is `.` or `..`")
        }
    }

    package var description: String { origin.description + target }

    /// Without the query, which may hold what is nobody's business.
    package var loggable: String { origin.description + target.prefix { $0 != "?" } + (target.contains("?") ? "?…" : "") }

    /// What a `Location` leads to (RFC 3986 §5.2).
    package func following(_ reference: String) throws(Mistake) -> WebAddress {
        let path = target.prefix { $0 != "?" }
        let plain = String(reference.prefix { $0 != "#" })
        if Self.hasScheme(plain) { return try Self.withoutDots(plain) }
        if plain.hasPrefix("//") { return try Self.withoutDots(origin.scheme.rawValue + ":" + plain) }
        if plain.isEmpty { return self }
        if plain.hasPrefix("/") { return try Self.withoutDots(origin.description + plain) }
        if plain.hasPrefix("?") { return try WebAddress(origin.description + path + plain) }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return try Self.withoutDots(origin.description + folder + plain)
    }

    /// An absolute address whose path may go up, which it then does (RFC 3986 §5.2.4).
    private static func withoutDots(_ text: String) throws(Mistake) -> WebAddress {
        guard text.utf8.count <= longest else { throw Mistake(description: "it is longer than \(longest) characters") }
        guard let slashes = text.firstRange(of: "://") else { return try WebAddress(text) }
        let rest = text[slashes.upperBound...]
        let authority = rest.prefix { !"/?".contains($0) }
        let path = rest.dropFirst(authority.count).prefix { $0 != "?" }
        let query = rest.dropFirst(authority.count + path.count)
        var kept: [Substring] = []
        var endsInFolder = false
        for part in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            endsInFolder = isDots(part)
            if !endsInFolder { kept.append(part) } else if dots(in: part) == 2 { _ = kept.popLast() }
        }
        if endsInFolder { kept.append("") }
        return try WebAddress(text[..<slashes.upperBound] + authority + "/" + kept.joined(separator: "/") + query)
    }

    private static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isASCII, first.isLetter else { return false }
        return text[..<colon].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    /// The characters of RFC 3986 §2, and `%`.
    private static func mayStand(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x3B, 0x3D, 0x3F...0x5B, 0x5D, 0x5F, 0x61...0x7A, 0x7E: true
        default: false
        }
    }

    private static func escapesAreWhole(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.indices.allSatisfy { index in
            bytes[index] != UInt8(ascii: "%")
                || (index + 2 < bytes.count && isHexadecimal(bytes[index + 1]) && isHexadecimal(bytes[index + 2]))
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }

    private static func segments(of target: String) -> [Substring] {
        target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
    }

    private static func isDots(_ segment: Substring) -> Bool { (1...2).contains(dots(in: segment)) }

    /// How many dots it consists of, escaped ones as well; 0 where there is anything else.
    private static func dots(in segment: Substring) -> Int {
        let plain = segment.lowercased().replacing("%2e", with: ".")
        return plain.allSatisfy { $0 == "." } ? plain.count : 0
    }
}

extension WebAddress {
    /// Whether an address that begins with `text` has its host and port written out, whatever follows.
    package static func namesItsHost(_ text: String) -> Bool {
        guard let slashes = text.firstRange(of: "://") else { return false }
        return text[slashes.upperBound...].contains { "/?#".contains($0) }
    }

    /// `value` so that it is one part of a path or of a query and nothing else (RFC 3986 §2.3: all but the unreserved is escaped).
    package static func escaped(_ value: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return value.utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
            }
        }
    }
}
