/// Finds where a sound looks most like a piece of itself: the pitch period of speech, or the place to which playout can jump unheard.
///
/// The search runs on whole numbers of ten bits, which the compiler may add in any order and so many at a time, and at about 8 kHz; at
/// higher rates its result is refined on every sample. All memory is taken by the initialiser.
struct WaveformMatch: ~Copyable {
    /// A place and how much the sound there agrees: 1 when it is the same, 0 when they have nothing in common, -1 upside down.
    struct Place: Equatable {
        var lag: Int
        var similarity: Float
    }

    /// What counts as likeness.
    enum Measure {
        /// The shape alone, whatever its size: for a sound that swells and dies.
        case shape
        /// Shape and size: 1 less the energy of the difference over the energy of both.
        case exact
    }

    /// Samples at the caller's rate that one of the search's stands for.
    private let step: Int
    private let capacity: Int
    private let fine: UnsafeMutablePointer<Int16>
    private let coarse: UnsafeMutablePointer<Int16>
    private var count = 0

    /// `capacity`: the most samples that will be searched at once, at `rate` Hz.
    init(rate: Int, capacity: Int) {
        step = max(rate / 8_000, 1)
        self.capacity = capacity
        fine = .allocate(capacity: capacity)
        fine.initialize(repeating: 0, count: capacity)
        coarse = step == 1 ? fine : .allocate(capacity: capacity / step + 1)
        if step > 1 { coarse.initialize(repeating: 0, count: capacity / step + 1) }
    }

    deinit {
        if step > 1 { coarse.deallocate() }
        fine.deallocate()
    }

    /// Takes up to `capacity` samples to search in.
    mutating func load(_ samples: UnsafePointer<Int16>, count: Int) {
        self.count = min(max(count, 0), capacity)
        var peak: Int32 = 0
        for index in 0..<self.count { peak = max(peak, abs(Int32(samples[index]))) }
        // Ten bits and a sign: 2,000 products of that fit into 32 bits.
        let shift = Int16(max(22 - peak.leadingZeroBitCount, 0))
        for index in 0..<self.count { fine[index] = samples[index] >> shift }
        guard step > 1 else { return }
        for index in 0..<(self.count / step) {
            var sum: Int32 = 0
            for offset in 0..<step { sum += Int32(fine[index * step + offset]) }
            coarse[index] = Int16(truncatingIfNeeded: sum / Int32(step))
        }
    }

    /// The lag within `lags` (samples) at which `length` samples look most like those at `start`; nil where there are too few. Looks
    /// before `start`, or after it where `forward`. Of equals the shorter lag wins: a period, not a multiple of it; `preference` is the
    /// similarity that the longest lag may have less and still win.
    func best(
        at start: Int, length: Int, lags: ClosedRange<Int>, forward: Bool, by measure: Measure, preference: Float = 0
    ) -> Place? {
        guard lags.lowerBound >= step, length >= 8 * step, length <= 2_000 else { return nil }
        let reach = forward ? start + lags.upperBound + length : start + length
        guard reach <= count, forward || start >= lags.upperBound, start >= 0 else { return nil }
        let rough = Self.search(
            coarse, start / step, length / step, (lags.lowerBound + step - 1) / step...max(lags.upperBound / step, 1), forward, measure,
            preference)
        guard step > 1, let rough else { return rough }
        let near = max(rough.lag * step - step, lags.lowerBound)...min(rough.lag * step + step, lags.upperBound)
        return Self.search(fine, start, length, near, forward, measure, 0)
    }

    private static func search(
        _ sound: UnsafePointer<Int16>, _ start: Int, _ length: Int, _ lags: ClosedRange<Int>, _ forward: Bool, _ measure: Measure,
        _ preference: Float
    ) -> Place? {
        let model = sound + start
        let own = Float(product(model, model, length))
        var best: Place?
        var highest = -Float.infinity
        let slope = preference / Float(lags.upperBound)
        for lag in lags {
            let other = forward ? model + lag : model - lag
            let common = Float(product(model, other, length))
            let energy = Float(product(other, other, length))
            let similarity =
                switch measure {
                case .shape: common / ((own + 1) * (energy + 1)).squareRoot()
                case .exact: 2 * common / (own + energy + 1)
                }
            let score = similarity + slope * Float(lag)
            if score > highest {
                highest = score
                best = Place(lag: lag, similarity: similarity)
            }
        }
        return best
    }

    private static func product(_ left: UnsafePointer<Int16>, _ right: UnsafePointer<Int16>, _ count: Int) -> Int32 {
        var sum: Int32 = 0
        for index in 0..<count { sum &+= Int32(left[index]) &* Int32(right[index]) }
        return sum
    }
}
