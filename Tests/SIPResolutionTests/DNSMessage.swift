import Glibc
import SIPResolution

/// The little of DNS messages (RFC 1035 §4.1) that a name server of a test has to read and write.
struct DNSMessage {
    struct Entry: Sendable {
        var name: String
        var type: UInt16
        var lifetime: UInt32
        var content: [UInt8]

        init(_ name: String, _ type: UInt16, _ lifetime: UInt32, _ content: [UInt8]) {
            self.name = name
            self.type = type
            self.lifetime = lifetime
            self.content = content
        }

        static func a(_ name: String, _ address: String, lifetime: UInt32 = 60) -> Entry {
            Entry(name, 1, lifetime, address.split(separator: ".").compactMap { UInt8($0) })
        }

        static func aaaa(_ name: String, _ address: String, lifetime: UInt32 = 60) -> Entry {
            var bytes = in6_addr()
            inet_pton(AF_INET6, address, &bytes)
            return Entry(name, 28, lifetime, withUnsafeBytes(of: bytes) { Array($0) })
        }

        static func alias(_ name: String, of target: String, lifetime: UInt32 = 60) -> Entry {
            Entry(name, 5, lifetime, DNSMessage.encoded(target))
        }

        static func srv(_ name: String, _ numbers: (UInt16, UInt16, UInt16), _ target: String, lifetime: UInt32 = 60) -> Entry {
            let numbers = [numbers.0, numbers.1, numbers.2].flatMap(\.bytes)
            return Entry(name, 33, lifetime, numbers + DNSMessage.encoded(target))
        }

        static func naptr(
            _ name: String, _ numbers: (UInt16, UInt16), _ texts: (String, String, String), _ target: String, lifetime: UInt32 = 60
        ) -> Entry {
            let strings = [texts.0, texts.1, texts.2].flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) }
            return Entry(name, 35, lifetime, numbers.0.bytes + numbers.1.bytes + strings + DNSMessage.encoded(target))
        }
    }

    var id: UInt16
    var name: String
    var type: UInt16
    /// An OPT record comes along (RFC 6891 §6.1).
    var hasExtension: Bool

    /// Nil when the bytes are no question.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 12 else { return nil }
        id = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        hasExtension = bytes[11] != 0
        var labels: [String] = []
        var index = 12
        while index < bytes.count, bytes[index] != 0 {
            let end = index + 1 + Int(bytes[index])
            guard end < bytes.count else { return nil }
            labels.append(String(decoding: bytes[index + 1..<end], as: UTF8.self))
            index = end
        }
        guard index + 4 < bytes.count else { return nil }
        name = labels.joined(separator: ".")
        type = UInt16(bytes[index + 1]) << 8 | UInt16(bytes[index + 2])
    }

    static let cutShort: UInt16 = 0x0200

    /// A reply to this: `flags` beside QR, RD and RA, the answer code among them.
    func reply(_ entries: [Entry] = [], flags: UInt16 = 0) -> [UInt8] {
        var bytes = id.bytes + (0x8180 | flags).bytes + UInt16(1).bytes + UInt16(entries.count).bytes + [0, 0, 0, 0]
        bytes += Self.encoded(name) + type.bytes + UInt16(1).bytes
        for entry in entries {
            bytes += Self.encoded(entry.name) + entry.type.bytes + UInt16(1).bytes
            bytes += UInt16(entry.lifetime >> 16).bytes + UInt16(truncatingIfNeeded: entry.lifetime).bytes
            bytes += UInt16(entry.content.count).bytes + entry.content
        }
        return bytes
    }

    static func encoded(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) } + [0]
    }
}

extension UInt16 {
    var bytes: [UInt8] { [UInt8(self >> 8), UInt8(truncatingIfNeeded: self)] }
}
