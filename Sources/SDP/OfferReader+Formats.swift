extension OfferReader {
    /// Why each format of an audio stream was chosen or not. `chosen` is nil when the stream is refused.
    func formats(of stream: MediaDescription, chosen audio: NegotiatedAudio?) -> [SDPExplanation.Format] {
        let known = stream.payloadFormats
        var seen: Set<String> = []
        // As many as there are RTP payload types; more can only be repetitions or nonsense.
        return stream.formats.prefix(128).map { text in
            // `00` is a 0 as well.
            let isRepeated = !seen.insert(UInt8(text).map(String.init) ?? text).inserted
            let format = UInt8(text).flatMap { number in known.first { $0.payloadType == number } }
            func verdict(_ isTaken: Bool, _ why: String, _ reference: String?) -> SDPExplanation.Format {
                let codec = format.map { $0.channels == 1 ? "\($0.codec)" : "\($0.codec)/\($0.channels)" }
                return SDPExplanation.Format(format: text, codec: codec, isTaken: isTaken, why: why, reference: reference)
            }
            if isRepeated { return verdict(false, "stands there twice", "RFC 8866 section 5.14") }
            guard let format else { return unknown(text) }
            if format.codec.isTelephoneEvent { return event(format, chosen: audio, verdict) }
            if format.codec.isComfortNoise { return noise(format, chosen: audio, verdict) }
            guard capabilities.codecs.contains(format.codec) else { return verdict(false, "not spoken here", "RFC 3264 section 6.1") }
            guard format.codec.takes(channels: format.channels) else {
                return verdict(false, "more than one channel", "RFC 8866 section 6.6")
            }
            guard let audio else { return verdict(false, "the stream is refused", "RFC 3264 section 6") }
            guard format.payloadType == audio.payloadType else {
                return capabilities.prefersOwnOrder
                    ? verdict(false, "\(audio.codec) is preferred here", "RFC 3264 section 6.1")
                    : verdict(false, "\(audio.codec) comes first in the offer, and one is enough", "RFC 3264 section 6.1")
            }
            let dynamic = format.codec.staticPayloadType.map { $0 != format.payloadType } ?? false
            let why = capabilities.prefersOwnOrder ? "the first of ours that is offered" : "the first in the offer that is spoken here"
            return verdict(true, dynamic ? why + "; under the offer's number" : why, "RFC 3264 section 6.1")
        }
    }

    /// Numbers of RFC 3551 §6 that are often offered and not ours, for their names.
    private static let assigned: [UInt8: String] = [
        3: "GSM/8000", 4: "G723/8000", 10: "L16/44100/2", 11: "L16/44100", 15: "G728/8000", 18: "G729/8000",
    ]

    private func unknown(_ text: String) -> SDPExplanation.Format {
        func verdict(_ why: String, _ reference: String) -> SDPExplanation.Format {
            SDPExplanation.Format(
                format: text, codec: UInt8(text).flatMap { Self.assigned[$0] }, isTaken: false, why: why, reference: reference)
        }
        guard let number = UInt8(text), number < 128 else { return verdict("no payload type", "RFC 3550 section 5.1") }
        return number < 96
            ? verdict("not spoken here", "RFC 3551 section 6")
            : verdict("no a=rtpmap that can be read says what it is", "RFC 8866 section 6.6")
    }

    private func event(
        _ format: PayloadFormat, chosen audio: NegotiatedAudio?, _ verdict: (Bool, String, String?) -> SDPExplanation.Format
    ) -> SDPExplanation.Format {
        guard let audio else { return verdict(false, "the stream is refused", "RFC 3264 section 6") }
        if format.payloadType == audio.telephoneEventPayloadType {
            return format.codec == .telephoneEvent(besides: audio.codec)
                ? verdict(true, "digits, at the clock of the audio", "RFC 4733 section 2.1")
                : verdict(true, "digits: none at the audio's \(audio.codec.clockRate) Hz are offered", "RFC 4733 section 2.1")
        }
        guard capabilities.telephoneEvents else { return verdict(false, "digits as events are switched off here", nil) }
        guard format.codec == .telephoneEvent(besides: audio.codec) else {
            return verdict(false, "digits at another clock than the audio's \(audio.codec.clockRate) Hz", "RFC 4733 section 2.1")
        }
        return verdict(false, "an earlier format carries the digits", "RFC 4733 section 2.5")
    }

    private func noise(
        _ format: PayloadFormat, chosen audio: NegotiatedAudio?, _ verdict: (Bool, String, String?) -> SDPExplanation.Format
    ) -> SDPExplanation.Format {
        guard let audio else { return verdict(false, "the stream is refused", "RFC 3264 section 6") }
        if format.payloadType == audio.comfortNoisePayloadType {
            return verdict(true, "comfort noise, at the clock of the audio", "RFC 3389 section 4")
        }
        guard capabilities.comfortNoise else { return verdict(false, "comfort noise is switched off here", nil) }
        guard let noise = CodecName.comfortNoise(besides: audio.codec) else {
            return verdict(false, "\(audio.codec) has its own", "RFC 7587 section 3.1.3")
        }
        return format.codec == noise
            ? verdict(false, "an earlier format carries the comfort noise", "RFC 3389 section 4")
            : verdict(false, "comfort noise at another clock than the audio's \(audio.codec.clockRate) Hz", "RFC 3389 section 4")
    }
}
