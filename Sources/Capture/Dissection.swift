/// What a frame turned out to carry.
package enum Dissection: Equatable, Sendable {
    case datagram(CapturedDatagram)
    /// A part of a datagram; parts are not put together.
    case fragment
    /// UDP of which the capture has not kept everything.
    case cut
    /// Something else, or damaged.
    case other
    /// The link type is not known here.
    case unknownLink

    /// Looks for UDP in a frame: below Ethernet (with VLAN tags), Linux's cooked headers, loopback or nothing, in IPv4 or IPv6.
    package init(_ frame: CapturedFrame) {
        guard frame.link.isKnown else {
            self = .unknownLink
            return
        }
        let octets = Octets(bytes: frame.bytes)
        guard let start = octets.networkStart(frame.link), let version = octets[start].map({ $0 >> 4 }) else {
            self = .other
            return
        }
        switch version {
        case 4: self = octets.ipv4(at: start)
        case 6: self = octets.ipv6(at: start)
        default: self = .other
        }
    }
}

/// A UDP datagram with its way.
package struct CapturedDatagram: Equatable, Sendable {
    package var source: CapturedEndpoint
    package var destination: CapturedEndpoint
    package var payload: [UInt8]
}

/// The bytes of a frame; what is asked for beyond them is nil.
private struct Octets {
    private static let udp: UInt8 = 17

    let bytes: [UInt8]

    subscript(index: Int) -> UInt8? { bytes.indices.contains(index) ? bytes[index] : nil }

    func number(_ index: Int) -> Int? {
        guard let high = self[index], let low = self[index + 1] else { return nil }
        return Int(high) << 8 | Int(low)
    }

    /// Where the IP header begins; nil when the frame carries something else.
    func networkStart(_ link: LinkType) -> Int? {
        switch link {
        case .ethernet: network(typeAt: 12, contentAt: 14)
        case .linuxCooked: network(typeAt: 14, contentAt: 16)
        case .linuxCooked2: network(typeAt: 0, contentAt: 20)
        // Each system numbers the families otherwise; the version in the IP header tells.
        case .null, .loop: 4
        default: 0
        }
    }

    private func network(typeAt place: Int, contentAt content: Int) -> Int? {
        var (place, content) = (place, content)
        // IEEE 802.1Q and 802.1ad: a tag of four bytes, the last two of which are the type of what follows. Two are usual.
        for _ in 0..<4 {
            switch number(place) {
            case 0x0800, 0x86DD: return content
            case 0x8100, 0x88A8, 0x9100: (place, content) = (content + 2, content + 4)
            default: return nil
            }
        }
        return nil
    }

    /// RFC 791 §3.1.
    func ipv4(at start: Int) -> Dissection {
        guard let first = self[start], let total = number(start + 2), let fragment = number(start + 6), let next = self[start + 9] else {
            return .other
        }
        let header = 4 * Int(first & 0x0F)
        guard header >= 20, next == Self.udp else { return .other }
        // More fragments, or not the first one.
        guard fragment & 0x3FFF == 0 else { return .fragment }
        // 0 where the network card was to fill it in.
        let end = total == 0 ? bytes.count : start + total
        return udp(at: start + header, until: end, addresses: start + 12, length: 4)
    }

    /// RFC 8200 §3 and §4: extension headers until UDP comes.
    func ipv6(at start: Int) -> Dissection {
        guard let total = number(start + 4), var next = self[start + 6] else { return .other }
        var place = start + 40
        for _ in 0..<8 {
            switch next {
            case Self.udp:
                return udp(at: place, until: total == 0 ? bytes.count : start + 40 + total, addresses: start + 8, length: 16)
            case 0, 43, 60:
                guard let following = self[place], let words = self[place + 1] else { return .other }
                next = following
                place += 8 + 8 * Int(words)
            case 44:
                guard let following = self[place], let fragment = number(place + 2) else { return .other }
                // A fragment that is the whole (RFC 6946).
                guard fragment & 0xFFF9 == 0 else { return .fragment }
                next = following
                place += 8
            default:
                return .other
            }
        }
        return .other
    }

    /// RFC 768. `end`: where the IP packet ends; what the link filled up lies behind it.
    private func udp(at start: Int, until end: Int, addresses: Int, length: Int) -> Dissection {
        guard let source = number(start), let destination = number(start + 2), let size = number(start + 4) else { return .cut }
        guard size >= 8, start + size <= end else { return .other }
        guard start + size <= bytes.count else { return .cut }
        let middle = addresses + length
        guard let from = CapturedAddress(bytes[addresses..<middle]), let to = CapturedAddress(bytes[middle..<middle + length]) else {
            return .other
        }
        return .datagram(
            CapturedDatagram(
                source: CapturedEndpoint(address: from, port: UInt16(source)),
                destination: CapturedEndpoint(address: to, port: UInt16(destination)),
                payload: Array(bytes[start + 8..<start + size])))
    }
}
