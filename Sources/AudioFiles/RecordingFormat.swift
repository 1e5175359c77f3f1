import CSndfile

/// How a recording is stored in its WAV file.
package enum RecordingEncoding: Sendable, CaseIterable {
    case pcm16, muLaw, aLaw

    package var bytesPerSample: Int { self == .pcm16 ? 2 : 1 }

    var sndfileFormat: Int32 {
        switch self {
        case .pcm16: Int32(SF_FORMAT_WAV | SF_FORMAT_PCM_16)
        case .muLaw: Int32(SF_FORMAT_WAV | SF_FORMAT_ULAW)
        case .aLaw: Int32(SF_FORMAT_WAV | SF_FORMAT_ALAW)
        }
    }
}

/// Encoding, rate and greatest length of a recording.
package struct RecordingFormat: Sendable {
    package var encoding: RecordingEncoding
    /// Samples a second.
    package var rate: Int
    /// What comes after this many samples is dropped; it bounds the file whatever time stamps a peer sends.
    package var longestSamples: Int

    /// `longestSeconds` is cut down to what fits into a WAV file of 2 GiB, which every program reads.
    package init(encoding: RecordingEncoding = .pcm16, rate: Int = 8_000, longestSeconds: Int = 4 * 3_600) {
        self.encoding = encoding
        self.rate = min(max(rate, 1_000), 192_000)
        let fitting = (Int(Int32.max) - 4_096) / encoding.bytesPerSample
        let (wanted, overflow) = max(0, longestSeconds).multipliedReportingOverflow(by: self.rate)
        longestSamples = overflow ? fitting : min(wanted, fitting)
    }
}

/// A recording that is complete on disk under its final name.
package struct FinishedRecording: Equatable, Sendable {
    package var path: String
    package var samples: Int
    /// Samples a second.
    package var rate: Int
    /// Why it is a WAV though it was to become something else.
    package var unconverted: String?

    package init(path: String, samples: Int, rate: Int) {
        self.path = path
        self.samples = samples
        self.rate = rate
    }

    package var seconds: Double { rate > 0 ? Double(samples) / Double(rate) : 0 }
}
