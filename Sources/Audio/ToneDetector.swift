// How a key comes to be told, a look (5 ms) at a time:
//
//     sound      ______________/▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔\__________________________
//     looks       .    .    .   p    P    P    P    P    P    P    P    P    p    .    .    .    .    .    .
//     told                           ^suspected           ^down, at 33 ms on        ^up, at 22 ms off
//
// A look passes (p, P) when one tone of each group holds most of the energy above 600 Hz. Passing looks in a row are a candidate;
// it becomes a key when they add up to more than 33 ms and a fit of two sines to the samples themselves agrees.

/// Finds DTMF keys in linear samples at 8 kHz, within the limits of ITU-T Q.24 annex A, AT&T's column. Nothing is allocated.
///
/// All offsets and durations are in samples; offsets are counted from the first sample ever given and are right within 3 ms.
package struct ToneDetector: Sendable {
    package enum Event: Equatable, Sendable {
        /// Two tones that may be a key began here; told some 10 ms later. `down` or `dismissed` follows.
        case suspected(offset: Int)
        /// It was none, or too short.
        case dismissed(offset: Int)
        /// A key; told some 38 ms after its beginning.
        case down(Character, offset: Int)
        /// The key is released; told some 25 ms later.
        case up(Character, offset: Int, duration: Int)
    }

    /// Samples: 60 ms, more than lie between a key's beginning and the last look at it.
    private static let memory = 480
    private var ring = InlineArray<480, Int16>(repeating: 0)
    /// Samples taken so far.
    private(set) var position = 0
    private var spectrum = KeySpectrum()
    /// The powers of the last three looks, the last first.
    private var earlier: (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>) = (.zero, .zero, .zero)
    private var candidate: Candidate?
    private var held: Held?

    package init() {}

    /// The key that sounds at the end of what was heard.
    package var key: Character? { held?.key }
    /// Whether a key sounds, or what may become one.
    package var isSuspicious: Bool { held != nil || candidate?.isSuspected == true }

    /// Listens to `count` samples, any number of them, and tells what they bring, in the order of time.
    package mutating func listen(_ samples: UnsafePointer<Int16>, count: Int, _ tell: (Event) -> Void) {
        var taken = 0
        while taken < count {
            let fill = position % KeySpectrum.step
            let part = min(KeySpectrum.step - fill, count - taken)
            // The ring is a whole number of steps, so a part of one never wraps.
            let place = position % Self.memory
            for index in 0..<part { ring[unchecked: place + index] = samples[taken + index] }
            spectrum.take(samples + taken, count: part, at: fill)
            position += part
            taken += part
            if fill + part == KeySpectrum.step { look(tell) }
        }
    }

    /// Takes `count` samples of which nothing is known (a pause of the sender) as silence.
    package mutating func skip(_ count: Int, _ tell: (Event) -> Void) {
        // After a second of silence everything is forgotten, so what is longer is jumped over, in whole steps.
        let jump = max(min(count, 1 << 40) - 8_000, 0) / KeySpectrum.step * KeySpectrum.step
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: KeySpectrum.step) { silence in
            silence.initialize(repeating: 0)
            guard let silence = silence.baseAddress else { return }
            var rest = min(count, 1 << 40) - jump
            while rest > 0 {
                listen(silence, count: min(rest, KeySpectrum.step), tell)
                rest -= KeySpectrum.step
            }
        }
        position += jump
    }

    private mutating func look(_ tell: (Event) -> Void) {
        let look = spectrum.look()
        hold(look, tell)
        seek(look, tell)
        earlier = (look.power, earlier.0, earlier.1)
    }

    /// Follows the key that is down, if one is.
    private mutating func hold(_ look: KeySpectrum.Look, _ tell: (Event) -> Void) {
        guard var key = held else { return }
        if key.isReleased(look, at: position) {
            held = nil
            // What began with that key is a part of it.
            if let found = candidate, found.pair == key.pair, found.offset < key.end { dismiss(tell) }
            tell(.up(key.key, offset: key.offset, duration: max(key.end - key.offset, 0)))
        } else {
            held = key
        }
    }

    /// Looks for a key that begins.
    private mutating func seek(_ look: KeySpectrum.Look, _ tell: (Event) -> Void) {
        guard let pair = KeyPair(strongestIn: look) else {
            if candidate?.miss(look) == false { dismiss(tell) } else { decide(tell) }
            return
        }
        // The key that is down goes on: nothing new begins.
        if let held, held.pair == pair {
            dismiss(tell)
            return
        }
        if candidate == nil {
            // 10 ms do not tell a key's tones from their neighbours on the keypad: what follows a key at once is not held against that.
            let before = held == nil ? earlier.2 : .zero
            candidate = Candidate(offset: position - KeySpectrum.step, edge: held == nil ? earlier.0 : .zero, before: before)
        }
        candidate?.add(look, pair)
        if let found = candidate, found.looks == 2, !found.isSuspected, found.isAbrupt {
            candidate?.isSuspected = true
            tell(.suspected(offset: found.onset))
        }
        decide(tell)
    }

    /// Makes the candidate a key if it is one.
    private mutating func decide(_ tell: (Event) -> Void) {
        guard var found = candidate, found.duration >= Self.shortest, found.looks <= Self.patience, found.isAbrupt else { return }
        let strongest = found.pair
        let stretch = found.nextStretch()
        candidate = found
        guard let hertz = found.hertz(of: strongest), let key = fit(strongest, hertz, from: stretch) else { return }
        let offset = found.onset
        if let before = held {
            tell(.up(before.key, offset: before.offset, duration: max(min(before.end, offset) - before.offset, 0)))
        }
        held = Held(pair: key.pair, offset: offset, end: min(position - KeySpectrum.step, offset + Int(found.duration)), power: key.power)
        candidate = nil
        tell(.down(key.pair.key, offset: offset))
    }

    /// Asks the samples themselves, from number `start` on.
    private func fit(_ pair: KeyPair, _ hertz: SIMD2<Float>, from start: Int) -> KeyFit? {
        let half = SineFit.length / 2
        let middle = start + half
        guard start >= 0, start + SineFit.length <= position, start + Self.memory >= position else { return nil }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: SineFit.length) { folded in
            guard let folded = folded.baseAddress else { return nil }
            for index in 0..<half {
                let after = Float(ring[(middle + index) % Self.memory])
                let before = Float(ring[(middle - 1 - index) % Self.memory])
                (folded + index).initialize(to: after + before)
                (folded + half + index).initialize(to: after - before)
            }
            return KeyFit(pair: pair, hertz: hertz, folded: folded)
        }
    }

    private mutating func dismiss(_ tell: (Event) -> Void) {
        if let candidate, candidate.isSuspected { tell(.dismissed(offset: candidate.onset)) }
        candidate = nil
    }

    /// Samples of tone, by the measure of `Candidate.duration`: between the 23 ms that Q.24 refuses and the 40 ms that it accepts.
    private static let shortest: Float = 31 * 8
    /// Looks in which a candidate must become a key: one that is not clean in its first 100 ms is none.
    private static let patience = 20
}
