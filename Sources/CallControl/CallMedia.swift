import Codecs
import MediaPlane
import SDP
import SIP

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
    private let capabilities: AudioCapabilities
    private let local: LocalMedia
    private var sent: SessionDescription?
    /// Our offer that has no answer yet.
    private var openOffer: SessionDescription?
    package private(set) var audio: NegotiatedAudio?
    /// The session is another dialog's for now: what is agreed in this one is kept, and not set.
    private var isWaiting = false

    /// `address` is the advertised one: what stands in our descriptions, whatever we are bound to.
    package init(session: any MediaSessionOrders, address: String, sessionID: UInt64, capabilities: AudioCapabilities = AudioCapabilities())
    {
        self.session = session
        self.capabilities = capabilities
        // RFC 8866 §5.2 wants a number that grows; peers read it as a signed 64-bit value at best.
        local = LocalMedia(address: address, port: session.port, sessionID: sessionID >> 2, sessionVersion: 1)
    }

    /// The codec that playbacks are to be encoded in: known once something was agreed.
    package var codec: AudioCodec? {
        audio.flatMap { AudioCodec(encodingName: $0.codec.encodingName, clockRate: $0.codec.clockRate) }
    }

    /// Reads an offer and sees whether it could be answered, without answering it: so that a call is refused before it rings.
    package static func check(
        _ offer: Body, address: String, capabilities: AudioCapabilities = AudioCapabilities()
    ) throws(MediaRefusal) -> SessionDescription {
        let description = try parse(offer)
        let probe = LocalMedia(address: address, port: 2, sessionID: 1, sessionVersion: 1)
        do {
            _ = try OfferAnswer.answer(to: description, capabilities, local: probe)
            return description
        } catch {
            throw refusal(error, host: address)
        }
    }

    /// Answers an offer, the first or a later one, and sets the session to it.
    package mutating func answer(_ offer: Body) throws(MediaRefusal) -> Body { try answer(Self.parse(offer)) }

    package mutating func answer(_ description: SessionDescription) throws(MediaRefusal) -> Body {
        do {
            let negotiated = try OfferAnswer.answer(to: description, capabilities, local: local, previous: sent)
            sent = negotiated.answer
            openOffer = nil
            if let audio = negotiated.audio { use(audio) } else { pause() }
            return Body(contentType: Self.contentType, bytes: negotiated.answer.serialised())
        } catch {
            throw Self.refusal(error, host: local.address)
        }
    }

    /// An offer of ours, where the peer made none (RFC 3261 §13.2.1: the answer comes in the ACK).
    package mutating func offer() -> Body {
        let offer = OfferAnswer.offer(capabilities, local: local, previous: sent)
        sent = offer
        openOffer = offer
        return Body(contentType: Self.contentType, bytes: offer.serialised())
    }

    /// Somebody else takes the peer's place, in a dialog of his own: what was said to the one before binds nobody.
    package mutating func beginDialog() {
        sent = nil
        openOffer = nil
    }

    /// The same session, described in a dialog of its own, whose peer has it only from `beginUse` on.
    package func waiting() -> CallMedia {
        var other = self
        other.beginDialog()
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

    /// The answer to our offer.
    package mutating func accept(_ answer: Body) throws(MediaRefusal) {
        guard let offer = openOffer else { return }
        openOffer = nil
        let description = try Self.parse(answer)
        do {
            use(try OfferAnswer.accept(description, to: offer, capabilities))
        } catch {
            throw Self.refusal(error, host: local.address)
        }
    }

    private mutating func use(_ audio: NegotiatedAudio) {
        guard let codec = AudioCodec(encodingName: audio.codec.encodingName, clockRate: audio.codec.clockRate),
            // 0.0.0.0 (an old-fashioned hold) is an address too; the direction then says that we do not send.
            let remote = SocketAddress(host: audio.remoteAddress, port: audio.remotePort)
        else { return }
        self.audio = audio
        guard !isWaiting else { return }
        let rtcp = audio.rtcpMux ? nil : audio.remoteRTCPPort.flatMap { SocketAddress(host: audio.remoteRTCPAddress, port: $0) }
        session.use(
            MediaStream(
                remote: remote, remoteRTCP: rtcp, codec: codec, payloadType: audio.payloadType,
                receivePayloadType: audio.receivePayloadType, telephoneEventPayloadType: audio.telephoneEventPayloadType,
                receiveTelephoneEventPayloadType: audio.receiveTelephoneEventPayloadType, packetTime: audio.packetTime,
                sends: audio.direction.sends, receives: audio.direction.receives))
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
