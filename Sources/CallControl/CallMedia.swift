import Codecs
import MediaPlane
import SDP
import SIP
import SRTP

/// Why an offer or answer was not taken, as the SIP side must say it.
package struct MediaRefusal: Error {
    package var status: StatusCode
    package var headers: [(String, String)]
    package var reason: String

    package init(status: StatusCode, headers: [(String, String)], reason: String) {
        self.status = status
        self.headers = headers
        self.reason = reason
    }
}

/// The media of one call: its session, what was said about it in SDP, and what was agreed.
package struct CallMedia {
    package static let contentType = "application/sdp"

    package let session: any MediaSessionOrders
    private var capabilities: AudioCapabilities
    /// How we would encode, if the peer has no other wishes.
    private let encoding: AudioEncoder.Settings
    private var local: LocalMedia
    private var sent: SessionDescription?
    /// Our offer that has no answer yet.
    private var openOffer: SessionDescription?
    package private(set) var audio: NegotiatedAudio?
    /// The session is another dialog's for now: what is agreed in this one is kept, and not set.
    private var isWaiting = false
    /// The one host that media may go to; nil: wherever the peer says.
    package var onlyHost: String?
    /// What the peer last said of himself by an offer of his own: whoever holds does not listen (RFC 3264 §8.4).
    package private(set) var peerDirection = MediaDirection.sendReceive
    /// What we last said of our side.
    private var ownDirection = MediaDirection.sendReceive
    /// Before our offer that has no answer yet.
    private var former: (sent: SessionDescription?, direction: MediaDirection)?
    /// What the peer did not want to hear of.
    private var refusedDirection: MediaDirection?

    /// `address` is the advertised one: what stands in our descriptions, whatever we are bound to.
    package init(
        session: any MediaSessionOrders, address: String, sessionID: UInt64, capabilities: AudioCapabilities = AudioCapabilities(),
        encoding: AudioEncoder.Settings = AudioEncoder.Settings()
    ) {
        self.session = session
        self.capabilities = capabilities
        self.encoding = encoding
        // RFC 8866 §5.2 wants a number that grows; peers read it as a signed 64-bit value at best.
        local = LocalMedia(address: address, port: session.port, sessionID: sessionID >> 2, sessionVersion: 1)
        local.keys = .fresh(for: capabilities.encryption)
    }

    /// What was agreed on; nil before that.
    package var codec: AudioCodec? {
        audio.flatMap { AudioCodec(encodingName: $0.codec.encodingName, clockRate: $0.codec.clockRate) }
    }

    /// What playbacks are to be made in: known once something was agreed.
    package var form: SoundForm? { codec?.form }

    /// Reads an offer and sees whether it could be answered, without answering it: so that a call is refused before it rings.
    package static func check(
        _ offer: Body, address: String, capabilities: AudioCapabilities = AudioCapabilities()
    ) throws(MediaRefusal) -> SessionDescription {
        let description = try parse(offer)
        do {
            try OfferAnswer.check(description, capabilities, address: address)
            return description
        } catch {
            throw refusal(error, host: address)
        }
    }

    /// Answers an offer, the first or a later one, and sets the session to it. `direction` is that of whoever the peer talks with, as that
    /// one says of himself; the offer narrows it.
    package mutating func answer(_ offer: Body, as direction: MediaDirection = .sendReceive) throws(MediaRefusal) -> Body {
        try answer(Self.parse(offer), as: direction)
    }

    package mutating func answer(
        _ description: SessionDescription, as direction: MediaDirection = .sendReceive
    ) throws(MediaRefusal) -> Body {
        do {
            let negotiated = try OfferAnswer.answer(to: description, capabilities, local: local, wanted: direction, previous: sent)
            // What was agreed tells what the peer wants only where we wanted everything.
            let open =
                direction == .sendReceive
                ? negotiated : try OfferAnswer.answer(to: description, capabilities, local: local, previous: sent)
            peerDirection = open.audio?.direction.reversed ?? .inactive
            ownDirection = negotiated.audio?.direction ?? .inactive
            refusedDirection = nil
            sent = negotiated.answer
            openOffer = nil
            if let audio = negotiated.audio { use(audio) } else { pause() }
            return Body(contentType: Self.contentType, bytes: negotiated.answer.serialised())
        } catch {
            throw Self.refusal(error, host: local.address)
        }
    }

    /// An offer of ours: the first, where the peer made none (RFC 3261 §13.2.1: the answer comes in the ACK), or a later one.
    package mutating func offer(as direction: MediaDirection = .sendReceive) -> Body {
        // What is in use stays in use, if the peer has nothing against it.
        let capabilities = capabilities.preferring(audio?.codec)
        let offer = OfferAnswer.offer(capabilities, local: local, direction: direction, previous: sent)
        if openOffer == nil { former = (sent, ownDirection) }
        sent = offer
        openOffer = offer
        ownDirection = direction
        return Body(contentType: Self.contentType, bytes: offer.serialised())
    }

    /// The peer has refused our offer: all stays as it was (RFC 3261 §14.1).
    package mutating func withdraw() {
        guard let offer = openOffer, let former else { return }
        openOffer = nil
        sent = former.sent
        // The number of the refused description is used up.
        sent?.origin.sessionVersion = offer.origin.sessionVersion
        refusedDirection = ownDirection
        ownDirection = former.direction
    }

    /// Whether the peer is to be told by an offer that whoever he talks with sends or listens otherwise than he knows. Not what he has
    /// refused already, nor what makes no difference to him while he holds.
    package func isToBeTold(_ direction: MediaDirection) -> Bool {
        guard audio != nil, openOffer == nil, direction != refusedDirection else { return false }
        return direction.met(by: peerDirection) != ownDirection.met(by: peerDirection)
    }

    /// Somebody else takes the peer's place, in a dialog of his own: what was said to the one before binds nobody.
    package mutating func beginDialog() {
        sent = nil
        openOffer = nil
        (peerDirection, ownDirection, refusedDirection) = (.sendReceive, .sendReceive, nil)
        // He is not to read what goes to the other.
        local.keys = .fresh(for: capabilities.encryption)
    }

    /// What holds for whoever this dialog is with, who need not be of the mind of the one before. To be said before anything is described.
    package mutating func beginDialog(_ capabilities: AudioCapabilities) {
        self.capabilities = capabilities
        beginDialog()
    }

    /// The same session, described in a dialog of its own, whose peer has it only from `beginUse` on.
    package func waiting() -> CallMedia {
        var other = self
        other.beginDialog()
        // Whom the server calls is of its own choosing.
        other.onlyHost = nil
        other.audio = nil
        other.isWaiting = true
        return other
    }

    /// Sets the session to what was agreed here.
    package mutating func beginUse() {
        isWaiting = false
        if let audio { use(audio) }
    }

    /// Whether an offer of ours waits for its answer.
    package var awaitsAnswer: Bool { openOffer != nil }

    /// Our description of what was agreed on in this dialog; nil before that.
    package var agreed: Body? {
        guard audio != nil, openOffer == nil, let sent else { return nil }
        return Body(contentType: Self.contentType, bytes: sent.serialised())
    }

    /// The answer to our offer.
    package mutating func accept(_ answer: Body) throws(MediaRefusal) {
        guard let offer = openOffer else { return }
        openOffer = nil
        try settle(answer, to: offer)
    }

    /// What we said last was said once more to refresh the session (RFC 4028 §7.4), and this is the answer: the peer may want to hold now,
    /// or to be sent to elsewhere.
    package mutating func refresh(with answer: Body) throws(MediaRefusal) {
        guard openOffer == nil, let sent else { return }
        try settle(answer, to: sent)
    }

    private mutating func settle(_ answer: Body, to offer: SessionDescription) throws(MediaRefusal) {
        let agreed = try meaning(of: answer, to: offer)
        refusedDirection = nil
        // An answer to less than everything does not tell what the peer would want of the rest.
        if ownDirection == .sendReceive { peerDirection = agreed.direction.reversed }
        use(agreed)
    }

    /// An answer that is shown before it is given (RFC 3261 §13.2.1): the session is set to it, the offer stays open. True when something
    /// is to be heard.
    package mutating func preview(_ answer: Body) throws(MediaRefusal) -> Bool {
        guard let offer = openOffer else { return false }
        let shown = try meaning(of: answer, to: offer)
        use(shown)
        return shown.direction.receives
    }

    /// The peer has turned to another of the codecs that he accepted (RFC 3264 §6.1): both directions follow him. False when it is none.
    package mutating func turn(to payloadType: UInt8) -> Bool {
        guard var audio, let index = audio.receivable.firstIndex(where: { $0.payloadType == payloadType }), index > 0 else { return false }
        let chosen = audio.receivable.remove(at: index)
        audio.receivable.insert(chosen, at: 0)
        audio.codec = chosen.codec
        // The same number both ways, as the peer is to answer our offer with (RFC 3264 §6.1).
        audio.payloadType = payloadType
        if chosen.codec != .opus { audio.opus = nil }
        use(audio)
        return true
    }

    private func meaning(of answer: Body, to offer: SessionDescription) throws(MediaRefusal) -> NegotiatedAudio {
        let description = try Self.parse(answer)
        do {
            return try OfferAnswer.accept(description, to: offer, capabilities)
        } catch {
            throw Self.refusal(error, host: local.address)
        }
    }

    private mutating func use(_ audio: NegotiatedAudio) {
        guard let codec = AudioCodec(encodingName: audio.codec.encodingName, clockRate: audio.codec.clockRate),
            // 0.0.0.0 (an old-fashioned hold) is an address too; the direction then says that we do not send.
            let remote = destination(audio.remoteAddress, audio.remotePort)
        else { return }
        self.audio = audio
        // After a stretch in the clear nobody knows how often the numbers have wrapped: a key is not taken up again.
        if audio.crypto == nil { local.keys = .fresh(for: capabilities.encryption) }
        guard !isWaiting else { return }
        let keys = audio.crypto.flatMap { MediaKeys($0) }
        let rtcp = audio.rtcpMux ? nil : audio.remoteRTCPPort.flatMap { destination(audio.remoteRTCPAddress, $0) }
        let isInOrder = audio.crypto == nil || keys != nil
        var stream = MediaStream(
            remote: remote, remoteRTCP: rtcp, codec: codec, payloadType: audio.payloadType,
            receivePayloadType: audio.receivePayloadType, telephoneEventPayloadType: audio.telephoneEventPayloadType,
            receiveTelephoneEventPayloadType: audio.receiveTelephoneEventPayloadType, packetTime: audio.packetTime,
            // Rather nothing than in the clear what was to be encrypted.
            sends: audio.direction.sends && isInOrder, receives: audio.direction.receives && isInOrder,
            hearsKeys: audio.telephoneEventPayloadType == nil)
        stream.telephoneEventClockRate = audio.telephoneEventClockRate
        let others = audio.receivable.dropFirst().filter {
            AudioCodec(encodingName: $0.codec.encodingName, clockRate: $0.codec.clockRate) != nil
        }
        for (index, other) in others.prefix(4).enumerated() { stream.otherPayloadTypes[index] = other.payloadType }
        stream.comfortNoisePayloadType = audio.comfortNoisePayloadType
        stream.receiveComfortNoisePayloadType = audio.receiveComfortNoisePayloadType
        stream.reportsVoIPMetrics = audio.reportsVoIPMetrics
        stream.encoding = audio.opus.map { encoding.narrowed(to: $0) } ?? encoding
        session.use(stream, keys: keys)
    }

    /// Where packets go that the peer wants at `host`. Whoever may name no other host than his own gets them there: most of them sit behind
    /// a NAT and name an address that nobody can reach. Where that host is of the other address family nothing goes out before something
    /// has come in.
    private func destination(_ host: String, _ port: UInt16) -> SocketAddress? {
        guard let onlyHost, !ConnectionAddress(host).isUnspecified else { return SocketAddress(host: host, port: port) }
        let isSameFamily = ConnectionAddress(onlyHost).family == ConnectionAddress(local.address).family
        return SocketAddress(host: isSameFamily ? onlyHost : host.contains(":") ? "::" : "0.0.0.0", port: port)
    }

    /// A later offer took the stream away: nothing flows until one brings it back.
    private mutating func pause() {
        guard var audio else { return }
        audio.direction = .inactive
        use(audio)
    }

    private static func parse(_ body: Body) throws(MediaRefusal) -> SessionDescription {
        do {
            return try SessionDescription(parsing: body.bytes)
        } catch {
            throw MediaRefusal(status: .badRequest, headers: [], reason: "\(error)")
        }
    }

    /// RFC 3261 §21.4.26 and §20.43: 488 with a Warning that says why.
    private static func refusal(_ rejection: OfferRejection, host: String) -> MediaRefusal {
        guard let code = rejection.warningCode else {
            return MediaRefusal(status: .badRequest, headers: [], reason: rejection.description)
        }
        return MediaRefusal(
            status: .notAcceptableHere, headers: [("Warning", "\(code) \(host) \"\(rejection.description)\"")],
            reason: rejection.description)
    }
}

extension MediaDirection {
    /// What is left of it with a peer of that direction.
    fileprivate func met(by peer: MediaDirection) -> MediaDirection {
        MediaDirection(sends: sends && peer.receives, receives: receives && peer.sends)
    }
}

extension AudioEncoder.Settings {
    /// As the peer wants his Opus (RFC 7587 §6.1): nothing is sent of which he can make no use.
    func narrowed(to peer: OpusParameters) -> AudioEncoder.Settings {
        var settings = self
        settings.bitrate = min(bitrate, peer.maximumAverageBitrate ?? bitrate)
        settings.playbackRate = min(playbackRate, peer.maximumPlaybackRate)
        settings.isConstantBitrate = isConstantBitrate || peer.wantsConstantBitrate
        settings.usesFEC = usesFEC && peer.usesInbandFEC
        settings.usesDTX = usesDTX && peer.usesDTX
        return settings
    }
}
