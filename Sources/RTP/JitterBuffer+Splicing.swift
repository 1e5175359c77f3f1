/// Changing the delay while sound plays: this says when and by how much, and whoever knows sound says where.
extension JitterBuffer {
    /// By how many samples the delay should change now.
    package enum Wish: Equatable, Sendable {
        /// At most so many less. `isPatient`: not before a quiet moment comes.
        case shorter(Int, isPatient: Bool)
        /// About so many more.
        case longer(Int)
    }

    /// What the delay should change by now; nil most of the time. `waited`: for how many milliseconds this has been so.
    package mutating func wish() -> (wish: Wish, waited: Int)? {
        let millisecond = Int64(clockRate) / 1_000
        guard isOpen, end > playhead, hasPlayed else { return nil }
        let excess = now - playhead - delay.target(packet: packet + reserve)
        guard excess >= 10 * millisecond || excess <= -5 * millisecond else {
            wishedSince = nil
            return nil
        }
        let began = wishedSince ?? now
        wishedSince = began
        let waited = Int((now - began) / millisecond)
        // Splices follow each other at 60 ms or more: 10 ms out of 60 is speech that a listener takes for lively.
        guard now - lastAdjustment >= 60 * millisecond else { return nil }
        if excess < 0 { return (.longer(Int(-excess)), waited) }
        // A spike may be the first of several: what made the delay longer is looked at for a second.
        guard now - lastGrowth >= 1_000 * millisecond else { return nil }
        // Up to a packet too much (the first one happened to be slow) waits for a quiet moment: undisturbed sound stays whole. In sound
        // without any, for five seconds.
        return (.shorter(Int(excess), isPatient: excess < 10 * millisecond + Int64(packet) && waited < 5_000), waited)
    }

    /// Copies sound around the playhead: at most `behind` bytes that were played and `ahead` to be played, all of which must be there.
    /// Returns how many there are of each; nil when there is no sound here.
    package func look(behind: Int, ahead: Int, into bytes: UnsafeMutableRawPointer) -> (behind: Int, ahead: Int)? {
        guard isOpen, hasPlayed, end > playhead, behind >= 0, behind <= 1_024 else { return nil }
        // What lies further back has been written over when much lies ahead.
        let kept = Int64(SampleRing.capacity) - max(end - playhead, 0)
        let back = Int(max(min(Int64(behind), playhead - soundStart, kept), 0))
        let run = ring.run(at: playhead, limit: min(ahead, Int(end - playhead)))
        guard run.isPresent, run.count > 0 else { return nil }
        ring.copy(back + run.count, before: playhead + Int64(run.count), into: bytes)
        return (back, run.count)
    }

    /// The next `overlap` samples have been given out blended into those that lie `shift` samples further on (or back, when negative):
    /// goes on there. Both must have been looked at.
    package mutating func splice(overlap: Int, shift: Int) {
        let next = playhead + Int64(overlap + shift)
        guard overlap > 0, next <= end, next >= soundStart, abs(shift) <= 1_024 else { return }
        if next >= playhead {
            ring.forget(Int(next - playhead), at: playhead)
        } else {
            ring.recall(Int(playhead - next), at: next)
        }
        if shift > 0 {
            statistics.skippedSamples += shift
        } else {
            statistics.heldSamples -= shift
        }
        playhead = next
        playedEnd = next
        now += Int64(overlap)
        lastAdjustment = now
    }

    /// How much later playout runs than it needs to, in samples; 0 when it does not.
    package var spare: Int { isOpen ? Int(max(now - playhead - delay.target(packet: packet + reserve), 0)) : 0 }

    /// Of the audio that was given out last, `count` samples are not played: playout is so much earlier.
    package mutating func leaveOut(_ count: Int) {
        guard count > 0 else { return }
        now -= Int64(count)
        lastAdjustment = now
        statistics.skippedSamples += count
    }

    /// Notes what was made up for `count` samples that were missing, `back` before the playhead: later gaps go on from that.
    package mutating func fill(_ bytes: UnsafeRawPointer, count: Int, back: Int = 0) {
        guard count > 0, count <= SampleRing.capacity else { return }
        ring.fill(UnsafeRawBufferPointer(start: bytes, count: count), at: playhead - Int64(count + back))
    }
}
