import Codecs
import SDP
import SIP
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// Which codec a call gets, from the offer to the media session.
@Suite struct CodecCallTests {
    private static let lines: [String: String] = [
        "0": "", "8": "", "9": "", "96": "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 maxaveragebitrate=24000;useinbandfec=1\r\n",
        "97": "a=rtpmap:97 L16/16000\r\n", "98": "a=rtpmap:98 L16/8000\r\n", "13": "",
    ]

    private static func described(_ formats: String, of description: String = CallerDouble.offer) -> String {
        description.replacing("AVP 0 101", with: "AVP \(formats) 101")
            + formats.split(separator: " ").map { lines[String($0)] ?? "" }.joined()
    }

    private func bench(_ codecs: [CodecName], adjust: (inout SwitchboardSettings) -> Void = { _ in }) throws -> SwitchboardBench {
        try SwitchboardBench { settings in
            settings.capabilities.codecs = codecs
            adjust(&settings)
        }
    }

    /// Calls the echo with an offer; gives the answer.
    private func answer(to formats: String, on bench: SwitchboardBench) throws -> String {
        bench.receive(CallerDouble(number: "600").request("INVITE", body: Self.described(formats)))
        bench.pass(.seconds(1))
        let answer = try #require(bench.takeSent().last { $0.status == .ok })
        return String(decoding: answer.body?.bytes ?? [], as: UTF8.self)
    }

    @Test(arguments: [
        ("0 8", AudioCodec.pcmu, SoundForm.pcmu), ("8 0", .pcma, .pcma), ("9 0", .g722, .wide), ("96 9 8 0", .opus, .wide),
        ("97 0", .l16, .wide), ("98 0", .l16Narrowband, .linear),
    ])
    func theOfferersFirstIsTaken(formats: String, codec: AudioCodec, form: SoundForm) throws {
        let bench = try bench(CodecName.served)
        let text = try answer(to: formats, on: bench)
        let number = formats.prefix { $0 != " " }
        #expect(text.contains("m=audio 20000 RTP/AVP \(number) 101\r\n"), "\(text)")
        let stream = try #require(bench.session?.stream)
        #expect(
            stream.codec == codec && stream.form == form && stream.payloadType == UInt8(number)
                && stream.otherPayloadTypes == SIMD4(repeating: 255))
    }

    @Test func orOursWhereItIsSaidSo() throws {
        let bench = try bench([.g722, .pcmu]) { $0.capabilities.prefersOwnOrder = true }
        #expect(try answer(to: "0 9", on: bench).contains("RTP/AVP 9 101"))
    }

    @Test func whatIsNotListedIsRefusedBeforeItRings() throws {
        let bench = try bench([.g722, .opus])
        bench.receive(CallerDouble(number: "600").request("INVITE", body: Self.described("0 8")))
        let refusal = try #require(bench.takeSent().last { $0.status == .notAcceptableHere })
        #expect(refusal.value(named: "Warning")?.hasPrefix("305 192.0.2.10 ") == true && bench.session == nil)
    }

    @Test func aPeerHasAListOfItsOwn() throws {
        let network = PeerRules.Sign.network(try #require(AddressNetwork("192.0.2.1")))
        let bench = try bench([.pcmu]) { $0.routing.peers = PeerBook([PeerRules(name: "wide", signs: [network], codecs: [.l16, .g722])]) }
        #expect(try answer(to: "0 9", on: bench).contains("RTP/AVP 9 101"))
    }

    /// RFC 7587 §6.1.
    @Test func opusIsSentAsThePeerWantsIt() throws {
        var wanted = AudioEncoder.Settings()
        (wanted.bitrate, wanted.complexity, wanted.usesDTX) = (40_000, 7, true)
        let bench = try bench([.opus]) { $0.encoding = wanted }
        let text = try answer(to: "96", on: bench)
        #expect(text.contains("a=rtpmap:96 opus/48000/2\r\n") && text.contains("a=fmtp:96 maxplaybackrate=16000;"))
        let encoding = try #require(bench.session?.stream?.encoding)
        #expect(encoding.bitrate == 24_000 && encoding.complexity == 7 && encoding.usesFEC && !encoding.usesDTX)
        var peer = OpusParameters()
        (peer.maximumPlaybackRate, peer.usesDTX, peer.wantsConstantBitrate) = (8_000, true, true)
        let narrow = wanted.narrowed(to: peer)
        #expect(narrow.bitrate == 40_000 && narrow.playbackRate == 8_000 && narrow.usesDTX && !narrow.usesFEC && narrow.isConstantBitrate)
        wanted.usesDTX = false
        #expect(!wanted.narrowed(to: peer).usesDTX)
    }

    @Test func comfortNoiseIsAgreedOnWhereItIsOn() throws {
        let bench = try bench([.pcmu]) { $0.capabilities.comfortNoise = true }
        #expect(try answer(to: "0 13", on: bench).contains("RTP/AVP 0 13 101"))
        #expect(bench.session?.stream?.comfortNoisePayloadType == 13 && bench.session?.stream?.receiveComfortNoisePayloadType == 13)
        let without = try self.bench([.pcmu])
        #expect(try answer(to: "0 13", on: without).contains("RTP/AVP 0 101"))
        #expect(without.session?.stream?.comfortNoisePayloadType == nil)
    }

    // MARK: Calls out

    private func offer(_ message: SIPMessage?) -> String { String(decoding: message?.body?.bytes ?? [], as: UTF8.self) }

    /// A caller with these formats, whom 700 joins with somebody; `steps` say whether she is answered first.
    private func invite(
        _ formats: String, _ steps: String, adjust: (inout SwitchboardSettings) -> Void = { _ in }
    ) throws -> (bench: SwitchboardBench, invite: SIPMessage) {
        let bench = try SwitchboardBench(
            routes: [Route(pattern: try DialPattern("700"), scenario: "connect", inputs: [:])], dialTargets: ["sip:*@192.0.2.2"],
            scenarios: BridgeBench.scenarios(steps)
        ) { settings in
            settings.capabilities.codecs = CodecName.usual
            adjust(&settings)
        }
        bench.receive(CallerDouble(number: "700").request("INVITE", body: Self.described(formats)))
        return (bench, try #require(bench.takeSent().first { $0.method == .invite }))
    }

    @Test(
        arguments: [("96 0", "111 9 0 8"), ("9 0", "9 111 0 8"), ("8 0", "8 111 9 0")],
        [
            BridgeBench.plain, "- dial: {to: [\"\(BridgeBench.target)\"], else: {reject: 480}}",
        ])
    func theCallersCodecIsOfferedFirst(formats: (caller: String, offered: String), steps: String) throws {
        let (_, invite) = try invite(formats.caller, steps)
        #expect(
            offer(invite).contains("RTP/AVP \(formats.offered) 110 101") || offer(invite).contains("RTP/AVP \(formats.offered) 101 110"))
    }

    @Test func whoIsCalledIsOfferedByHisRules() throws {
        let network = PeerRules.Sign.network(try #require(AddressNetwork("192.0.2.2")))
        let (_, invite) = try invite("96 0", BridgeBench.plain) {
            $0.routing.peers = PeerBook([PeerRules(name: "exchange", signs: [network], codecs: [.pcma, .pcmu])])
        }
        #expect(offer(invite).contains("RTP/AVP 8 0 101\r\n"), "what the caller has is not his")
    }

    @Test func whatWasAgreedOnIsOfferedFirstAgain() throws {
        let (bench, invite) = try invite("96 0", BridgeBench.plain)
        let bob = CalleeDouble(invite: invite)
        bench.receive(bob.response(200, body: Self.described("0 8", of: CalleeDouble.answer)), from: SwitchboardBench.callee)
        let stream = try #require(bench.media.sessions[1].stream)
        #expect(stream.codec == .pcmu && stream.otherPayloadTypes == [8, 255, 255, 255])
        // He turns to the other one without a word.
        bench.switchboard.handle([.otherCodec(bench.media.sessions[1].id, payloadType: 8)], at: bench.now)
        let turned = try #require(bench.media.sessions[1].stream)
        #expect(turned.codec == .pcma && turned.payloadType == 8 && turned.receivePayloadType == 8)
        #expect(turned.otherPayloadTypes == [0, 255, 255, 255])
        // As a hold of the caller's reaches him.
        var media = CallMedia(
            session: try bench.media.open(), address: "192.0.2.10", sessionID: 1, capabilities: AudioCapabilities(codecs: CodecName.usual))
        let first = String(decoding: media.offer().bytes, as: UTF8.self)
        #expect(first.contains("RTP/AVP 111 9 0 8 "))
        try media.accept(Body(contentType: "application/sdp", bytes: Array(Self.described("0 8", of: CalleeDouble.answer).utf8)))
        #expect(String(decoding: media.offer(as: .sendOnly).bytes, as: UTF8.self).contains("RTP/AVP 0 111 9 8 "))
    }
}
