import RTP

/// Packets that came before others that belong before them, kept by their sequence numbers until those come or are given up. All memory is
/// taken by the initialiser.
struct PacketHold: ~Copyable {
    struct Packet {
        var sequence = SequenceNumber(0)
        var timestamp = RTPTimestamp(0)
        /// The kernel's time, ns.
        var arrival: Int64 = 0
        /// Nil for what is no sound: a telephone key, comfort noise.
        var payload: UnsafeRawBufferPointer?
    }

    private struct Slot {
        var packet = Packet()
        var isTaken = false
    }

    /// Numbers that it spans: 640 ms of packets of 10 ms.
    static let capacity = 64
    /// Octets of a payload: more than a packet of Ethernet brings.
    static let longestPayload = 1_600

    private(set) var count = 0
    /// Since when something has been waiting here, ns; for what is missing now, so 0 when nothing waits.
    private(set) var waitingSince: Int64 = 0
    private let slots: UnsafeMutablePointer<Slot>
    private let octets: UnsafeMutableRawPointer

    init() {
        slots = .allocate(capacity: Self.capacity)
        slots.initialize(repeating: Slot(), count: Self.capacity)
        // Untouched until something is held: a stream in order costs no memory.
        octets = .allocate(byteCount: Self.capacity * Self.longestPayload, alignment: 16)
    }

    deinit {
        slots.deallocate()
        octets.deallocate()
    }

    /// Keeps a copy. What is there already is a duplicate, and what is too long is not kept.
    mutating func keep(_ packet: Packet) {
        let place = Int(packet.sequence.rawValue) % Self.capacity
        guard !slots[place].isTaken, (packet.payload?.count ?? 0) <= Self.longestPayload else { return }
        var kept = packet
        if let payload = packet.payload, let start = payload.baseAddress {
            let copy = octets + place * Self.longestPayload
            copy.copyMemory(from: start, byteCount: payload.count)
            kept.payload = UnsafeRawBufferPointer(start: copy, count: payload.count)
        }
        slots[place] = Slot(packet: kept, isTaken: true)
        if count == 0 { waitingSince = packet.arrival }
        count += 1
    }

    func holds(_ sequence: SequenceNumber) -> Bool {
        let slot = slots + Int(sequence.rawValue) % Self.capacity
        return slot.pointee.isTaken && slot.pointee.packet.sequence == sequence
    }

    /// The packet of this number; its payload stands until the next `keep`.
    mutating func take(_ sequence: SequenceNumber) -> Packet? {
        guard count > 0, holds(sequence) else { return nil }
        let place = Int(sequence.rawValue) % Self.capacity
        slots[place].isTaken = false
        count -= 1
        return slots[place].packet
    }

    mutating func clear() {
        for place in 0..<Self.capacity { slots[place].isTaken = false }
        count = 0
        waitingSince = 0
    }

    /// What is missing now is another packet than before: it has been waited for since the first of those came that wait still.
    mutating func waitAnew() {
        waitingSince = 0
        guard count > 0 else { return }
        waitingSince = .max
        for place in 0..<Self.capacity where slots[place].isTaken {
            waitingSince = min(waitingSince, slots[place].packet.arrival)
        }
    }
}
