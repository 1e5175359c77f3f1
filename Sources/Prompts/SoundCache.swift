import AudioFiles

/// Clips at the rates that were asked for, within a bound of memory: what was not used for longest makes room.
struct SoundCache {
    struct Key: Hashable {
        var clip: ObjectIdentifier
        /// Samples a second.
        var rate: Int
    }

    private struct Entry {
        var sound: PCM
        var lastUse: UInt64
    }

    /// Of samples.
    let capacity: Int
    private(set) var count = 0
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0

    /// `capacity` in samples of two bytes.
    init(capacity: Int) { self.capacity = capacity }

    mutating func sound(_ key: Key) -> PCM? {
        uses &+= 1
        entries[key]?.lastUse = uses
        return entries[key]?.sound
    }

    /// Keeps `sound` unless it alone would take more than half of the room.
    mutating func keep(_ sound: PCM, for key: Key) {
        guard sound.samples.count <= capacity / 2, entries[key] == nil else { return }
        uses &+= 1
        entries[key] = Entry(sound: sound, lastUse: uses)
        count += sound.samples.count
        // A look at all of them: seconds of sound pass between two conversions, and there are hundreds of clips, not millions.
        while count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
            count -= oldest.value.sound.samples.count
        }
    }
}
