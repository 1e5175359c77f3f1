/// Deadlines of many machines, the soonest first: a binary heap with one live deadline a key.
///
/// Setting a key again or clearing it leaves the old heap entry behind; it is skipped when it comes to the top, and the
/// heap is rebuilt when more than half of it is stale, so a key that is re-armed for ever does not make it grow. The heap names
/// places and not keys: moving its entries costs no hashing and no reference counting. It is public and inlinable, unlike
/// all else: the compiler specialises nothing of `package` access for another module, and every message of every call sets some.
public struct DeadlineQueue<Key: Hashable> {
    @usableFromInline struct Entry {
        @usableFromInline var deadline: MonotonicTime
        @usableFromInline var place: Int
        @usableFromInline var generation: UInt64

        @inlinable init(deadline: MonotonicTime, place: Int, generation: UInt64) {
            self.deadline = deadline
            self.place = place
            self.generation = generation
        }
    }

    @usableFromInline struct Place {
        /// Nil while it is free.
        @usableFromInline var key: Key?
        @usableFromInline var deadline = MonotonicTime.zero
        /// Another one with each deadline: an entry of an older one is stale.
        @usableFromInline var generation: UInt64 = 0

        @inlinable init(key: Key?) { self.key = key }
    }

    @usableFromInline var heap: [Entry] = []
    @usableFromInline var places: [Place] = []
    @usableFromInline var free: [Int] = []
    @usableFromInline var live: [Key: Int] = [:]

    @inlinable public init() {}

    @inlinable public var isEmpty: Bool { live.isEmpty }
    @inlinable public var count: Int { live.count }

    /// Sets, moves or (with nil) clears the deadline of `key`.
    @inlinable public mutating func set(_ deadline: MonotonicTime?, for key: Key) {
        guard let deadline else {
            if let place = live.removeValue(forKey: key) { release(place) }
            return
        }
        let place: Int
        if let known = live[key] {
            if places[known].deadline == deadline { return }
            place = known
        } else {
            place = take(for: key)
        }
        places[place].deadline = deadline
        places[place].generation &+= 1
        heap.append(Entry(deadline: deadline, place: place, generation: places[place].generation))
        siftUp(heap.count - 1)
        if heap.count > 64, heap.count > 2 * live.count { rebuild() }
    }

    /// The soonest deadline that is still set.
    @inlinable public mutating func next() -> MonotonicTime? {
        dropStale()
        return heap.first?.deadline
    }

    /// Removes and returns a key whose deadline is not after `now`, the soonest first; nil when none is due.
    @inlinable public mutating func popDue(at now: MonotonicTime) -> Key? {
        dropStale()
        guard let first = heap.first, first.deadline <= now, let key = places[first.place].key else { return nil }
        live[key] = nil
        release(first.place)
        removeFirst()
        return key
    }

    @inlinable mutating func take(for key: Key) -> Int {
        let place: Int
        if let last = free.popLast() {
            place = last
            places[place].key = key
        } else {
            place = places.count
            places.append(Place(key: key))
        }
        live[key] = place
        return place
    }

    @inlinable mutating func release(_ place: Int) {
        places[place].key = nil
        places[place].generation &+= 1
        free.append(place)
    }

    @inlinable mutating func dropStale() {
        while let first = heap.first, places[first.place].generation != first.generation { removeFirst() }
    }

    @inlinable mutating func rebuild() {
        heap.removeAll { places[$0.place].generation != $0.generation }
        for index in stride(from: heap.count / 2, through: 0, by: -1) { siftDown(index) }
    }

    @inlinable mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown(0)
    }

    @inlinable mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].deadline < heap[parent].deadline else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    @inlinable mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, heap[left].deadline < heap[least].deadline { least = left }
            if left + 1 < heap.count, heap[left + 1].deadline < heap[least].deadline { least = left + 1 }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

extension DeadlineQueue: Sendable where Key: Sendable {}
extension DeadlineQueue.Entry: Sendable where Key: Sendable {}
extension DeadlineQueue.Place: Sendable where Key: Sendable {}
