import Timing

// One press of a key told three times over, as some gateways do. Event and tone may come in either order; INFO may be late, and
// later still where it had to be repeated (RFC 3261 §17.1.2.2: after 0.5 s, 1.5 s, 3.5 s):
//
//     time         0        100       200       300       400       500       600 ms
//     key          ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
//     tone         ▔▔▔\___________________   what a gateway let through before it knew
//     in-band         ^5                     repeated or, after a first event, not believed
//     event            ^5                    told, or a repetition of the tone's
//     INFO                                                    ^5   a repetition

/// How a key press became known.
package enum DigitSource: String, Sendable, CaseIterable {
    /// RFC 4733.
    case telephoneEvent = "telephone-event"
    /// SIP INFO with `application/dtmf-relay` or `application/dtmf`.
    case info
    /// Its tones, in the sound.
    case inBand = "in-band"

    fileprivate var bit: UInt8 {
        switch self {
        case .telephoneEvent: 1
        case .info: 2
        case .inBand: 4
        }
    }
}

/// Makes one digit of one key press, from whichever of its sources is first.
///
/// Each source tells a press once (the receiver of events and the detector of tones see to that), so the same key twice from one source is
/// two presses, and a key from another source repeats the oldest press of that key which this source has not told yet and which is not too
/// long ago. Peers that signal their keys are believed more than the sound: what an in-band tone adds to events or INFO is left-over sound
/// or speech.
package struct DigitMerger: Sendable {
    package enum Verdict: Equatable, Sendable {
        /// A new press: pass it on, with its source.
        case told
        /// The press that this source told before.
        case repeated(of: DigitSource)
        /// The sound is not asked, since this peer signals its keys.
        case disbelieved
    }

    private struct Press: Sendable {
        var digit: Character
        var source: DigitSource
        /// The bits of all that have told it.
        var sources: UInt8
        /// When it was last known to be down; far in the future while it is held.
        var until: MonotonicTime
    }

    /// Told and not forgotten; more presses at once than anybody can have outstanding.
    private var presses = InlineArray<8, Press?>(repeating: nil)
    private var oldest = 0
    /// Whether the peer was seen to signal keys, by events or INFO, and not to have given that up.
    private var signals = false
    /// Whether it was seen to send INFO beside another source, so that each press may have a late one.
    private var doublesByInfo = false
    // In-band keys that were not believed since the last that was signalled.
    private var unheeded = 0
    private var firstUnheeded = MonotonicTime.zero

    /// Tones and events of one press: the gateway's 20 to 60 ms, the detector's 40 and a playout delay of 200.
    private static let mediaWindow = Duration.milliseconds(300)
    /// INFO goes through proxies: up to 500 ms late, and sent when the key is down or when it is up.
    private static let infoWindow = Duration.milliseconds(600)
    /// And repeated at 0.5, 1.5 and 3.5 s: as long where the peer is known to send both.
    private static let repeatedInfoWindow = Duration.seconds(4)
    /// The peer has given up signalling (a call transferred behind it) when after this time a third key comes in-band only.
    private static let patience = Duration.seconds(3)
    private static let patientKeys = 2

    package init() {}

    /// A source tells that a key is pressed. `isHeld`: that source will tell its release as well.
    package mutating func press(_ digit: Character, from source: DigitSource, isHeld: Bool = false, at now: MonotonicTime) -> Verdict {
        if source != .inBand {
            signals = true
            unheeded = 0
        }
        for step in 0..<presses.count {
            let index = (oldest + step) % presses.count
            guard var press = presses[index], press.digit == digit, press.sources & source.bit == 0,
                now - press.until <= window(press, source)
            else { continue }
            press.sources |= source.bit
            if press.until != .max { press.until = isHeld ? .max : max(press.until, now) }
            if source == .info { doublesByInfo = true }
            presses[index] = press
            return .repeated(of: press.source)
        }
        if source == .inBand, !isBelieved(at: now) { return .disbelieved }
        presses[oldest] = Press(digit: digit, source: source, sources: source.bit, until: isHeld ? .max : now)
        oldest = (oldest + 1) % presses.count
        return .told
    }

    /// A source that holds keys tells that one is up.
    package mutating func release(_ digit: Character, from source: DigitSource, at now: MonotonicTime) {
        for index in 0..<presses.count {
            if let press = presses[index], press.digit == digit, press.sources & source.bit != 0, press.until == .max {
                presses[index]?.until = now
            }
        }
    }

    /// Another sender speaks from now on (a re-INVITE, a new SSRC): how he tells his keys is not known.
    package mutating func senderChanged() {
        signals = false
        doublesByInfo = false
        unheeded = 0
        // A release that will not come.
        for index in 0..<presses.count where presses[index]?.until == .max { presses[index] = nil }
    }

    /// How long after a press `source` may repeat it.
    private func window(_ press: Press, _ source: DigitSource) -> Duration {
        if source == .info { return doublesByInfo ? Self.repeatedInfoWindow : Self.infoWindow }
        return press.sources & DigitSource.info.bit != 0 ? Self.infoWindow : Self.mediaWindow
    }

    /// Whether a key that only the sound tells of is one. Counts those that are not.
    private mutating func isBelieved(at now: MonotonicTime) -> Bool {
        guard signals else { return true }
        if unheeded == 0 { firstUnheeded = now }
        unheeded += 1
        guard unheeded > Self.patientKeys, now - firstUnheeded > Self.patience else { return false }
        signals = false
        return true
    }
}

extension MonotonicTime {
    fileprivate static var max: MonotonicTime { MonotonicTime(nanoseconds: .max) }
}
