import Testing

@testable import SDP

@Suite struct OfferAnswerPropertyTests {
    /// An offer of random streams, some of them usable.
    private func offer(_ random: inout SeededGenerator) throws -> SessionDescription {
        func pick(_ choices: [String]) -> String { choices[Int.random(in: 0..<choices.count, using: &random)] }
        var text = "v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\n"
        text += pick(["", "c=IN IP4 198.51.100.1\n", "c=IN IP4 198.51.100.1\n", "c=IN IP4 0.0.0.0\n"])
        text += pick(["t=0 0\n", "t=3034423619 3042462419\n", ""])
        text += pick(["", "a=sendonly\n", "a=inactive\n"])
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            text += "m=\(pick(["audio", "audio", "audio", "video", "application"])) \(pick(["0", "4000", "65535", "5000/2"])) "
            text += pick(["RTP/AVP", "RTP/AVP", "RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF", "udptl"])
            let formats = ["0", "8", "3", "9", "13", "18", "96", "97", "101", "t38", "999"].shuffled(using: &random)
            text += " " + formats.prefix(Int.random(in: 1...8, using: &random)).joined(separator: " ") + "\n"
            text += pick(["", "", "c=IN IP4 203.0.113.5\n", "c=IN IP4 host.example\n", "c=IN IP6 2001:db8::1\n"])
            text += "a=rtpmap:101 telephone-event/\(pick(["8000", "16000"]))\n"
            text += pick(["", "a=rtpmap:96 PCMA/8000\n", "a=rtpmap:96 opus/48000/2\n"])
            text += pick(["", "a=rtpmap:97 L16/16000\n", "a=rtpmap:97 telephone-event/48000\n", "a=fmtp:96 usedtx=1\n"])
            text += pick(["", "a=fmtp:101 0-15\n", "a=fmtp:101 0-16\n", "a=fmtp:101 nonsense\n"])
            text += pick(["", "a=ptime:10\n", "a=ptime:30\n", "a=ptime:200\n", "a=maxptime:20\n"])
            text += pick(["", "a=sendrecv\n", "a=sendonly\n", "a=recvonly\n", "a=inactive\n"])
            text += pick(["", "a=rtcp-mux\n", "a=rtcp:7777\n"])
        }
        return try Samples.parse(text)
    }

    @Test(arguments: [UInt64(1), 2], [AudioCapabilities(), Samples.wide])
    func answersMatchOffersLineByLine(seed: UInt64, capabilities: AudioCapabilities) throws {
        var random = SeededGenerator(seed: seed)
        let wanted = MediaDirection.allCases
        var answered = 0
        for _ in 0..<1_000 {
            let offer = try offer(&random)
            let wish = wanted[Int.random(in: 0..<4, using: &random)]
            guard let session = try? OfferAnswer.answer(to: offer, capabilities, local: Samples.local, wanted: wish) else {
                continue
            }
            answered += 1
            let audio = try #require(session.audio)
            let answer = session.answer
            #expect(try SessionDescription(parsing: answer.serialised()) == answer)
            #expect(answer.timing == offer.timing)
            #expect(answer.media.count == offer.media.count)
            #expect(answer.media.filter { $0.port != 0 }.count == 1)
            for (asked, given) in zip(offer.media, answer.media) {
                #expect(given.kind == asked.kind && given.transport == asked.transport)
                // RFC 3264 §6.1: no format that was not offered.
                #expect(!given.formats.isEmpty && given.formats.allSatisfy(asked.formats.contains))
                if asked.port == 0 { #expect(given.port == 0) }
                guard given.port != 0 else { continue }
                for format in given.payloadFormats {
                    #expect(asked.payloadFormats.contains { $0.payloadType == format.payloadType && $0.codec == format.codec })
                }
                let theirs = offer.direction(of: asked)
                #expect(!(audio.direction.sends && !theirs.receives) && !(audio.direction.receives && !theirs.sends))
                #expect(!(audio.direction.sends && !wish.sends) && !(audio.direction.receives && !wish.receives))
                #expect(given.direction == audio.direction)
                #expect(audio.remoteAddress == offer.connection(of: asked)?.text && audio.remotePort == asked.port)
                #expect(audio.packetTime <= asked.maximumPacketTime ?? 60)
            }
            // The same offer again changes nothing.
            #expect(
                try OfferAnswer.answer(to: offer, capabilities, local: Samples.local, wanted: wish, previous: answer).answer
                    == answer)
        }
        #expect(answered > 100)
    }

    @Test(arguments: [UInt64(5), 6]) func mutatedOffersDoNotTrap(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let previous = try OfferAnswer.answer(to: Samples.parse(Samples.linphone), AudioCapabilities(), local: Samples.local).answer
        let ours = OfferAnswer.offer(AudioCapabilities(), local: Samples.local)
        let samples = Samples.all.map { Array($0.utf8) }
        for _ in 0..<10_000 {
            var bytes = samples[Int.random(in: 0..<samples.count, using: &random)]
            for _ in 0..<Int.random(in: 1...6, using: &random) { mutate(&bytes, samples, &random) }
            guard let session = try? SessionDescription(parsing: bytes) else { continue }
            #expect(try SessionDescription(parsing: session.serialised()) == session)
            if let result = try? OfferAnswer.answer(to: session, AudioCapabilities(), local: Samples.local) {
                #expect(result.answer.media.count == session.media.count)
            }
            _ = try? OfferAnswer.answer(to: session, AudioCapabilities(), local: Samples.local, previous: previous)
            _ = try? OfferAnswer.accept(session, to: ours)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ samples: [[UInt8]], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(contentsOf: Array("\(Int.random(in: -9...Int.max, using: &random))".utf8), at: at)
        case 3: bytes.removeSubrange(at..<min(at + Int.random(in: 1...40, using: &random), bytes.count))
        case 4:
            let other = samples[Int.random(in: 0..<samples.count, using: &random)]
            let start = Int.random(in: 0..<other.count, using: &random)
            bytes.insert(contentsOf: other[start..<min(start + 60, other.count)], at: at)
        default: bytes[at] = Array(" :/=\r\n,;-019".utf8)[Int.random(in: 0..<12, using: &random)]
        }
    }
}
