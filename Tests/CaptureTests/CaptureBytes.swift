/// Builds capture files byte by byte, in either byte order.
struct CaptureBytes {
    var bytes: [UInt8] = []
    var isBig = false

    mutating func number(_ value: some BinaryInteger, _ count: Int) {
        let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        bytes += isBig ? little.reversed() : little
    }

    static func classic(isBig: Bool = false, isNano: Bool = false, link: Int = 1, _ frames: [(time: Int64, bytes: [UInt8])]) -> [UInt8] {
        var file = CaptureBytes(isBig: isBig)
        file.number(isNano ? 0xA1B2_3C4D : 0xA1B2_C3D4, 4)
        file.number(2, 2)
        file.number(4, 2)
        file.number(0, 8)
        file.number(262_144, 4)
        file.number(link, 4)
        for frame in frames {
            file.number(frame.time / 1_000_000_000, 4)
            file.number(frame.time % 1_000_000_000 / (isNano ? 1 : 1_000), 4)
            file.number(frame.bytes.count, 4)
            file.number(frame.bytes.count, 4)
            file.bytes += frame.bytes
        }
        return file.bytes
    }

    /// A pcapng block of either order; the content is filled up to 32 bits.
    static func block(_ type: Int, isBig: Bool = false, _ fill: (inout CaptureBytes) -> Void) -> [UInt8] {
        var content = CaptureBytes(isBig: isBig)
        fill(&content)
        while content.bytes.count % 4 != 0 { content.bytes.append(0) }
        var block = CaptureBytes(isBig: isBig)
        block.number(type, 4)
        block.number(content.bytes.count + 12, 4)
        block.bytes += content.bytes
        block.number(content.bytes.count + 12, 4)
        return block.bytes
    }

    static func section(isBig: Bool = false) -> [UInt8] {
        block(0x0A0D_0D0A, isBig: isBig) {
            $0.number(0x1A2B_3C4D, 4)
            $0.number(1, 2)
            $0.number(0, 2)
            $0.number(-1, 8)
        }
    }

    static func interface(isBig: Bool = false, link: Int, kept: Int = 262_144, resolution: UInt8? = nil, offset: Int64? = nil) -> [UInt8] {
        block(1, isBig: isBig) {
            $0.number(link, 2)
            $0.number(0, 2)
            $0.number(kept, 4)
            if let resolution {
                $0.number(9, 2)
                $0.number(1, 2)
                $0.bytes += [resolution, 0, 0, 0]
            }
            if let offset {
                $0.number(14, 2)
                $0.number(8, 2)
                $0.number(offset, 8)
            }
            $0.number(0, 4)
        }
    }

    static func packet(isBig: Bool = false, interface: Int, units: UInt64, _ frame: [UInt8]) -> [UInt8] {
        block(6, isBig: isBig) {
            $0.number(interface, 4)
            $0.number(units >> 32, 4)
            $0.number(units & 0xFFFF_FFFF, 4)
            $0.number(frame.count, 4)
            $0.number(frame.count, 4)
            $0.bytes += frame
        }
    }

    // MARK: Packets

    static func udp(_ payload: [UInt8], from source: Int = 4_000, to destination: Int = 5_004) -> [UInt8] {
        var packet = CaptureBytes(isBig: true)
        packet.number(source, 2)
        packet.number(destination, 2)
        packet.number(payload.count + 8, 2)
        packet.number(0, 2)
        return packet.bytes + payload
    }

    /// 192.0.2.1 to 192.0.2.2.
    static func ipv4(_ content: [UInt8], fragment: Int = 0, next: UInt8 = 17) -> [UInt8] {
        var packet = CaptureBytes(isBig: true)
        packet.bytes = [0x45, 0]
        packet.number(content.count + 20, 2)
        packet.number(7, 2)
        packet.number(fragment, 2)
        packet.bytes += [64, next, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
        return packet.bytes + content
    }

    /// 2001:db8::1 to 2001:db8::2.
    static func ipv6(_ content: [UInt8], next: UInt8 = 17) -> [UInt8] {
        var packet = CaptureBytes(isBig: true)
        packet.number(0x6000_0000, 4)
        packet.number(content.count, 2)
        packet.bytes += [next, 64]
        let prefix: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11)
        packet.bytes += prefix + [1] + prefix + [2]
        return packet.bytes + content
    }

    static func ethernet(_ content: [UInt8], tags: [UInt8] = [], type: [UInt8] = [0x08, 0x00]) -> [UInt8] {
        [UInt8](repeating: 2, count: 12) + tags + type + content
    }
}
