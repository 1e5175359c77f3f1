import Audio

/// A room on its media thread: who is in it, and how far its round has come.
///
/// A round is one frame of 20 ms for everybody. In a small room it is done within its tick; a large one is cut into slices, so that
/// the sessions beside it are not kept waiting:
/// ```
///  tick      p        p + 1           p + 2
///  hear   slice 0    slice 1
///  mix                  │
///  send              slice 0         slice 1
/// ```
/// Members may leave in the middle of a round: their places stay empty until the next one begins. Who joins is served from then on.
struct RoomState: ~Copyable {
    /// Members that are heard or sent to in one tick: half a millisecond's work.
    static let slice = 200
    /// Slices at most, so that a round is over before the next begins (nine of ten ticks).
    private static let slices = 5
    /// Chimes that sound at once; more are not told apart.
    private static let chimeLimit = 8

    struct Chime {
        var samples: [Int16]
        var position = 0
        var doubler = RateDoubler()
    }

    typealias Member = UnsafeMutablePointer<SessionState>

    let id: MediaRoomID
    let settings: MediaRoomSettings
    /// The tick of ten in which a round begins, and the next room of the same one.
    var phase = 0
    var nextInPhase: UnsafeMutablePointer<RoomState>?
    /// The next of the rooms whose round goes on in the coming tick.
    var nextUnfinished: UnsafeMutablePointer<RoomState>?

    private(set) var members: UnsafeMutablePointer<Member?>
    private var capacity = 16
    /// Places in use, those that were left in this round included.
    private(set) var places = 0
    private(set) var count = 0
    /// Members who hear sound at 16 kHz.
    private(set) var wideMembers = 0

    // The round.
    private(set) var stage = 0
    private var served = 0
    private var sliceLength = 0
    private var sliceCount = 1
    /// More members than are mixed ungated.
    private(set) var isGated = false
    /// Mixed at 16 kHz as well.
    private(set) var isWide = false
    /// Of those who are no voice.
    var limiters = RoomMix.Limiters()
    /// Heard where only talkers are mixed.
    private let noise: UnsafeMutablePointer<RoomNoise>?
    /// Members heard through their gates.
    var talkers = 0
    /// The loudest of those who wait for a place, and the quietest of those who have one.
    var loudestWaiting: Member?
    var quietestTalker: Member?
    private(set) var chimes: [Chime] = []
    /// A round of several ticks needs its own; others borrow the thread's.
    private(set) var mix: UnsafeMutablePointer<RoomMix>?

    init(id: MediaRoomID, settings: MediaRoomSettings) {
        self.id = id
        self.settings = settings
        noise = settings.comfortNoise.map { level in
            let place = UnsafeMutablePointer<RoomNoise>.allocate(capacity: 1)
            place.initialize(to: RoomNoise(level: level, seed: id.number))
            return place
        }
        members = .allocate(capacity: capacity)
        members.initialize(repeating: nil, count: capacity)
    }

    deinit {
        members.deallocate()
        noise?.deallocate()
        mix?.deinitialize(count: 1)
        mix?.deallocate()
    }

    // MARK: Members

    /// Takes in a session; gives its index.
    mutating func add(_ session: Member) -> Int {
        if places == capacity { grow() }
        members[places] = session
        places += 1
        count += 1
        if count > Self.slice, mix == nil {
            let own = UnsafeMutablePointer<RoomMix>.allocate(capacity: 1)
            own.initialize(to: RoomMix(capacity: settings.voices))
            mix = own
        }
        return places - 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Member?>.allocate(capacity: 2 * capacity)
        larger.initialize(from: members, count: places)
        (larger + places).initialize(repeating: nil, count: 2 * capacity - places)
        members.deallocate()
        members = larger
        capacity *= 2
    }

    mutating func remove(_ session: Member, at index: Int, isHeard: Bool) {
        guard index < places, members[index] == session else { return }
        members[index] = nil
        count -= 1
        if isHeard, talkers > 0 { talkers -= 1 }
        if loudestWaiting == session { loudestWaiting = nil }
        if quietestTalker == session { quietestTalker = nil }
    }

    mutating func countWide(_ change: Int) { wideMembers += change }

    // MARK: Rounds

    /// Begins a round. True when the gates are to be closed: the room has just become a large one.
    mutating func begin() -> Bool {
        if count < places { closeGaps() }
        stage = 0
        served = places
        // Without memory of its own the room has one slice.
        sliceCount = mix == nil ? 1 : min(Self.slices, max(1, (served + Self.slice - 1) / Self.slice))
        sliceLength = (served + sliceCount - 1) / sliceCount
        loudestWaiting = nil
        quietestTalker = nil
        isWide = wideMembers > 0
        limiters.begin()
        let wasGated = isGated
        isGated = served > settings.everybodyUpTo
        if isGated, !wasGated { talkers = 0 }
        return isGated && !wasGated
    }

    private mutating func closeGaps() {
        var kept = 0
        for index in 0..<places {
            guard let member = members[index] else { continue }
            members[index] = nil
            members[kept] = member
            member.pointee.seat?.pointee.index = kept
            kept += 1
        }
        places = kept
    }

    /// Whether the whole round is done in one tick.
    var isWhole: Bool { sliceCount == 1 }

    /// Whom to hear in this stage, and whom to send to; empty ranges where it is not their time.
    var heard: Range<Int> { slice(stage) }
    var sent: Range<Int> { slice(stage - sliceCount + 1) }
    /// Everybody has been heard with this stage.
    var isMixComplete: Bool { stage == sliceCount - 1 }

    private func slice(_ number: Int) -> Range<Int> {
        guard number >= 0, number < sliceCount else { return 0..<0 }
        let start = min(number * sliceLength, served)
        return start..<min(start + sliceLength, served)
    }

    /// Goes on to the next stage; false when the round is over.
    mutating func nextStage() -> Bool {
        stage += 1
        return stage < 2 * sliceCount - 1
    }

    /// What sounds whoever talks.
    func mixNoise(into mix: borrowing RoomMix) {
        if isGated { noise?.pointee.add(to: mix) }
    }

    // MARK: Chimes

    var hasChimes: Bool { !chimes.isEmpty }

    mutating func add(chime: [Int16]) {
        guard chimes.count < Self.chimeLimit else { return }
        chimes.append(Chime(samples: chime))
    }

    /// Adds the next frame of all chimes to `mix`. What is over sounds no more, but is kept until `dropChimes`.
    mutating func mixChimes(into mix: borrowing RoomMix) {
        for index in chimes.indices {
            let position = chimes[index].position
            var doubler = chimes[index].doubler
            chimes[index].samples.withUnsafeBufferPointer { samples in
                guard position < samples.count, let start = samples.baseAddress else { return }
                let count = min(AudioFrame.samples, samples.count - position)
                mix.narrow.add(start + position, count: count)
                guard mix.isWide else { return }
                withUnsafeTemporaryAllocation(of: Int16.self, capacity: RoomMix.wideFrame) { doubled in
                    guard let doubled = doubled.baseAddress else { return }
                    doubler.write(start + position, count: count, into: doubled)
                    mix.wide.add(doubled, count: 2 * count)
                }
            }
            chimes[index].doubler = doubler
            chimes[index].position += AudioFrame.samples
        }
    }

    mutating func dropChimes() {
        chimes.removeAll { $0.position >= $0.samples.count }
    }
}
