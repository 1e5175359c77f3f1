/// Free blocks, and how many exist at all: the bound on what a slow disk may pile up in memory.
struct RecordingBlockPool {
    let blockSamples: Int
    let limit: Int
    private var free: [RecordingBlock] = []
    private(set) var existing = 0

    init(blockSamples: Int, limit: Int) {
        self.blockSamples = blockSamples
        self.limit = max(1, limit)
        free.reserveCapacity(self.limit)
    }

    var freeCount: Int { free.count }

    /// Takes up to `count` blocks. Enough for all open recordings lie ready; only when the disk is slow and they are all under way
    /// are more made here, up to the limit.
    mutating func take(_ count: Int, into blocks: inout [RecordingBlock]) -> Int {
        var taken = 0
        while taken < count {
            if let block = free.popLast() {
                blocks.append(block)
            } else if existing < limit {
                existing += 1
                blocks.append(RecordingBlock(sampleCapacity: blockSamples))
            } else {
                break
            }
            taken += 1
        }
        return taken
    }

    mutating func giveBack(_ blocks: [RecordingBlock]) {
        free.append(contentsOf: blocks)
    }

    /// How many blocks are to be made for `recordings` under way: three each, one being filled, one in the queue and one being
    /// written. They count as existing from now on.
    mutating func shortfall(recordings: Int) -> Int {
        let missing = max(0, min(3 * recordings, limit) - existing)
        existing += missing
        return missing
    }
}
