import CSpeexDSP

/// Takes steady noise out of one voice, by libspeexdsp: a fan, a road, the hiss of a line. Delays the sound by `delay`.
struct NoiseSuppression: ~Copyable {
    /// Decibels by which noise is brought down at most. More is heard in the voice as well.
    private static let depth: Int32 = -15
    /// Samples that the library takes at once: 10 ms, which are also its delay.
    private let frame: Int
    private let state: OpaquePointer

    /// Takes memory: not on the way of a packet. `rate` in hertz. Nil for want of memory.
    init?(rate: Int) {
        frame = rate / 100
        guard let state = speex_preprocess_state_init(Int32(frame), Int32(rate)) else { return nil }
        self.state = state
        var depth = Self.depth
        speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &depth)
    }

    deinit { speex_preprocess_state_destroy(state) }

    /// In place; `count` is a whole number of 10 ms.
    func apply(to samples: UnsafeMutablePointer<Int16>, count: Int) {
        for start in stride(from: 0, through: count - frame, by: frame) { _ = speex_preprocess_run(state, samples + start) }
    }
}
