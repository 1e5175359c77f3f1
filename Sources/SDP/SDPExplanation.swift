/// What the server would answer to an offer and why, stream by stream: for people as `text`, for programs by its coding.
///
/// The decisions are those of `OfferAnswer`; only their reasons are put into words here.
package struct SDPExplanation: Equatable, Sendable, Codable {
    /// Something about the offer that decided, or that was passed over.
    package struct Remark: Equatable, Sendable, Codable {
        /// Of the offer, counted from 1; nil when no single line says it.
        package var line: Int?
        package var text: String
        /// `RFC 3264 section 6.1`; nil where a setting of this server decides.
        package var reference: String?
    }

    package struct Format: Equatable, Sendable, Codable {
        /// As in the `m=` line.
        package var format: String
        /// `PCMU/8000`; nil when nobody says what the number means.
        package var codec: String?
        package var isTaken: Bool
        package var why: String
        package var reference: String?
    }

    package struct Stream: Equatable, Sendable, Codable {
        /// That of the `m=` line.
        package var line: Int?
        /// The value of the `m=` line.
        package var media: String
        package var isTaken: Bool
        package var formats: [Format]
        package var remarks: [Remark]
    }

    /// What holds for the audio afterwards, as this server sees it.
    package struct Agreement: Equatable, Sendable, Codable {
        package var codec: String
        package var payloadType: Int
        /// Of the telephone events; nil when none were agreed on.
        package var telephoneEvent: Int?
        /// Milliseconds.
        package var packetTime: Int
        package var direction: String
        package var address: String
        package var port: Int
        package var rtcpAddress: String
        package var rtcpPort: Int?
        package var rtcpMux: Bool
        /// `AES_CM_128_HMAC_SHA1_80`; nil in the clear.
        package var encryption: String?
    }

    /// 200, or the refusal: 400 for what cannot be read, 488 for what cannot be served.
    package var status: Int
    /// The code of the refusal's Warning header.
    package var warning: Int?
    /// Why it is refused.
    package var refusal: Remark?
    /// What concerns the whole session.
    package var session: [Remark] = []
    package var streams: [Stream] = []
    package var agreement: Agreement?
    /// The answer's text, with CRLF.
    package var answer: String?

    /// Explains an offer. `local` are this server's media addresses, the preferred one first: the answer has the one whose family the
    /// offer has. Without any the offer cannot be answered.
    package init(of offer: [UInt8], _ capabilities: AudioCapabilities = AudioCapabilities(), local: [LocalMedia]) {
        let description: SessionDescription
        do {
            description = try SessionDescription(parsing: offer)
        } catch {
            status = 400
            refusal = Remark(line: error.line > 0 ? error.line : nil, text: "\(error)", reference: error.reference)
            return
        }
        let family = OfferAnswer.addressFamily(of: description, capabilities)
        guard var ours = local.first(where: { ConnectionAddress($0.address).family == family }) ?? local.first else {
            status = 488
            refusal = Remark(text: "this server has no media address", reference: nil)
            return
        }
        // Which key it is makes no difference, and none is shown.
        if ours.keys == nil { ours.keys = LocalKeys(random: { 0 }) }
        let lines = DescriptionLines(offer)
        let reader = OfferReader(offer: description, lines: lines, capabilities: capabilities, local: ours)
        status = 200
        session = reader.sessionRemarks()
        do {
            let negotiated = try OfferAnswer.answer(to: description, capabilities, local: ours)
            streams = reader.streams(taken: negotiated)
            answer = CryptoAttribute.blanked(String(decoding: negotiated.answer.serialised(), as: UTF8.self))
            agreement = negotiated.audio.map { Agreement($0) }
        } catch {
            status = error.isMalformed ? 400 : 488
            warning = error.warningCode
            refusal = Remark(text: error.description, reference: error.reference)
            streams = reader.streams(taken: nil)
        }
    }
}

extension SDPExplanation.Agreement {
    init(_ audio: NegotiatedAudio) {
        codec = "\(audio.codec)"
        payloadType = Int(audio.payloadType)
        telephoneEvent = audio.telephoneEventPayloadType.map { Int($0) }
        packetTime = audio.packetTime
        direction = audio.direction.rawValue
        address = audio.remoteAddress
        port = Int(audio.remotePort)
        rtcpAddress = audio.remoteRTCPAddress
        rtcpPort = audio.remoteRTCPPort.map { Int($0) }
        rtcpMux = audio.rtcpMux
        encryption = audio.crypto?.suite.rawValue
    }
}

extension SDPExplanation.Remark {
    init(_ text: String, _ reference: String?, line: Int? = nil) {
        self.init(line: line, text: text, reference: reference)
    }
}

extension OfferRejection {
    /// Where it is written that this is to be refused.
    var reference: String {
        switch self {
        case .noAudio, .noCommonCodec: "RFC 3264 section 6"
        case .unsupportedTransport: "RFC 3264 section 6, RFC 4585 section 4"
        case .encryptionRequired: "RFC 3711, RFC 4568 section 5"
        case .noCommonCrypto: "RFC 4568 section 7.1.2"
        case .multiplexingRequired: "RFC 8858 section 4.3"
        case .unsupportedAddress: "RFC 6157 section 4, RFC 8866 section 5.7"
        case .malformed: "RFC 8866 section 5.7"
        }
    }
}
