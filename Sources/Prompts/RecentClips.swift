/// The clips that were fetched last, read and measured: what was not used for longest makes room.
struct RecentClips {
    private struct Entry {
        var clip: PromptClip
        var lastUse: UInt64
    }

    /// Of samples.
    let capacity: Int
    private(set) var count = 0
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0

    init(capacity: Int) { self.capacity = capacity }

    mutating func clip(_ digest: String) -> PromptClip? {
        uses &+= 1
        entries[digest]?.lastUse = uses
        return entries[digest]?.clip
    }

    /// Keeps `clip` unless it alone would take more than half of the room.
    mutating func keep(_ clip: PromptClip, as digest: String) {
        guard clip.sampleCount <= capacity / 2, entries[digest] == nil else { return }
        uses &+= 1
        entries[digest] = Entry(clip: clip, lastUse: uses)
        count += clip.sampleCount
        while count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
            count -= oldest.value.clip.sampleCount
        }
    }
}
