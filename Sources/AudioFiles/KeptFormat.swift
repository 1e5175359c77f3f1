import CSndfile

/// What a finished recording is kept as. It is always recorded as WAV, which is whole up to its last sample whenever the power goes; the
/// others are made of the closed file.
package enum KeptFormat: String, Sendable, CaseIterable {
    case wav, flac, opus, mp3

    /// Of the file's name.
    package var pathExtension: String { rawValue }

    var sndfileFormat: Int32 {
        switch self {
        case .wav: Int32(SF_FORMAT_WAV | SF_FORMAT_PCM_16)
        case .flac: Int32(SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
        case .opus: Int32(SF_FORMAT_OGG | SF_FORMAT_OPUS)
        case .mp3: Int32(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III)
        }
    }

    /// Whether the libsndfile of this machine writes it at `rate` samples a second.
    package func isWritten(at rate: Int) -> Bool {
        var format = SF_INFO()
        format.samplerate = Int32(clamping: rate)
        format.channels = 1
        format.format = sndfileFormat
        return sf_format_check(&format) != 0
    }

    /// Whether it writes it at the rates that calls have.
    package var isAvailable: Bool { isWritten(at: 8_000) && isWritten(at: 16_000) }
}
