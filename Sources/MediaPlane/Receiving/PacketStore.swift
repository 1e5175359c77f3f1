import RTP

/// The payloads of a packet codec until their sound is played: what a jitter buffer keeps of them is a number for each tick.
///
/// ```
///  jitter buffer   7 7 7 7 8 8 8 8 . . . . 10 10 10 10      (a number a tick, none where nothing has come)
///  store           7: 43 octets, 8: 51 octets, 10: 40 octets
/// ```
/// Numbers and memory are used in turn: an old payload makes room for a new one, and is not found any more.
struct PacketStore: ~Copyable {
    /// Payloads at most; a number is an octet.
    static let count = 256
    /// A second of L16 at 16 kHz, or of Opus at its highest rate.
    private static let capacity = 1 << 16

    struct Packet {
        /// Where its octets begin, counted over all that was ever stored.
        fileprivate var start: Int64 = -1
        fileprivate var octets = 0
        /// The first of its ticks, and how many they are.
        var timestamp = RTPTimestamp(0)
        var ticks = 0
        /// Its sound has been made.
        var isDecoded = false
    }

    private let packets = UnsafeMutablePointer<Packet>.allocate(capacity: count)
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    private var end: Int64 = 0
    private var next: UInt8 = 0

    init() { packets.initialize(repeating: Packet(), count: Self.count) }

    deinit {
        packets.deallocate()
        memory.deallocate()
    }

    mutating func removeAll() { packets.update(repeating: Packet(), count: Self.count) }

    /// The number that the next payload will have.
    var nextNumber: UInt8 { next }

    /// Keeps a payload, of at most 64 KiB, under `nextNumber`.
    mutating func add(_ payload: UnsafeRawBufferPointer, timestamp: RTPTimestamp, ticks: Int) {
        guard let source = payload.baseAddress, payload.count <= Self.capacity else { return }
        let left = Self.capacity - Int(end % Int64(Self.capacity))
        // A payload lies in one piece.
        if payload.count > left { end += Int64(left) }
        (memory + Int(end % Int64(Self.capacity))).copyMemory(from: source, byteCount: payload.count)
        packets[Int(next)] = Packet(start: end, octets: payload.count, timestamp: timestamp, ticks: ticks)
        end += Int64(payload.count)
        next &+= 1
    }

    /// The packet of that number, if it holds the tick at `timestamp` and has not made room for others.
    func packet(_ number: UInt8, at timestamp: RTPTimestamp) -> Packet? {
        let packet = packets[Int(number)]
        guard packet.start >= 0, end - packet.start <= Int64(Self.capacity),
            (0..<packet.ticks).contains(packet.timestamp.distance(to: timestamp))
        else { return nil }
        return packet
    }

    /// The payload of a packet that was found: valid until the next one is added.
    func payload(of packet: Packet) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory + Int(packet.start % Int64(Self.capacity)), count: packet.octets)
    }

    func markDecoded(_ number: UInt8) { packets[Int(number)].isDecoded = true }
}
