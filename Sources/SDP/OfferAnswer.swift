/// Offer and answer (RFC 3264) for one audio stream; every other stream is refused in its place.
package enum OfferAnswer {
    /// Our offer: for a late offer in a 200, and for calls that we place.
    ///
    /// `previous` is what we sent last in this dialog: a changed description gets the next version, an unchanged one keeps its version,
    /// and its refused streams stay in their places (RFC 3264 §8).
    package static func offer(
        _ capabilities: AudioCapabilities, local: LocalMedia, direction: MediaDirection = .sendReceive,
        previous: SessionDescription? = nil
    ) -> SessionDescription {
        let place = previous.flatMap(audioPlace)
        let before = place.flatMap { place in previous.map { $0.media[place] } }
        let encryption = encryption(capabilities, local: local, before: before)
        let audio = stream(
            formats: formats(capabilities, before: before?.payloadFormats ?? []), packetTime: capabilities.preferredPacketTime,
            direction: direction, local: local,
            // RFC 5761 §5.1.1: an offer without the attribute would end what was agreed.
            mux: before?["rtcp-mux"] != nil, identification: before?.identification,
            transport: encryption.transport, crypto: encryption.lines, asksForVoIPMetrics: capabilities.voipMetrics)
        var media = (previous?.media ?? []).map(refused)
        if let place {
            media[place] = audio
        } else if let free = media.firstIndex(where: \.isAudio) {
            // RFC 3264 §8.1: the place of a stream that has ended may be taken again, and none may go away.
            media[free] = audio
        } else {
            media.append(audio)
        }
        return session(local: local, timing: ["0 0"], media: media, previous: previous)
    }

    /// Whether the first offer of a dialog could be answered from `address`, without the work of an answer: gives the codec that the
    /// answer would take.
    @discardableResult package static func check(
        _ offer: SessionDescription, _ capabilities: AudioCapabilities, address: String
    ) throws(OfferRejection) -> CodecName {
        let audio = try AudioStream.first(
            in: offer, codecs: capabilities.codecs, family: ConnectionAddress(address).family, rtcpMux: capabilities.rtcpMux,
            encryption: capabilities.encryption, place: nil)
        return choose(audio.formats, capabilities).codec
    }

    /// Our answer to `offer`. `wanted` is the direction we would like (`.sendOnly` holds the peer); the offer narrows it.
    ///
    /// `previous` is what we sent last in this dialog, nil at its start. The offer's own `o=` line is not looked at: a body that changed
    /// under the same version breaks RFC 3264 §8, and means what it says all the same.
    package static func answer(
        to offer: SessionDescription, _ capabilities: AudioCapabilities, local: LocalMedia,
        wanted: MediaDirection = .sendReceive, previous: SessionDescription? = nil
    ) throws(OfferRejection) -> NegotiatedSession {
        if let previous, offer.media.count < previous.media.count {
            throw .malformed("Fewer m= lines than before (RFC 3264 section 8)")
        }
        let family = ConnectionAddress(local.address).family
        let audio: AudioStream
        do {
            audio = try AudioStream.first(
                in: offer, codecs: capabilities.codecs, family: family, rtcpMux: capabilities.rtcpMux,
                encryption: capabilities.encryption, place: previous.flatMap(audioPlace))
        } catch {
            // RFC 3264 §8.2: a later offer may end the stream with port 0, and the answer does the same.
            guard error == .noAudio, previous != nil, endsAudio(offer) else { throw error }
            let answer = session(local: local, timing: offer.timing, media: offer.media.map(refused), previous: previous)
            return NegotiatedSession(answer: answer, audio: nil)
        }

        let chosen = choose(audio.formats, capabilities)
        let event = capabilities.telephoneEvents ? audio.telephoneEvent(besides: chosen.codec) : nil
        let direction = MediaDirection(
            sends: wanted.sends && audio.peerReceives, receives: wanted.receives && audio.direction.sends)
        let mux = capabilities.rtcpMux && audio.takesRTCPMux
        let noise = capabilities.comfortNoise ? audio.comfortNoise(besides: chosen.codec) : nil
        let time = capabilities.packetTime(
            of: chosen.codec, asked: audio.description.packetTime, maximum: audio.description.maximumPacketTime)
        // One codec only: an answer with several would let the peer change between them from packet to packet (RFC 3264 §7).
        var formats = [
            PayloadFormat(
                payloadType: chosen.payloadType, codec: chosen.codec, channels: chosen.channels,
                parameters: capabilities.parameters(of: chosen.codec))
        ]
        if let noise { formats.append(PayloadFormat(payloadType: noise.payloadType, codec: noise.codec)) }
        if let event {
            // Event 16, the hook flash, is let through when offered, since some refuse an answer with less than they offered.
            let events = event.parameters.map { listsFlash($0) } == true ? "0-16" : "0-15"
            formats.append(PayloadFormat(payloadType: event.payloadType, codec: event.codec, parameters: events))
        }
        let before = previous.flatMap(audioPlace).flatMap { place in previous.map { $0.media[place] } }
        let crypto = answered(audio, local: local, before: before)
        // Without keys of ours nothing is said in the clear that was to be encrypted.
        guard crypto != nil || audio.crypto.isEmpty else { throw .noCommonCrypto(audio.crypto.map(\.suiteName)) }
        // No `a=group`: without it no stream is bundled, and each keeps its own address (RFC 9143 §7.3). The name is given back.
        // RFC 3611 §5.2: who asks to be told may be asked to tell.
        let metrics = capabilities.voipMetrics && audio.asksForVoIPMetrics
        var ours = stream(
            formats: formats, packetTime: time, direction: direction, local: local, mux: mux,
            identification: audio.description.identification, crypto: crypto.map { [$0.line] } ?? [], asksForVoIPMetrics: metrics)
        // As they were written (RFC 3264 §6): `Audio` is the same to us, and perhaps not to the peer.
        ours.kind = audio.description.kind
        ours.transport = audio.description.transport
        let media = offer.media.indices.map { $0 == audio.index ? ours : refused(offer.media[$0]) }
        let answer = session(local: local, timing: offer.timing, media: media, previous: previous)

        let rtcp = audio.rtcp(mux: mux)
        return NegotiatedSession(
            answer: answer,
            audio: NegotiatedAudio(
                codec: chosen.codec, payloadType: chosen.payloadType,
                receivable: [.init(codec: chosen.codec, payloadType: chosen.payloadType)],
                telephoneEventPayloadType: event?.payloadType, receiveTelephoneEventPayloadType: event?.payloadType,
                packetTime: time, remoteAddress: audio.address.text, remotePort: audio.description.port,
                remoteRTCPAddress: rtcp.address, remoteRTCPPort: rtcp.port, direction: direction, rtcpMux: mux,
                telephoneEventClockRate: event?.codec.clockRate ?? chosen.codec.clockRate,
                comfortNoisePayloadType: noise?.payloadType, receiveComfortNoisePayloadType: noise?.payloadType,
                opus: chosen.opusParameters, reportsVoIPMetrics: metrics, crypto: crypto?.agreed))
    }

    /// What the peer's answer to our offer means.
    package static func accept(
        _ answer: SessionDescription, to offer: SessionDescription, _ capabilities: AudioCapabilities = AudioCapabilities()
    ) throws(OfferRejection) -> NegotiatedAudio {
        guard answer.media.count == offer.media.count else {
            throw .malformed("The answer does not have the offer's m= lines (RFC 3264 section 6)")
        }
        guard let index = audioPlace(in: offer) else { throw .noAudio }
        let offered = offer.media[index].payloadFormats
        let family = (offer.connection(of: offer.media[index]) ?? offer.origin.address).family
        let audio = try AudioStream(
            at: index, in: answer, codecs: offered.map(\.codec).filter(\.isSound), family: family, rtcpMux: true,
            encryption: encryption(after: offer.media[index], capabilities))
        let crypto = try Self.chosen(by: audio, of: offer.media[index])
        let chosen = audio.formats[0]
        // RFC 3264 §6.1: each side receives under the numbers of its own description.
        let receivable = audio.formats.compactMap { format in
            offered.first { $0.codec == format.codec }.map { NegotiatedAudio.Receivable(codec: $0.codec, payloadType: $0.payloadType) }
        }
        let answeredEvent = audio.telephoneEvent(besides: chosen.codec)
        let eventCodec = answeredEvent?.codec ?? .telephoneEvent(besides: chosen.codec)
        let offeredEvent = offered.first { $0.codec == eventCodec }
        let event = offeredEvent == nil ? nil : answeredEvent
        let noise = audio.comfortNoise(besides: chosen.codec)
        let offeredNoise = offered.first { $0.codec == noise?.codec }
        let ours = offer.direction(of: offer.media[index])
        let mux = offer.media[index]["rtcp-mux"] != nil && audio.takesRTCPMux
        let rtcp = audio.rtcp(mux: mux)
        return NegotiatedAudio(
            codec: chosen.codec, payloadType: chosen.payloadType, receivable: receivable,
            telephoneEventPayloadType: event?.payloadType,
            // Some peers send events without saying so in the answer: what we offered stays open.
            receiveTelephoneEventPayloadType: offeredEvent?.payloadType,
            packetTime: capabilities.packetTime(
                of: chosen.codec, asked: audio.description.packetTime, maximum: audio.description.maximumPacketTime),
            remoteAddress: audio.address.text, remotePort: audio.description.port, remoteRTCPAddress: rtcp.address,
            remoteRTCPPort: rtcp.port,
            direction: MediaDirection(sends: ours.sends && audio.peerReceives, receives: ours.receives && audio.direction.sends),
            rtcpMux: mux, telephoneEventClockRate: eventCodec.clockRate,
            comfortNoisePayloadType: offeredNoise == nil ? nil : noise?.payloadType,
            receiveComfortNoisePayloadType: offeredNoise?.payloadType, opus: chosen.opusParameters,
            reportsVoIPMetrics: capabilities.voipMetrics && audio.asksForVoIPMetrics, crypto: crypto)
    }

    /// The family of the address that media of an offer would go to, so that a server with both answers with its own of that family
    /// (RFC 6157 §4); nil when no stream can be used, or when nothing may be sent there yet.
    package static func addressFamily(of offer: SessionDescription, _ capabilities: AudioCapabilities) -> ConnectionAddress.Family? {
        for family in [ConnectionAddress.Family.ipv4, .ipv6] {
            let stream = try? AudioStream.first(
                in: offer, codecs: capabilities.codecs, family: family, rtcpMux: capabilities.rtcpMux, encryption: capabilities.encryption)
            if let stream, !stream.address.isUnspecified { return family }
        }
        return nil
    }

    /// The offerer's first, or ours when we insist (RFC 3264 §6.1 leaves the choice to the answerer).
    static func choose(_ formats: [PayloadFormat], _ capabilities: AudioCapabilities) -> PayloadFormat {
        guard capabilities.prefersOwnOrder else { return formats[0] }
        return capabilities.codecs.lazy.compactMap { codec in formats.first { $0.codec == codec } }.first ?? formats[0]
    }

    /// The stream in use in a description that was agreed on.
    private static func audioPlace(in session: SessionDescription) -> Int? {
        session.media.firstIndex { $0.isAudio && $0.port != 0 }
    }

    /// Whether a later offer without usable audio means that the audio shall end. One that wants fax (T.38) in its stead is to be refused
    /// as a whole, so that the audio stays (RFC 3261 §14.2), and the fax machines try to get by with it.
    private static func endsAudio(_ offer: SessionDescription) -> Bool {
        let live = offer.media.filter { $0.port != 0 }
        guard !offer.media.isEmpty, !live.contains(where: { $0.kind.lowercased() == "image" }) else { return false }
        return live.isEmpty || offer.media.contains(where: \.isAudio)
    }

    /// Whether an events list such as `0-15,66` or `0-16` includes event 16 (RFC 4733 §2.4.1).
    private static func listsFlash(_ events: String) -> Bool {
        let bytes = events.utf8.span
        var parts = FieldCursor(0..<bytes.count)
        while let part = parts.next(in: bytes, before: UInt8(ascii: ",")) {
            var ends = FieldCursor(part)
            guard let first = ends.next(in: bytes, before: UInt8(ascii: "-")), let low = bytes.leadingNumber(first),
                let high = bytes.leadingNumber(ends.rest.isEmpty ? first : ends.rest)
            else { continue }
            if low <= 16 && 16 <= high { return true }
        }
        return false
    }
}
