/// Names one room for as long as the process lives.
package struct MediaRoomID: Hashable, Sendable {
    package let number: UInt64
    package init(number: UInt64) { self.number = number }
}

/// How a room mixes.
package struct MediaRoomSettings: Sendable {
    /// Up to so many members everybody is mixed, always (at most 64): nobody's first syllable depends on a level.
    package var everybodyUpTo: Int
    /// In a larger room at most so many who talk are mixed (at most 16). More than a few at once are not understood anyway, and eight
    /// leave room for laughter and a murmur of assent; everybody else shares one encoding.
    package var talkers: Int
    /// In a larger room, what is heard when nobody talks: the level of a faint noise in dBFS (RMS, of a sine); nil for dead silence.
    package var comfortNoise: Double?
    /// Members are brought to one loudness (`AutomaticGain`).
    package var levelsVoices: Bool
    /// Steady noise is taken out of what members send, which delays them by 10 ms.
    package var suppressesNoise: Bool

    package init(
        everybodyUpTo: Int = 20, talkers: Int = 8, comfortNoise: Double? = -62, levelsVoices: Bool = false, suppressesNoise: Bool = false
    ) {
        self.comfortNoise = comfortNoise
        self.levelsVoices = levelsVoices
        self.suppressesNoise = suppressesNoise
        self.everybodyUpTo = min(max(everybodyUpTo, 2), 64)
        self.talkers = min(max(talkers, 1), 16)
    }

    /// Voices in one mix at most: while places change hands, as many again fade out.
    var voices: Int { max(everybodyUpTo, 2 * talkers) }
}

/// The orders that a room takes. Sessions join it by its `id`.
package protocol MediaRoomOrders: AnyObject, Sendable {
    var id: MediaRoomID { get }
    /// Mixes a short sound (8 kHz, five seconds at most) into what everybody hears. Several may sound at once.
    func play(chime: [Int16])
    /// Ends the room. Who is in it hears nothing any more, and is in no room.
    func close()
}

/// The control side's end of one room, which lives on one media thread. May be used from any one thread at a time.
package final class MediaRoom: MediaRoomOrders {
    /// Samples of a chime that are played.
    private static let longestChime = 40_000

    package let id: MediaRoomID
    private let worker: MediaWorker
    private let plane: MediaThreads

    init(id: MediaRoomID, worker: MediaWorker, plane: MediaThreads) {
        self.id = id
        self.worker = worker
        self.plane = plane
    }

    package func play(chime: [Int16]) {
        guard !chime.isEmpty else { return }
        worker.post(.chime(id, Array(chime.prefix(Self.longestChime))))
    }

    package func close() {
        plane.forget(id)
        worker.post(.closeRoom(id))
    }
}
