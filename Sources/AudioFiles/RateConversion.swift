import CSoxr

/// Converts a whole file's sound from one rate to another with libsoxr, chunk by chunk.
///
/// The filter's delay is compensated at both ends: output sample n stands at the same time as input sample n * input / output, and
/// none is cut.
final class RateConversion {
    private let state: soxr_t
    private let inputRate: Int
    private let outputRate: Int
    private var consumed = 0
    private var produced = 0
    private var chunk = [Float](repeating: 0, count: 4_096)

    /// Nil when libsoxr refuses the rates (it does so only for want of memory).
    init?(from inputRate: Int, to outputRate: Int) {
        guard inputRate > 0, outputRate > 0 else { return nil }
        // Flat up to 97 % of the lower rate's band and 140 dB down from its edge on, for 0.1 ms of CPU per second of sound: convolution
        // by FFT. At these edges libspeexdsp's best filter takes 30 times as long, keeps 95 % and lets the edge through at -73 dB.
        var quality = soxr_quality_spec(UInt(SOXR_HQ), 0)
        quality.passband_end = 0.97
        quality.stopband_begin = 1
        var format = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
        var threads = soxr_runtime_spec(1)
        var problem: soxr_error_t?
        guard let state = soxr_create(Double(inputRate), Double(outputRate), 1, &problem, &format, &quality, &threads) else { return nil }
        guard problem == nil else {
            soxr_delete(state)
            return nil
        }
        self.state = state
        self.inputRate = inputRate
        self.outputRate = outputRate
    }

    deinit {
        soxr_delete(state)
    }

    /// Converts `input` and appends what has come out of the filter.
    func convert(_ input: UnsafeBufferPointer<Float>, into output: inout [Int16]) {
        consumed += input.count
        var rest = input
        while let start = rest.baseAddress, !rest.isEmpty {
            var taken = 0
            var made = 0
            guard soxr_process(state, start, rest.count, &taken, &chunk, chunk.count, &made) == nil, taken > 0 || made > 0 else { return }
            append(made, to: &output, limit: .max)
            rest = UnsafeBufferPointer(rebasing: rest[min(taken, rest.count)...])
        }
    }

    /// Pushes the tail out of the filter; the whole output is then as long as the input, rounded up to a sample.
    func finish(into output: inout [Int16]) {
        let (product, overflow) = consumed.multipliedReportingOverflow(by: outputRate)
        guard !overflow else { return }
        let expected = (product + inputRate - 1) / inputRate
        while produced < expected {
            var made = 0
            guard soxr_process(state, nil, 0, nil, &chunk, chunk.count, &made) == nil, made > 0 else { break }
            append(made, to: &output, limit: expected)
        }
        while produced < expected {
            output.append(0)
            produced += 1
        }
    }

    private func append(_ made: Int, to output: inout [Int16], limit: Int) {
        let wanted = min(made, chunk.count, limit - produced)
        for index in 0..<max(wanted, 0) { output.append(Int16(sound: chunk[index])) }
        produced += max(wanted, 0)
    }
}

extension Int16 {
    /// A sample of full scale ±1 as 16 bits: rounded, clipped, and silence for what is no number (files may hold NaN).
    init(sound value: Float) {
        let scaled = (value * 32_768).rounded()
        if scaled >= 32_767 {
            self = .max
        } else if scaled <= -32_768 {
            self = .min
        } else {
            self = scaled.isNaN ? 0 : Int16(scaled)
        }
    }
}
