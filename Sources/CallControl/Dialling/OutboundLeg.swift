import MediaPlane
import RTP
import SIP
import SIPDialogs
import Timing

/// A call that the server places: for a `dial` step, or to begin a scenario with somebody.
final class OutboundLeg {
    /// ```
    ///  calling ──2xx──► answered ──BYE either way──► over
    ///     └──refused, cancelled, no way──────────────▲
    /// ```
    enum Phase {
        case calling
        case answered
        case over
    }

    enum Purpose {
        /// Leg of this number in the attempt of that call.
        case dial(Call, leg: Int)
        case originate(Origination)
        /// To whom a REFER points; talks on the session of the one who sent it.
        case refer(Referral)
    }

    /// Another one with each try on another way.
    var handle: CallHandle
    let purpose: Purpose
    /// Another one once a REFER has put somebody else in the place.
    var target: String
    var media: CallMedia
    /// What its session had counted when it last told.
    var figures: SessionStatistics?
    var phase = Phase.calling
    var answeredAt: MonotonicTime?
    /// An OPTIONS is out to see whether a silent peer still lives.
    var isProbing = false
    /// A REFER of whoever was called under way, and whether there was one before.
    var referral: Referral?
    var wasReferred = false
    /// The way that it took.
    var way: Flow
    /// Further ways to the target, should this one lead nowhere (RFC 3263 §4.3).
    var otherWays: [Flow] = []
    /// The INVITE, for those.
    var invitation: Invitation
    /// Makes one digit of what several sources tell of one press.
    var keys = DigitMerger()
    /// What plays to whoever answered, kept until the media thread is done with it.
    var tracks: [PlaybackTrack] = []

    init(handle: CallHandle, purpose: Purpose, target: String, media: CallMedia, invitation: Invitation, way: Flow) {
        self.handle = handle
        self.purpose = purpose
        self.target = target
        self.media = media
        self.invitation = invitation
        self.way = way
    }

    /// The answers in reliable provisional responses, by the branch of the fork that they are of: each branch has one for good (RFC 3262
    /// §5, RFC 6337 §3.1.1).
    var reliableAnswers: [String: Body] = [:]
    /// The branch whose early sound is heard.
    var earlyBranch: String?
    /// More branches than this are not kept in mind.
    static let branchLimit = 16
    /// Whether its media session is another's.
    var isGuest: Bool { if case .refer = purpose { true } else { false } }
    var isOver: Bool { if case .over = phase { true } else { false } }
}

/// An INVITE, but for the way that it takes.
struct Invitation {
    var uri: SIPURI
    var from: NameAddress
    var offer: Body?
    /// The offer and what goes beside it; nil: it goes alone.
    var enclosed: Body?
    var routes: [String]
    var headers: [(String, String)]
}

/// A call that is placed to begin a scenario when it is answered.
struct Origination {
    var scenario: String
    var inputs: [String: String]
    /// What whoever answers is taken to have dialled; the target's own number when nil.
    var dialled: DialledIdentity?
    /// Told once: nil when the scenario began, else why not.
    var whenSettled: @Sendable (StatusCode?) -> Void
}
