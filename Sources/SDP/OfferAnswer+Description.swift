extension OfferAnswer {
    /// A refused stream: port 0, everything else as it was (RFC 3264 §6). One format has to stay.
    static func refused(_ stream: MediaDescription) -> MediaDescription {
        MediaDescription(kind: stream.kind, port: 0, transport: stream.transport, formats: Array(stream.formats.prefix(1)))
    }

    /// Our audio stream.
    static func stream(
        formats: [PayloadFormat], packetTime: Int, direction: MediaDirection, local: LocalMedia, mux: Bool
    ) -> MediaDescription {
        var attributes: [SessionAttribute] = []
        for format in formats {
            attributes.append(SessionAttribute("rtpmap", "\(format.payloadType) \(format.codec)"))
            if let parameters = format.parameters {
                attributes.append(SessionAttribute("fmtp", "\(format.payloadType) \(parameters)"))
            }
        }
        attributes.append(SessionAttribute("ptime", "\(packetTime)"))
        attributes.append(SessionAttribute(direction.rawValue))
        if mux {
            attributes.append(SessionAttribute("rtcp-mux"))
        } else if let port = local.rtcpPort, Int(port) != Int(local.port) + 1 {
            attributes.append(SessionAttribute("rtcp", "\(port)"))
        }
        return MediaDescription(
            kind: "audio", port: local.port, transport: "RTP/AVP", formats: formats.map { "\($0.payloadType)" }, attributes: attributes)
    }

    /// A description of ours. RFC 3264 §8: the version rises by one when anything differs from what was sent before, and stays when not.
    static func session(
        local: LocalMedia, timing: [String], media: [MediaDescription], previous: SessionDescription?
    ) -> SessionDescription {
        let address = ConnectionAddress(local.address)
        var session = SessionDescription(
            origin: .init(
                sessionID: "\(local.sessionID)", sessionVersion: previous?.origin.sessionVersion ?? "\(local.sessionVersion)",
                address: address),
            connection: address, timing: timing, media: media)
        if let previous, session != previous {
            session.origin.sessionVersion = "\((UInt64(previous.origin.sessionVersion) ?? local.sessionVersion) &+ 1)"
        }
        return session
    }
}
