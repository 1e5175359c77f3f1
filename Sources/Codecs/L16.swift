/// Linear samples of 16 bits, most significant octet first (RFC 3551 §4.5.11). The static payload types 10 and 11 are for 44.1 kHz, which
/// no telephone has; speech recognisers and other servers use 8 and 16 kHz under dynamic ones.
enum L16 {
    static let definition = CodecDefinition(
        // 60 ms would be 1,920 octets, more than a packet of Ethernet.
        encodingName: "L16", clockRate: 16_000, sampleRates: [16_000], packetTimes: [10, 20, 30, 40])
    static let narrowbandDefinition = CodecDefinition(encodingName: "L16", clockRate: 8_000, sampleRates: [8_000])

    /// Both must hold `count` samples.
    static func encode(_ samples: UnsafePointer<Int16>, count: Int, into bytes: UnsafeMutableRawPointer) {
        for index in 0..<count {
            bytes.storeBytes(of: samples[index].bigEndian, toByteOffset: 2 * index, as: Int16.self)
        }
    }

    /// Both must hold `count` samples.
    static func decode(_ bytes: UnsafeRawPointer, count: Int, into samples: UnsafeMutablePointer<Int16>) {
        for index in 0..<count {
            samples[index] = Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self))
        }
    }
}
