/// The pcapng format: blocks of a type, a length, content and the length again. A section header sets the byte order; interface
/// descriptions number the interfaces of their section, each with its link type and its unit of time.
struct BlockRecords {
    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    private static let interfaceDescription: UInt32 = 1
    private static let obsoletePacket: UInt32 = 2
    private static let simplePacket: UInt32 = 3
    private static let enhancedPacket: UInt32 = 6
    private static let mostInterfaces = 4_096

    private struct Interface {
        var link: LinkType
        var clock = InterfaceClock()
    }

    private var order = ByteOrder.little
    private var interfaces: [Interface] = []
    private(set) var untimed = 0

    mutating func next(_ stream: inout ByteStream) throws(CaptureError) -> CaptureRecord {
        while true {
            let offset = stream.offset
            // The smallest block has 12 bytes; 16 show a section header's byte order.
            guard try stream.holds(12) else { return stream.count == 0 ? .end : .cut(offset) }
            var type = stream.number32(0, order)
            // Reads the same in either order.
            if type == Self.sectionHeader {
                try startSection(stream, at: offset)
                type = Self.sectionHeader
            }
            let length = Int(stream.number32(4, order))
            guard length >= 12, length % 4 == 0 else {
                throw damage(at: offset + 4, "a block of \(length) bytes cannot be", keeping: offset)
            }
            let isRead = [Self.interfaceDescription, Self.obsoletePacket, Self.enhancedPacket].contains(type)
            guard isRead else {
                if type == Self.simplePacket { untimed += 1 }
                guard try stream.skip(length) else { return .cut(offset) }
                continue
            }
            guard length <= ByteStream.longestWindow else {
                throw damage(at: offset + 4, "a block of \(length) bytes is too long for what it holds", keeping: offset)
            }
            guard try stream.holds(length) else { return .cut(offset) }
            let again = Int(stream.number32(length - 4, order))
            guard again == length else {
                throw damage(
                    at: offset + length - 4,
                    "the block that begins at byte \(offset) has \(length) bytes at its start and \(again) at its end", keeping: offset)
            }
            var frame: CapturedFrame?
            if type == Self.interfaceDescription {
                try addInterface(stream, length: length, at: offset)
            } else {
                frame = try packet(stream, isEnhanced: type == Self.enhancedPacket, length: length, at: offset)
            }
            _ = try stream.skip(length)
            if let frame { return .frame(frame) }
        }
    }

    private mutating func startSection(_ stream: borrowing ByteStream, at offset: Int) throws(CaptureError) {
        switch (stream.number32(8, .little), stream.number32(8, .big)) {
        case (0x1A2B_3C4D, _): order = .little
        case (_, 0x1A2B_3C4D): order = .big
        default: throw damage(at: offset + 8, "the section header has no byte order", keeping: offset)
        }
        // A section's interfaces are its own.
        interfaces.removeAll()
    }

    private mutating func addInterface(_ stream: borrowing ByteStream, length: Int, at offset: Int) throws(CaptureError) {
        guard length >= 20 else { throw damage(at: offset, "an interface description of \(length) bytes is too short", keeping: offset) }
        guard interfaces.count < Self.mostInterfaces else {
            throw damage(at: offset, "more than \(Self.mostInterfaces) interfaces cannot be", keeping: offset)
        }
        var interface = Interface(link: LinkType(stream.number16(8, order)))
        var option = 16
        while option + 4 <= length - 4 {
            let code = stream.number16(option, order)
            let size = Int(stream.number16(option + 2, order))
            guard code != 0, option + 4 + size <= length - 4 else { break }
            if code == 9, size >= 1 { interface.clock.setResolution(stream[option + 4]) }
            if code == 14, size >= 8 {
                let (first, second) = (UInt64(stream.number32(option + 4, order)), UInt64(stream.number32(option + 8, order)))
                interface.clock.secondsAhead = Int64(bitPattern: order == .big ? first << 32 | second : second << 32 | first)
            }
            option += 4 + (size + 3) & ~3
        }
        interfaces.append(interface)
    }

    private func packet(
        _ stream: borrowing ByteStream, isEnhanced: Bool, length: Int, at offset: Int
    ) throws(CaptureError) -> CapturedFrame {
        guard length >= 32 else { throw damage(at: offset, "a packet block of \(length) bytes is too short", keeping: offset) }
        let index = isEnhanced ? Int(clamping: stream.number32(8, order)) : Int(stream.number16(8, order))
        guard index < interfaces.count else {
            throw damage(at: offset + 8, "a packet came in on interface \(index), and \(interfaces.count) are described", keeping: offset)
        }
        let kept = Int(stream.number32(20, order))
        guard kept <= length - 32 else {
            throw damage(at: offset + 20, "a block of \(length) bytes cannot hold a frame of \(kept)", keeping: offset)
        }
        let units = UInt64(stream.number32(12, order)) << 32 | UInt64(stream.number32(16, order))
        return CapturedFrame(
            time: interfaces[index].clock.nanoseconds(units), link: interfaces[index].link, bytes: stream.copy(28..<28 + kept),
            originalLength: max(Int(stream.number32(24, order)), kept), offset: offset)
    }

    private func damage(at offset: Int, _ problem: String, keeping good: Int) -> CaptureError {
        CaptureError(
            at: offset, "\(problem): the file is damaged here", remedy: "keep what stands before it: head --bytes=\(good) FILE")
    }
}
