/// Deadlines of many machines, the soonest first: a binary heap with one live deadline a key.
///
/// Setting a key again or clearing it leaves the old heap entry behind; it is skipped when it comes to the top, and the
/// heap is rebuilt when more than half of it is stale, so a key that is re-armed for ever does not make it grow.
package struct DeadlineQueue<Key: Hashable> {
    fileprivate struct Entry {
        var deadline: MonotonicTime
        var key: Key
    }

    private var heap: [Entry] = []
    private var live: [Key: MonotonicTime] = [:]

    package init() {}

    package var isEmpty: Bool { live.isEmpty }
    package var count: Int { live.count }

    /// Sets, moves or (with nil) clears the deadline of `key`.
    package mutating func set(_ deadline: MonotonicTime?, for key: Key) {
        guard let deadline else {
            live[key] = nil
            return
        }
        if live[key] == deadline { return }
        live[key] = deadline
        heap.append(Entry(deadline: deadline, key: key))
        siftUp(heap.count - 1)
        if heap.count > 64, heap.count > 2 * live.count { rebuild() }
    }

    /// The soonest deadline that is still set.
    package mutating func next() -> MonotonicTime? {
        dropStale()
        return heap.first?.deadline
    }

    /// Removes and returns a key whose deadline is not after `now`, the soonest first; nil when none is due.
    package mutating func popDue(at now: MonotonicTime) -> Key? {
        dropStale()
        guard let first = heap.first, first.deadline <= now else { return nil }
        live[first.key] = nil
        removeFirst()
        return first.key
    }

    private mutating func dropStale() {
        while let first = heap.first, live[first.key] != first.deadline {
            removeFirst()
        }
    }

    private mutating func rebuild() {
        heap = live.map { Entry(deadline: $0.value, key: $0.key) }
        for index in stride(from: heap.count / 2, through: 0, by: -1) { siftDown(index) }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown(0)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].deadline < heap[parent].deadline else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

extension DeadlineQueue: Sendable where Key: Sendable {}
extension DeadlineQueue.Entry: Sendable where Key: Sendable {}
