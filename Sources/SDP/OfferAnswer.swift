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
        var formats = capabilities.codecs.enumerated().map { index, codec in
            PayloadFormat(payloadType: codec.staticPayloadType ?? UInt8(clamping: 110 + index), codec: codec)
        }
        if capabilities.telephoneEvents {
            // 101 is what nearly everyone uses for events.
            formats.append(PayloadFormat(payloadType: 101, codec: .telephoneEvent, parameters: "0-15"))
        }
        let audio = stream(
            formats: formats, packetTime: capabilities.preferredPacketTime, direction: direction, local: local,
            mux: false)
        var media = [audio]
        if let previous, let place = previous.media.firstIndex(where: { $0.kind == "audio" && $0.port != 0 }) {
            media = previous.media.map(refused)
            media[place] = audio
        }
        return session(local: local, timing: ["0 0"], media: media, previous: previous)
    }

    /// Our answer to `offer`. `wanted` is the direction we would like (`.sendOnly` holds the peer); the offer narrows it.
    ///
    /// `previous` is what we sent last in this dialog, nil at its start.
    package static func answer(
        to offer: SessionDescription, _ capabilities: AudioCapabilities, local: LocalMedia,
        wanted: MediaDirection = .sendReceive, previous: SessionDescription? = nil
    ) throws(OfferRejection) -> NegotiatedSession {
        if let previous, offer.media.count < previous.media.count {
            throw .malformed("Fewer m= lines than before (RFC 3264 section 8)")
        }
        let family = ConnectionAddress(local.address).family
        var media = offer.media.map(refused)
        let audio: AudioStream
        do {
            audio = try AudioStream.first(in: offer, codecs: capabilities.codecs, family: family)
        } catch {
            // RFC 3264 §8.2: a later offer may end the stream with port 0, and the answer does the same.
            guard error == .noAudio, previous != nil, !offer.media.isEmpty else { throw error }
            let answer = session(local: local, timing: offer.timing, media: media, previous: previous)
            return NegotiatedSession(answer: answer, audio: nil)
        }

        let chosen = choose(audio.formats, capabilities)
        let event = capabilities.telephoneEvents ? audio.telephoneEvent : nil
        let direction = MediaDirection(
            sends: wanted.sends && audio.peerReceives, receives: wanted.receives && audio.direction.sends)
        let mux = capabilities.rtcpMux && audio.description["rtcp-mux"] != nil
        let time = capabilities.packetTime(
            asked: audio.description.packetTime, maximum: audio.description.maximumPacketTime)
        // One codec only: an answer with several would let the peer change between them from packet to packet (RFC 3264 §7).
        var formats = [PayloadFormat(payloadType: chosen.payloadType, codec: chosen.codec)]
        if let event {
            // Event 16, the hook flash, is let through when offered, since some refuse an answer with less than they offered.
            let events = event.parameters.map { listsFlash($0) } == true ? "0-16" : "0-15"
            formats.append(PayloadFormat(payloadType: event.payloadType, codec: .telephoneEvent, parameters: events))
        }
        media[audio.index] = stream(formats: formats, packetTime: time, direction: direction, local: local, mux: mux)
        let answer = session(local: local, timing: offer.timing, media: media, previous: previous)

        let rtcp = audio.rtcp(mux: mux)
        return NegotiatedSession(
            answer: answer,
            audio: NegotiatedAudio(
                codec: chosen.codec, payloadType: chosen.payloadType,
                receivable: [.init(codec: chosen.codec, payloadType: chosen.payloadType)],
                telephoneEventPayloadType: event?.payloadType, receiveTelephoneEventPayloadType: event?.payloadType,
                packetTime: time, remoteAddress: audio.address.text, remotePort: audio.description.port,
                remoteRTCPAddress: rtcp.address, remoteRTCPPort: rtcp.port, direction: direction, rtcpMux: mux))
    }

    /// What the peer's answer to our offer means.
    package static func accept(
        _ answer: SessionDescription, to offer: SessionDescription, _ capabilities: AudioCapabilities = AudioCapabilities()
    ) throws(OfferRejection) -> NegotiatedAudio {
        guard answer.media.count == offer.media.count else {
            throw .malformed("The answer does not have the offer's m= lines (RFC 3264 section 6)")
        }
        guard let index = offer.media.firstIndex(where: { $0.kind == "audio" && $0.port != 0 }) else { throw .noAudio }
        let offered = offer.media[index].payloadFormats
        let family = (offer.connection(of: offer.media[index]) ?? offer.origin.address).family
        let audio = try AudioStream.first(in: answer, codecs: offered.map(\.codec).filter { $0 != .telephoneEvent }, family: family)
        guard audio.index == index, let chosen = audio.formats.first else {
            throw .malformed("The answer does not have the offer's m= lines (RFC 3264 section 6)")
        }
        // RFC 3264 §6.1: each side receives under the numbers of its own description.
        let receivable = audio.formats.compactMap { format in
            offered.first { $0.codec == format.codec }.map { NegotiatedAudio.Receivable(codec: $0.codec, payloadType: $0.payloadType) }
        }
        let offeredEvent = offered.first { $0.codec == .telephoneEvent }
        let event = offeredEvent == nil ? nil : audio.telephoneEvent
        let ours = offer.direction(of: offer.media[index])
        let mux = offer.media[index]["rtcp-mux"] != nil && audio.description["rtcp-mux"] != nil
        let rtcp = audio.rtcp(mux: mux)
        return NegotiatedAudio(
            codec: chosen.codec, payloadType: chosen.payloadType, receivable: receivable,
            telephoneEventPayloadType: event?.payloadType,
            // Some peers send events without saying so in the answer: what we offered stays open.
            receiveTelephoneEventPayloadType: offeredEvent?.payloadType,
            packetTime: capabilities.packetTime(asked: audio.description.packetTime, maximum: audio.description.maximumPacketTime),
            remoteAddress: audio.address.text, remotePort: audio.description.port, remoteRTCPAddress: rtcp.address,
            remoteRTCPPort: rtcp.port,
            direction: MediaDirection(sends: ours.sends && audio.peerReceives, receives: ours.receives && audio.direction.sends),
            rtcpMux: mux)
    }

    /// The offerer's first, or ours when we insist (RFC 3264 §6.1 leaves the choice to the answerer).
    private static func choose(_ formats: [PayloadFormat], _ capabilities: AudioCapabilities) -> PayloadFormat {
        guard capabilities.prefersOwnOrder else { return formats[0] }
        return capabilities.codecs.lazy.compactMap { codec in formats.first { $0.codec == codec } }.first ?? formats[0]
    }

    /// Whether an events list such as `0-15,66` or `0-16` includes event 16 (RFC 4733 §2.4.1).
    private static func listsFlash(_ events: String) -> Bool {
        events.split(separator: ",").contains { part in
            let ends = part.split(separator: "-", maxSplits: 1)
            guard let low = ends.first?.leadingNumber, let high = ends.last?.leadingNumber else { return false }
            return low <= 16 && 16 <= high
        }
    }
}
