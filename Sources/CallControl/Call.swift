import AudioFiles
import MediaPlane
import RTP
import SDP
import SIP
import SIPDialogs
import SIPEvents
import Scenarios
import Timing
import Voicemail

/// One call: what SIP, the scenario and the media each know of it, held together.
final class Call {
    /// ```
    ///  invited ──answer──► answered ──BYE either way──► over
    ///     └────reject, redirect, CANCEL, lost─────────────▲
    /// ```
    enum Phase {
        case invited
        /// A 200 was sent; `acknowledged` once the ACK has come.
        case answered(acknowledged: Bool)
        case over
    }

    /// A recording from the order to the finished file.
    struct ActiveRecording {
        enum Stage {
            /// The file is being created.
            case opening
            /// The tone that callers wait for.
            case beeping(RecordingHandle, PlaybackID)
            case running(RecordingHandle)
            /// The media thread is done; the writer brings the file to disk.
            case finishing
        }

        var order: RecordingOrder
        var stage = Stage.opening
        /// The scenario (or the caller, by leaving) wants it ended.
        var isStopping = false
    }

    /// Another one once somebody has taken the caller's place (RFC 3891).
    var handle: CallHandle
    let callID: String
    let caller: String
    /// The address that the call came from.
    let peer: String
    let dialled: DialledIdentity
    /// The one host that its media may go to; nil: wherever its descriptions say.
    var onlyMediaHost: String?
    let startedAt: MonotonicTime
    var answeredAt: MonotonicTime?
    var phase = Phase.invited
    /// The INVITE's offer; nil when it made none.
    let offer: SessionDescription?
    /// What is offered to and taken from this peer.
    let capabilities: AudioCapabilities
    var media: CallMedia?
    /// What its session had counted when it last told.
    var figures: SessionStatistics?
    var run: ScenarioRun
    var scenarioName: String

    /// Makes one digit of what several sources tell of one press.
    var keys = DigitMerger()

    /// What plays. Held until the media thread is done with it.
    var playback: (playback: PlaybackID, play: PlayID?, track: PlaybackTrack)?
    /// What it is made of.
    var playing: PlayedSound?
    var isPlaybackPaused = false
    /// Tracks that were replaced or stopped while the media thread may still have been at them.
    var retired: [PlaybackTrack] = []
    var lastPlayback: UInt64 = 0
    var recording: ActiveRecording?
    /// The caller as somebody who is trusted vouches for him; empty when nobody does.
    let identity: String
    /// Work on other threads that is under way for it.
    var errands = 0
    /// The mailbox that the caller has logged in to.
    var mailbox: OpenMailbox?
    /// What is recorded for a mailbox and not delivered, or not kept as a greeting, yet.
    var pendingMessage: PendingMessage?
    var greetingDraft: String?
    /// The room that the caller is in.
    var attendance: Attendance?
    /// A `dial` step under way.
    var dialling: Dialling?
    /// Whoever he talked with is gone, and may have held him.
    var isParted = false
    /// A REFER under way.
    var transfer: (id: OrderID, progress: ReferProgress)?
    /// Since when it holds a place among the calls out: the server called whoever is there now. Nil for callers.
    var placedAt: MonotonicTime?
    /// A REFER of the caller's under way, and whether there was one before: the next needs a number (RFC 3515 §2.4.6).
    var referral: Referral?
    var wasReferred = false
    /// Music for when he is alone there. Kept, as the media thread may be at it, until the session has closed.
    var loneMusic: [PlaybackTrack] = []
    /// Events that wait for the run, so that it is never entered twice at once.
    var pendingEvents: [ScenarioEvent] = []
    var isDraining = false
    /// An OPTIONS is out to see whether a silent peer still lives.
    var isProbing = false
    var endReason = ""

    init(
        handle: CallHandle, callID: String, caller: String, peer: String = "", identity: String, dialled: DialledIdentity,
        offer: SessionDescription?,
        run: ScenarioRun,
        scenarioName: String, capabilities: AudioCapabilities = AudioCapabilities(), at now: MonotonicTime
    ) {
        self.handle = handle
        self.callID = callID
        self.caller = caller
        self.peer = peer
        self.identity = identity
        self.dialled = dialled
        self.offer = offer
        self.run = run
        self.scenarioName = scenarioName
        self.capabilities = capabilities
        startedAt = now
    }

    /// Work at the disk is under way that comes back under the present handle.
    var isRecordingOnDisk: Bool {
        switch recording?.stage {
        case .opening, .finishing: true
        case .beeping, .running, nil: false
        }
    }

    /// Whom wrong PINs are counted against: callers who withhold their number are told apart by where they call from.
    var guesser: String { !identity.isEmpty ? identity : !caller.isEmpty ? caller : "anonymous at \(peer)" }

    var isOver: Bool { if case .over = phase { true } else { false } }
    var isAnswered: Bool { if case .answered = phase { true } else { false } }

    func nextPlayback() -> PlaybackID {
        lastPlayback += 1
        return PlaybackID(lastPlayback)
    }
}
