import MediaPlane
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
    }

    /// Another one with each try on another way.
    var handle: CallHandle
    let purpose: Purpose
    let target: String
    var media: CallMedia
    var phase = Phase.calling
    var answeredAt: MonotonicTime?
    /// An OPTIONS is out to see whether a silent peer still lives.
    var isProbing = false
    /// Further ways to the target, should this one lead nowhere (RFC 3263 §4.3).
    var otherWays: [Flow] = []
    /// The INVITE, for those.
    var invitation: Invitation
    /// What plays to whoever answered, kept until the media thread is done with it.
    var tracks: [PlaybackTrack] = []

    init(handle: CallHandle, purpose: Purpose, target: String, media: CallMedia, invitation: Invitation) {
        self.handle = handle
        self.purpose = purpose
        self.target = target
        self.media = media
        self.invitation = invitation
    }

    var isOver: Bool { if case .over = phase { true } else { false } }
}

/// An INVITE, but for the way that it takes.
struct Invitation {
    var uri: SIPURI
    var from: NameAddress
    var offer: Body?
    var routes: [String]
    var headers: [(String, String)]
}

/// A call that is placed to begin a scenario when it is answered.
struct Origination {
    var scenario: String
    var inputs: [String: String]
    /// Told once: nil when the scenario began, else why not.
    var whenSettled: @Sendable (StatusCode?) -> Void
}
