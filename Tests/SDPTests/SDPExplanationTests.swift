import Foundation
import Testing

@testable import SDP

@Suite struct SDPExplanationTests {
    private func explain(_ text: String, _ capabilities: AudioCapabilities = AudioCapabilities()) -> SDPExplanation {
        SDPExplanation(of: Array(text.utf8), capabilities, local: [Samples.local])
    }

    @Test func aWholeOffer() {
        let expected = """
            answered
            m=audio 7078 RTP/AVP 96 97 98 0 8 18 101 99 100  (line 8)
              taken
                96  opus/48000/2            not spoken here [RFC 3264 section 6.1]
                97  SPEEX/16000             not spoken here [RFC 3264 section 6.1]
                98  SPEEX/8000              not spoken here [RFC 3264 section 6.1]
              * 0   PCMU/8000               the first in the offer that is spoken here [RFC 3264 section 6.1]
                8   PCMA/8000               PCMU/8000 comes first in the offer, and one is enough [RFC 3264 section 6.1]
                18  G729/8000               not spoken here [RFC 3551 section 6]
                101 telephone-event/48000   digits at another clock than the audio's 8000 Hz [RFC 4733 section 2.1]
                99  telephone-event/16000   digits at another clock than the audio's 8000 Hz [RFC 4733 section 2.1]
              * 100 telephone-event/8000    digits, at the clock of the audio [RFC 4733 section 2.1]
                no direction is written, which means sendrecv: we are sendrecv [RFC 8866 section 6.7]
                20 ms in each packet: no ptime that can be read, so ours [RFC 8866 section 6.4]
                line 4: media goes to 203.0.113.9 port 7078, the session's c= line [RFC 8866 section 5.7]
                RTCP goes to the port after it, 7079 [RFC 3550 section 11]
            m=video 9078 RTP/AVP 96  (line 18)
              refused
                line 18: refused: only audio is taken [RFC 3264 section 6]
            answer
              v=0
              o=- 42 1 IN IP4 192.0.2.10
              s=-
              c=IN IP4 192.0.2.10
              t=0 0
              m=audio 20000 RTP/AVP 0 100
              a=rtpmap:0 PCMU/8000
              a=rtpmap:100 telephone-event/8000
              a=fmtp:100 0-15
              a=ptime:20
              a=sendrecv
              m=video 0 RTP/AVP 96
            """
        #expect(explain(Samples.linphone).text == expected)
    }

    /// Something said, by the lines that it is said of.
    @Test(arguments: [
        ("a=sendonly", "line 7: the peer is sendonly, so we are recvonly [RFC 3264 section 6.1]"),
        ("a=ptime:30", "line 7: 30 ms in each packet, as asked [RFC 8866 section 6.4]"),
        ("a=ptime:120", "line 7: 60 ms in each packet: 120 is asked for, we send 10 to 60 ms in tens [RFC 8866 section 6.4]"),
        (
            "a=ptime:60\na=maxptime:40",
            "line 8: 40 ms in each packet: maxptime allows 40, we send 10 to 60 ms in tens [RFC 8866 section 6.5]"
        ),
        ("a=maxptime:150", "line 7: 20 ms in each packet: ours, which maxptime allows [RFC 8866 section 6.5]"),
        ("a=rtcp:7777", "line 7: RTCP goes to 198.51.100.1 port 7777 [RFC 3605 section 2.1]"),
        ("a=rtcp-mux", "line 7: RTCP shares the RTP port [RFC 5761 section 5.1.1]"),
        ("a=mid:x", "line 7: its name `x` is given back [RFC 5888 section 9.1]"),
        ("a=ice-ufrag:x", "line 7: ICE is not spoken: the addresses of c= and m= are used [RFC 8839 section 4.2.5]"),
        ("a=crypto:1 x", "line 7: keys have no meaning under RTP/AVP [RFC 4568 section 5]"),
        ("a=rtcp-fb:* nack", "line 7: feedback messages have no meaning under RTP/AVP [RFC 4585 section 4]"),
        ("c=IN IP4 0.0.0.0", "line 7: hold by an address of zeros: nothing may be sent there, we are recvonly [RFC 3264 section 8.4]"),
        ("c=IN IP4 203.0.113.1", "line 7: media goes to 203.0.113.1 port 4000, the stream's own c= line [RFC 8866 section 5.7]"),
        ("m=audio 5000 RTP/AVP 0", "line 7: refused: a call has one audio stream, and an earlier one is taken [RFC 3264 section 6]"),
        ("m=audio 5000 RTP/SAVP 0", "line 7: refused: Only RTP/AVP is supported, not RTP/SAVP [RFC 3264 section 6, RFC 4585 section 4]"),
        ("m=audio 0 RTP/AVP 0", "line 7: port 0: the peer does not want it either [RFC 3264 section 5.1]"),
        ("m=audio 0 RTP/AVP 0\na=bundle-only", "line 8: refused: it is to be had in a bundle alone [RFC 9143 section 6]"),
        ("m=image 5000 udptl t38", "line 7: refused: fax (T.38) is not taken, and has to go as audio [RFC 3264 section 6]"),
    ])
    func remarks(lines: String, remark: String) {
        let text = "v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\nc=IN IP4 198.51.100.1\nt=0 0\nm=audio 4000 RTP/AVP 0 8\n\(lines)\n"
        let explanation = explain(text)
        #expect(explanation.status == 200 && explanation.text.contains("    " + remark + "\n"), "\(explanation.text)")
    }

    @Test func sessionRemarks() {
        let text =
            "v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nc=IN IP4 1.2.3.4\nt=0 0\na=group:BUNDLE 1\na=ice-lite\na=recvonly\nm=audio 4 RTP/AVP 0\n"
        let lines = explain(text).text.split(separator: "\n").map { String($0) }
        #expect(
            lines[1] == "  line 6: the streams are not bundled: each keeps its own address, the answer has no group [RFC 9143 section 7.3]")
        #expect(lines[2].hasPrefix("  line 7: ICE is not spoken"))
        #expect(lines.contains("    line 8: the peer is recvonly for the whole session, so we are sendonly [RFC 8866 section 6.7]"))
    }

    @Test(
        arguments: [
            ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio x RTP/AVP 0\n", 400, nil, "SDP line 3: the port of the m= line"),
            ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 4 RTP/AVP 0\n", 400, nil, "SDP line 3: No c= line"),
            (Samples.browser, 488, 302, "Only RTP/AVP is supported, not UDP/TLS/RTP/SAVPF"),
            ("v=0\no=- 1 1 IN IP4 1.2.3.4\nc=IN IP6 2001:db8::1\nm=audio 4 RTP/AVP 0\n", 488, 301, "Address not supported: 2001:db8::1"),
            ("v=0\no=- 1 1 IN IP4 1.2.3.4\n", 488, 304, "No audio stream offered"), ("", 400, nil, "SDP: v=0 must come first"),
        ] as [(String, Int, Int?, String)])
    func refusals(text: String, status: Int, warning: Int?, why: String) {
        let explanation = explain(text)
        #expect(explanation.status == status && explanation.warning == warning && explanation.answer == nil && explanation.agreement == nil)
        #expect(
            explanation.text.hasPrefix("refused with \(status)") && explanation.refusal?.text.contains(why) == true, "\(explanation.text)")
        #expect(explanation.streams.allSatisfy { !$0.isTaken && $0.formats.allSatisfy { !$0.isTaken } })
    }

    @Test func theAddressOfTheOffersFamily() throws {
        let six = LocalMedia(address: "2001:db8::10", port: 20_002, sessionID: 1, sessionVersion: 1)
        let offer = Array("v=0\no=- 1 1 IN IP6 2001:db8::1\nc=IN IP6 2001:db8::1\nm=audio 4 RTP/AVP 0\n".utf8)
        let both = SDPExplanation(of: offer, local: [Samples.local, six])
        #expect(both.answer?.contains("c=IN IP6 2001:db8::10\r\nt=0 0\r\nm=audio 20002 ") == true)
        #expect(both.text.contains("answered with our IPv6 address"))
        #expect(SDPExplanation(of: offer, local: [Samples.local]).status == 488 && SDPExplanation(of: offer, local: []).status == 488)
    }

    @Test(arguments: Samples.all + ["v=1\n"]) func coding(text: String) throws {
        let explanation = explain(text)
        let coded = try JSONEncoder().encode(explanation)
        #expect(try JSONDecoder().decode(SDPExplanation.self, from: coded) == explanation)
    }

    @Test func ownOrder() {
        let insisting = AudioCapabilities(codecs: [.pcma, .pcmu], prefersOwnOrder: true)
        let formats = explain(Samples.baresip, insisting).streams[0].formats
        #expect(formats.filter(\.isTaken).map(\.format) == ["8", "98"])
        #expect(formats.first { $0.format == "0" }?.why == "PCMA/8000 is preferred here")
    }

    /// What is explained is what is done, for offers of all kinds; and text of a peer cannot steer the reader's terminal.
    @Test(arguments: [UInt64(11), UInt64.random(in: .min ... .max)]) func agreesWithTheAnswer(seed: UInt64) {
        print("explained offers: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let samples = Samples.all.map { Array($0.utf8) }
        var taken = 0
        for _ in 0..<1_000 {
            var bytes = samples[Int.random(in: 0..<samples.count, using: &random)]
            for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(index..<min(index + Int.random(in: 1...30, using: &random), bytes.count))
                case 2: bytes.insert(contentsOf: bytes[index..<min(index + 60, bytes.count)], at: index)
                default: bytes[index] = Array(" :/=\r\n,;-019".utf8)[Int.random(in: 0..<12, using: &random)]
                }
            }
            let explanation = SDPExplanation(of: bytes, local: [Samples.local])
            #expect(explanation.text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F) })
            guard let offer = try? SessionDescription(parsing: bytes) else {
                #expect(explanation.status == 400)
                continue
            }
            #expect(explanation.streams.count == offer.media.count)
            guard let session = try? OfferAnswer.answer(to: offer, AudioCapabilities(), local: Samples.local), let audio = session.audio
            else {
                #expect(explanation.status != 200 && explanation.answer == nil)
                continue
            }
            taken += 1
            #expect(explanation.answer == String(decoding: session.answer.serialised(), as: UTF8.self))
            #expect(explanation.streams.map(\.isTaken) == session.answer.media.map { $0.port != 0 })
            let formats = explanation.streams.flatMap { $0.formats.filter(\.isTaken).map(\.format) }
            #expect(
                formats.compactMap { UInt8($0) }.sorted()
                    == [audio.payloadType, audio.telephoneEventPayloadType].compactMap(\.self).sorted())
        }
        #expect(taken > 100)
    }
}
