/// Makes a sound a little shorter or longer without changing its pitch: a whole number of its periods is left out or played twice,
/// where the sound looks most like itself, and the two ends are blended (WSOLA: Verhelst and Roelands, 1993).
///
///     shorter   …a a a|b b b|c c c…        the blend goes from the `a`s into the `c`s: one `lag` is gone
///                      \___________/
///     longer    …a a a|b b b|c c c…        the blend goes from the `c`s back into the `b`s: one `lag` comes twice
///
/// Nothing else is touched. Works on linear samples of any rate and knows no packets: the caller shows what is to be played (and, to
/// make it longer, what was played), gets a `Splice`, gives out `overlap` blended samples and goes on where the splice says. All memory
/// is taken by the initialiser.
package struct TimeScaling: ~Copyable, @unchecked Sendable {
    /// Where a sound goes on elsewhere.
    package struct Splice: Equatable, Sendable {
        /// Samples by which the sound gets shorter or longer.
        package var lag: Int
        /// Samples to be blended.
        package var overlap: Int
        /// How much the two ends agree: 1 when they are the same.
        package var similarity: Float
    }

    /// Samples blended at a splice: 10 ms.
    package let overlap: Int
    /// The shortest and the longest piece that a splice can leave out or repeat: 2.5 and 20 ms.
    package let lags: ClosedRange<Int>
    /// Agreement from which a splice is not heard in speech.
    package static let unheard: Float = 0.85

    /// So much agreement is given up for one long piece instead of several short ones.
    private static let haste: Float = 0.05

    private var match: WaveformMatch

    /// `rate` in Hz: 8,000 or more.
    package init(rate: Int = AudioFrame.rate) {
        let rate = min(max(rate, 8_000), 192_000)
        overlap = rate / 100
        lags = rate / 400...rate / 50
        match = WaveformMatch(rate: rate, capacity: overlap + lags.upperBound)
    }

    /// The best place to leave out at most `most` of the `count` samples to be played next; nil where there are too few.
    package mutating func shorten(_ ahead: UnsafePointer<Int16>, count: Int, most: Int) -> Splice? {
        let longest = min(most, count - overlap, lags.upperBound)
        guard longest >= lags.lowerBound else { return nil }
        match.load(ahead, count: overlap + longest)
        return splice(
            match.best(at: 0, length: overlap, lags: lags.lowerBound...longest, forward: true, by: .exact, preference: Self.haste))
    }

    /// The best place to play at most `most` samples again: `sound` holds `behind` samples that were played and, after them, `overlap`
    /// to be played next.
    package mutating func lengthen(_ sound: UnsafePointer<Int16>, behind: Int, most: Int) -> Splice? {
        let longest = min(most, behind, lags.upperBound)
        guard longest >= lags.lowerBound else { return nil }
        match.load(sound + (behind - longest), count: longest + overlap)
        return splice(
            match.best(
                at: longest, length: overlap, lags: lags.lowerBound...longest, forward: false, by: .exact, preference: Self.haste))
    }

    private func splice(_ place: WaveformMatch.Place?) -> Splice? {
        place.map { Splice(lag: $0.lag, overlap: overlap, similarity: $0.similarity) }
    }

    /// Blends the splice's `overlap` samples from `sound` into those at `other` and writes them to `result`, which may be `sound`.
    package static func blend(
        _ splice: Splice, from sound: UnsafePointer<Int16>, into other: UnsafePointer<Int16>, to result: UnsafeMutablePointer<Int16>
    ) {
        let likeness = min(max(splice.similarity, 0), 1)
        for index in 0..<splice.overlap {
            let weight = Float(index + 1) / Float(splice.overlap + 1)
            let rest = 1 - weight
            // What has nothing in common (noise) loses energy where the weights meet: made up for, so that there is no dip.
            let energy = weight * weight + rest * rest + 2 * likeness * weight * rest
            let value = (Float(sound[index]) * rest + Float(other[index]) * weight) / energy.squareRoot()
            result[index] = Int16(min(max(value, -32_768), 32_767))
        }
    }
}
