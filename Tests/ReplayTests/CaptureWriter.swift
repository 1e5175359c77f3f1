import Codecs

/// Writes captures of RTP: microsecond pcap, Ethernet, IPv4 from 192.0.2.1 to 192.0.2.2.
struct CaptureWriter {
    /// Of the first packet, ns since 1970.
    static let start: Int64 = 1_700_000_000_000_000_000

    private var datagrams: [(time: Int64, bytes: [UInt8])] = []

    mutating func add(_ payload: [UInt8], at milliseconds: Double, from source: UInt16 = 4_000, to destination: UInt16 = 5_004) {
        func two(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }
        let udp = two(Int(source)) + two(Int(destination)) + two(payload.count + 8) + [0, 0] + payload
        let ip = [0x45, 0] + two(udp.count + 20) + [0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2] + udp
        datagrams.append((Self.start + Int64(milliseconds * 1e6), [UInt8](repeating: 2, count: 12) + [8, 0] + ip))
    }

    mutating func addRTP(
        _ payload: [UInt8], at milliseconds: Double, sequence: Int, timestamp: Int, type: UInt8 = 8, ssrc: UInt32 = 0xCAFE,
        to port: UInt16 = 5_004
    ) {
        func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        let sequence = UInt16(truncatingIfNeeded: sequence)
        let header = [0x80, type, UInt8(sequence >> 8), UInt8(truncatingIfNeeded: sequence)]
        add(header + bytes(UInt32(truncatingIfNeeded: timestamp)) + bytes(ssrc) + payload, at: milliseconds, to: port)
    }

    /// The file, in the order of arrival.
    var file: [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var file: [UInt8] = four(0xA1B2_C3D4) + [2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0] + four(262_144) + four(1)
        for datagram in datagrams.enumerated().sorted(by: { ($0.1.time, $0.0) < ($1.1.time, $1.0) }).map(\.1) {
            file += four(Int(datagram.time / 1_000_000_000)) + four(Int(datagram.time % 1_000_000_000 / 1_000))
            file += four(datagram.bytes.count) + four(datagram.bytes.count) + datagram.bytes
        }
        return file
    }

    /// A tone with a little of everything in it, so that no two packets are alike.
    static func sound(_ packet: Int) -> [UInt8] {
        (0..<160).map { sample in
            let place = packet * 160 + sample
            // Triangles of 200 and 137 samples.
            let value = abs(place % 200 - 100) * 90 + abs(place % 137 - 68) * 60 - 6_500
            return G711.aLaw(Int16(clamping: value))
        }
    }

    /// A call of A-law: `delay` of packet n in ms, nil where it is lost.
    static func call(packets: Int, firstSequence: Int = 65_500, firstStamp: Int = 0xFFFF_0000, delay: (Int) -> Double?) -> CaptureWriter {
        var writer = CaptureWriter()
        for number in 0..<packets {
            guard let late = delay(number) else { continue }
            writer.addRTP(
                sound(number), at: Double(number) * 20 + late, sequence: firstSequence + number, timestamp: firstStamp + number * 160)
        }
        return writer
    }
}
