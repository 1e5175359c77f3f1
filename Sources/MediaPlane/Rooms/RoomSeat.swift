import Audio
import Codecs

/// A session's place in a room. Stands in the session's block of memory; touched by the room's thread alone, as is the session.
struct RoomSeat: ~Copyable {
    let room: UnsafeMutablePointer<RoomState>
    /// Among the room's members.
    var index: Int
    /// The room's turn sends for members whose packets are as long as its frames; others have their own turns and `queue`.
    var isDriven = false
    /// Rounds in which nothing is sent yet: the session had its turn shortly before.
    var skips = 0
    /// The number of this member's voice in the present frame; nil when it adds nothing.
    var voice: Int?
    var gate = TalkGate()
    /// He hears sound at 16 kHz.
    private(set) var isWide = false
    /// Of what he hears while he is a voice.
    var limiter = Limiter()
    /// What is done to his voice; nil: nothing.
    private(set) var treatment: UnsafeMutablePointer<VoiceTreatment>?
    /// What he hears while nobody else is there.
    private var music: TrackCursor?
    private var musicForm: SoundForm?
    var queue: FrameQueue

    init(room: UnsafeMutablePointer<RoomState>, index: Int, queue: FrameQueue) {
        self.room = room
        self.index = index
        self.queue = queue
    }

    deinit {
        music?.release()
        dropTreatment()
    }

    /// The treatment is gone afterwards, but still stands in its variable.
    private func dropTreatment() {
        treatment?.deinitialize(count: 1)
        treatment?.deallocate()
    }

    /// His voice is made louder by so many decibels, besides what the room does to everybody's. Takes memory.
    mutating func treat(gain: Double) {
        let settings = room.pointee.settings
        guard settings.levelsVoices || settings.suppressesNoise || gain != 0 || treatment != nil else { return }
        if let treatment, treatment.pointee.isWide == isWide {
            treatment.pointee.gain = gain
            return
        }
        dropTreatment()
        let place = UnsafeMutablePointer<VoiceTreatment>.allocate(capacity: 1)
        place.initialize(to: VoiceTreatment(settings, gain: gain, isWide: isWide))
        treatment = place
    }

    /// Whoever orders it keeps the track until the session has left the room and another order was obeyed, or is closed.
    mutating func setMusic(_ track: PlaybackTrack?) {
        music?.release()
        music = track.map { TrackCursor($0) }
        musicForm = track?.form
    }

    /// Takes notice of the form of his sound; nil while there is none.
    mutating func settle(_ form: SoundForm?) {
        queue.use(octetsPerTick: form?.octetsPerTick ?? 1)
        let becomesWide = form == .wide
        guard becomesWide != isWide else { return }
        isWide = becomesWide
        limiter = Limiter()
        room.pointee.countWide(becomesWide ? 1 : -1)
    }

    /// Writes 20 ms of the music; false when there is none, it has ended, or a re-INVITE has left it in the wrong form.
    mutating func fillMusic(_ place: UnsafeMutablePointer<UInt8>, ticks: Int, form: SoundForm) -> Bool {
        guard musicForm == form, music?.isOver == false else { return false }
        _ = music?.fill(place, octets: ticks * form.octetsPerTick, silence: form.silence)
        return true
    }
}
