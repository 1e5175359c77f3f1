import SDP

/// What must hold for any bytes taken as a session description: as an offer, as a later offer, and as the answer to ours. The first byte
/// chooses our side.
enum SDPFuzzing {
    private static let local = with(LocalMedia(address: "192.0.2.10", port: 20_000, sessionID: 42, sessionVersion: 1), key: 1)
    private static let localIPv6 = with(
        LocalMedia(address: "2001:db8::10", port: 20_002, rtcpPort: 20_009, sessionID: 43, sessionVersion: 7), key: 2)

    private static func with(_ local: LocalMedia, key: UInt64) -> LocalMedia {
        var local = local
        local.keys = LocalKeys(random: { key })
        return local
    }

    static func check(_ bytes: [UInt8]) throws(Surprise) {
        guard let choice = bytes.first else { return }
        let bytes = Array(bytes.dropFirst())
        let codecs: [CodecName] = choice & 32 != 0 ? [.opus, .g722, .l16, .pcmu, .pcma, .l16Narrowband] : [.pcmu, .pcma]
        var capabilities = AudioCapabilities(
            codecs: codecs, prefersOwnOrder: choice & 1 != 0, rtcpMux: choice & 2 != 0, comfortNoise: choice & 64 != 0)
        capabilities.encryption = MediaEncryption.allCases[Int(choice >> 5) % MediaEncryption.allCases.count]
        let local = choice & 4 != 0 ? localIPv6 : local
        let wanted = MediaDirection.allCases[Int(choice >> 3) % MediaDirection.allCases.count]

        let explanation = SDPExplanation(of: bytes, capabilities, local: [Self.local, localIPv6])
        let lines = explanation.text.split(separator: "\n")
        try Surprise.unless(lines.count <= 20_000, "\(lines.count) lines of explanation")
        try Surprise.unless(
            !explanation.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7F...0x9F).contains($0.value) },
            "control characters in the explanation")
        guard let offer = try? SessionDescription(parsing: bytes) else {
            return try Surprise.unless(explanation.status == 400, "status \(explanation.status) for what cannot be read")
        }
        try Surprise.unless((explanation.answer != nil) == (explanation.status == 200), "status \(explanation.status)")
        try checkRewriting(offer)
        try checkAnswer(offer, capabilities, local, wanted)
        if let audio = try? OfferAnswer.accept(offer, to: OfferAnswer.offer(capabilities, local: local), capabilities) {
            try checkAudio(audio)
        }
        _ = OfferAnswer.addressFamily(of: offer, capabilities)
        // What the peer described before may be what we are asked to repeat.
        _ = OfferAnswer.offer(capabilities, local: local, direction: wanted, previous: offer)
    }

    private static func checkRewriting(_ session: SessionDescription) throws(Surprise) {
        let written = session.serialised()
        guard written.count <= SessionDescription.maximumLength else { return }
        let again = try Surprise.ifThrown("what was written cannot be read: \(String(decoding: written, as: UTF8.self))") {
            () throws(SDPParseError) in try SessionDescription(parsing: written)
        }
        try Surprise.unless(again == session, "another description: \(again)")
    }

    private static func checkAnswer(
        _ offer: SessionDescription, _ capabilities: AudioCapabilities, _ local: LocalMedia, _ wanted: MediaDirection
    ) throws(Surprise) {
        let result: NegotiatedSession
        do {
            result = try OfferAnswer.answer(to: offer, capabilities, local: local, wanted: wanted)
        } catch {
            let text = error.description
            return try Surprise.unless(
                text.utf8.count <= 400 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 }, "no Warning text: \(text)")
        }
        let answer = result.answer
        try checkRewriting(answer)
        try Surprise.unless(answer.media.count == offer.media.count && answer.timing == offer.timing, "the answer does not match")
        for (asked, given) in zip(offer.media, answer.media) {
            try Surprise.unless(given.kind == asked.kind && given.transport == asked.transport, "another stream")
            try Surprise.unless(!given.formats.isEmpty && given.formats.allSatisfy(asked.formats.contains), "a format not offered")
            try Surprise.unless(asked.port != 0 || given.port == 0, "a stream that was off is on")
        }
        try Surprise.unless(answer.media.filter { $0.port != 0 }.count == (result.audio == nil ? 0 : 1), "more than one stream")
        if let audio = result.audio {
            try checkAudio(audio)
            try Surprise.unless(!(audio.direction.sends && !wanted.sends), "sends unwanted")
        }
        let again = try Surprise.ifThrown("refused when it came again") { () throws(OfferRejection) in
            try OfferAnswer.answer(to: offer, capabilities, local: local, wanted: wanted, previous: answer)
        }
        try Surprise.unless(again.answer == answer, "the same offer changes the answer")
        // And our next offer after this one keeps each stream in its place.
        let next = OfferAnswer.offer(capabilities, local: local, previous: answer)
        try Surprise.unless(next.media.count >= answer.media.count, "a stream has gone")
        try checkRewriting(next)
        _ = try? OfferAnswer.accept(offer, to: next, capabilities)
    }

    private static func checkAudio(_ audio: NegotiatedAudio) throws(Surprise) {
        try Surprise.unless((10...60).contains(audio.packetTime) && audio.packetTime % 10 == 0, "packets of \(audio.packetTime) ms")
        try Surprise.unless(audio.payloadType < 128 && !audio.receivable.isEmpty, "payload type \(audio.payloadType)")
        try Surprise.unless(audio.remotePort != 0, "port 0")
        try Surprise.unless(ConnectionAddress(audio.remoteAddress).isUnicastLiteral || !audio.direction.sends, audio.remoteAddress)
    }
}
