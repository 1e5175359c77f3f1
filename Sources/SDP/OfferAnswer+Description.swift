extension OfferAnswer {
    /// A refused stream: port 0, everything else as it was (RFC 3264 §6). One format has to stay, and the name (RFC 5888 §9.1), which is
    /// how some find the stream again.
    static func refused(_ stream: MediaDescription) -> MediaDescription {
        MediaDescription(
            kind: stream.kind, port: 0, transport: stream.transport, formats: Array(stream.formats.prefix(1)),
            attributes: stream.identification.map { [SessionAttribute("mid", $0)] } ?? [])
    }

    /// What we offer, under the numbers that were agreed on before where there are any: within a session a number means one thing only
    /// (RFC 3264 §8.3.2).
    static func formats(_ capabilities: AudioCapabilities, before: [PayloadFormat]) -> [PayloadFormat] {
        var wanted = capabilities.codecs.map { codec in
            PayloadFormat(
                payloadType: codec.usualPayloadType, codec: codec, channels: codec.channels, parameters: capabilities.parameters(of: codec))
        }
        // One format of each kind for each clock rate in use: whichever codec is chosen, the events and the noise share its clock.
        func add(_ format: CodecName, _ parameters: String?) {
            guard !wanted.contains(where: { $0.codec == format }) else { return }
            wanted.append(PayloadFormat(payloadType: format.usualPayloadType, codec: format, parameters: parameters))
        }
        if capabilities.comfortNoise {
            for codec in capabilities.codecs { CodecName.comfortNoise(besides: codec).map { add($0, nil) } }
        }
        if capabilities.telephoneEvents {
            for codec in capabilities.codecs { add(.telephoneEvent(besides: codec), "0-15") }
        }
        for index in wanted.indices {
            if let known = before.first(where: { $0.codec == wanted[index].codec }) {
                wanted[index].payloadType = known.payloadType
            } else {
                func isTaken(_ number: UInt8) -> Bool {
                    before.contains { $0.payloadType == number }
                        || wanted.indices.contains { $0 != index && wanted[$0].payloadType == number }
                }
                guard isTaken(wanted[index].payloadType) else { continue }
                wanted[index].payloadType = (96...127).first { !isTaken($0) } ?? wanted[index].payloadType
            }
        }
        return wanted
    }

    /// Our audio stream.
    static func stream(
        formats: [PayloadFormat], packetTime: Int, direction: MediaDirection, local: LocalMedia, mux: Bool, identification: String?,
        transport: String = "RTP/AVP", crypto: [CryptoAttribute] = [], asksForVoIPMetrics: Bool = false
    ) -> MediaDescription {
        var attributes: [SessionAttribute] = []
        attributes.reserveCapacity(4 + 2 * formats.count)
        if let identification { attributes.append(SessionAttribute("mid", identification)) }
        for format in formats {
            // Joined, not interpolated: this is made for every call, and interpolation takes many times as long.
            let number = String(format.payloadType) + " "
            let channels = format.channels == 1 ? "" : "/" + String(format.channels)
            attributes.append(SessionAttribute("rtpmap", number + format.codec.description + channels))
            if let parameters = format.parameters { attributes.append(SessionAttribute("fmtp", number + parameters)) }
        }
        for line in crypto { attributes.append(SessionAttribute(CryptoAttribute.name, line.value)) }
        attributes.append(SessionAttribute("ptime", String(packetTime)))
        attributes.append(SessionAttribute(direction.rawValue))
        if mux {
            attributes.append(SessionAttribute("rtcp-mux"))
        } else if let port = local.rtcpPort, Int(port) != Int(local.port) + 1 {
            attributes.append(SessionAttribute("rtcp", String(port)))
        }
        if asksForVoIPMetrics { attributes.append(SessionAttribute("rtcp-xr", "voip-metrics")) }
        return MediaDescription(
            kind: "audio", port: local.port, transport: transport, formats: formats.map { String($0.payloadType) }, attributes: attributes)
    }

    /// A description of ours. RFC 3264 §8: the version rises by one when anything differs from what was sent before, and stays when not.
    static func session(
        local: LocalMedia, timing: [String], media: [MediaDescription], previous: SessionDescription?
    ) -> SessionDescription {
        let address = ConnectionAddress(local.address)
        var session = SessionDescription(
            origin: .init(
                sessionID: String(local.sessionID), sessionVersion: previous?.origin.sessionVersion ?? String(local.sessionVersion),
                address: address),
            connection: address, timing: timing, media: media)
        if let previous, session != previous {
            session.origin.sessionVersion = String((UInt64(previous.origin.sessionVersion) ?? local.sessionVersion) &+ 1)
        }
        return session
    }
}
