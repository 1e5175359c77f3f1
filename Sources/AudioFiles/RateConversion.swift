import CSpeexDSP

/// Converts a whole file's sound from one rate to another with libspeexdsp, chunk by chunk.
///
/// The filter delays the sound by half its length. Both ends are compensated: the leading zeros are skipped and the tail is
/// pushed out with silence, so output sample n stands at the same time as input sample n * input / output, and none is cut.
final class RateConversion {
    private let state: OpaquePointer
    private let inputRate: Int
    private let outputRate: Int
    private var consumed = 0
    private var produced = 0
    private var chunk = [Float](repeating: 0, count: 4_096)

    /// Nil when libspeexdsp refuses the rates (it does so only for want of memory).
    init?(from inputRate: Int, to outputRate: Int) {
        var code: Int32 = 0
        // Files are read once, at start: the best filter (10) costs milliseconds and keeps the band up to 97 % of the edge.
        let quality: Int32 = 10
        guard let input = UInt32(exactly: inputRate), let output = UInt32(exactly: outputRate),
            let state = speex_resampler_init(1, input, output, quality, &code), code == 0
        else { return nil }
        speex_resampler_skip_zeros(state)
        self.state = state
        self.inputRate = inputRate
        self.outputRate = outputRate
    }

    deinit {
        speex_resampler_destroy(state)
    }

    /// Converts `input` and appends what has come out of the filter.
    func convert(_ input: UnsafeBufferPointer<Float>, into output: inout [Int16]) {
        consumed += input.count
        push(input, into: &output, limit: .max)
    }

    /// Pushes the tail out of the filter; the whole output is then as long as the input, rounded up to a sample.
    func finish(into output: inout [Int16]) {
        let (product, overflow) = consumed.multipliedReportingOverflow(by: outputRate)
        guard !overflow else { return }
        let expected = (product + inputRate - 1) / inputRate
        // Rounding within the filter may leave a sample behind at exactly its latency, hence the spare.
        let latency = max(0, Int(speex_resampler_get_input_latency(state))) + inputRate / outputRate + 16
        let silence = [Float](repeating: 0, count: latency)
        silence.withUnsafeBufferPointer { push($0, into: &output, limit: expected) }
        while produced < expected {
            output.append(0)
            produced += 1
        }
    }

    private func push(_ input: UnsafeBufferPointer<Float>, into output: inout [Int16], limit: Int) {
        var rest = input
        while !rest.isEmpty, produced < limit {
            var taken = UInt32(clamping: rest.count)
            var made = UInt32(chunk.count)
            let code = speex_resampler_process_float(state, 0, rest.baseAddress, &taken, &chunk, &made)
            guard code == 0, taken > 0 || made > 0 else { return }
            let wanted = min(Int(made), limit - produced)
            for index in 0..<wanted { output.append(Int16(sound: chunk[index])) }
            produced += wanted
            rest = UnsafeBufferPointer(rebasing: rest[min(Int(taken), rest.count)...])
        }
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
