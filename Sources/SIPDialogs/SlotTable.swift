/// A number that a `SlotTable` gave out.
protocol SlotHandle: Hashable, Sendable {
    var number: UInt64 { get }
    init(number: UInt64)
}

/// Values under numbers that are given out once. A number tells the place of its value: finding it costs no hashing, and a change is
/// made where the value lies. Sessions and transactions are large, and each message touches them a dozen times.
struct SlotTable<Handle: SlotHandle, Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        /// Zero while it is free.
        var number: UInt64 = 0
        var value: Value?
    }

    private static var placeBits: UInt64 { 32 }
    private var slots: [Slot] = []
    /// The one used last is used next, as its memory is warm.
    private var free: [Int] = []
    private var lastSerial: UInt64
    private(set) var count = 0

    /// Serial numbers begin somewhere: far apart for the agents of one process, so that their numbers do not meet.
    init(after start: UInt64) { lastSerial = start }

    /// A number is not given out again before four thousand million others were.
    mutating func insert(_ value: Value) -> Handle {
        if free.isEmpty {
            free.append(slots.count)
            slots.append(Slot())
        }
        let place = free.removeLast()
        lastSerial &+= 1
        // Never zero, whatever the start.
        if lastSerial << Self.placeBits == 0 { lastSerial &+= 1 }
        slots[place].number = lastSerial << Self.placeBits | UInt64(place)
        slots[place].value = value
        count += 1
        return Handle(number: slots[place].number)
    }

    private func place(of handle: Handle) -> Int? {
        let place = Int(handle.number & (1 << Self.placeBits - 1))
        return place < slots.count && slots[place].number == handle.number ? place : nil
    }

    /// Nil for a number that stands no more; then a change changes nothing.
    subscript(handle: Handle) -> Value? {
        _read {
            // Lent where it lies: the array's own subscript would copy the whole value first. Nothing changes `slots` meanwhile, as a
            // read of this table is under way.
            let slot = place(of: handle).flatMap { place in slots.withUnsafeBufferPointer { $0.baseAddress.map { $0 + place } } }
            if let slot { yield slot.pointee.value } else { yield nil }
        }
        _modify {
            var none: Value?
            if let place = place(of: handle) { yield &slots[place].value } else { yield &none }
        }
    }

    @discardableResult
    mutating func remove(_ handle: Handle) -> Value? {
        guard let place = place(of: handle) else { return nil }
        let value = slots[place].value
        slots[place] = Slot()
        count -= 1
        // The memory of a flood goes back when it is over.
        if count == 0, slots.count > 1_000 {
            slots = []
            free = []
        } else {
            free.append(place)
        }
        return value
    }

    /// All that stand, with their numbers.
    var entries: [(handle: Handle, value: Value)] {
        slots.compactMap { slot in slot.value.map { (Handle(number: slot.number), $0) } }
    }
}
