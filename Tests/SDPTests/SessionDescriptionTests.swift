import Testing

@testable import SDP

@Suite struct SessionDescriptionTests {
    @Test(arguments: Samples.all) func parseOfSerialiseIsIdentity(text: String) throws {
        let session = try Samples.parse(text)
        #expect(try SessionDescription(parsing: session.serialised()) == session)
    }

    @Test func readsABaresipOffer() throws {
        let session = try Samples.parse(Samples.baresip)
        #expect(session.origin.sessionID == "1805293127" && session.origin.sessionVersion == "1073121894")
        let audio = try #require(session.media.first)
        #expect(audio.port == 10_096 && audio.transport == "RTP/AVP" && audio.packetTime == 20)
        #expect(audio.payloadFormats.map(\.payloadType) == [96, 97, 9, 0, 8, 98])
        #expect(audio.payloadFormats[0].channels == 2)
        #expect(audio.payloadFormats[5] == PayloadFormat(payloadType: 98, codec: .telephoneEvent, parameters: "0-15"))
        #expect(session.connection(of: audio)?.text == "198.51.100.7")
        #expect(session.direction(of: audio) == .sendReceive)
    }

    @Test func streamLinesWinOverSessionLines() throws {
        let session = try Samples.parse(
            "v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nc=IN IP4 1.2.3.4\na=sendonly\nt=0 0\nm=audio 2 RTP/AVP 0\nc=IN IP6 2001:db8::1\na=inactive\n"
                + "m=audio 4/2 RTP/AVP 8\n")
        #expect(session.connection(of: session.media[0]) == ConnectionAddress(family: .ipv6, text: "2001:db8::1"))
        #expect(session.direction(of: session.media[0]) == .inactive)
        #expect(session.connection(of: session.media[1])?.text == "1.2.3.4")
        #expect(session.direction(of: session.media[1]) == .sendOnly)
        #expect(session.media[1].portCount == 2)
    }

    @Test(arguments: [
        ("", SDPParseError(.missingVersion, line: 0)),
        ("o=- 1 1 IN IP4 1.2.3.4\nv=0\n", SDPParseError(.missingVersion, line: 1)),
        ("v=1\n", SDPParseError(.unsupportedVersion, line: 1)),
        ("v=0\nv=0\n", SDPParseError(.unsupportedVersion, line: 2)),
        ("v=0\ns=-\n", SDPParseError(.missingOrigin, line: 0)),
        ("v=0\no=- 1 IN IP4 1.2.3.4\n", SDPParseError(.malformedOrigin, line: 2)),
        ("v=0\no=- 1 1 ATM IP4 1.2.3.4\n", SDPParseError(.unknownNetwork, line: 2)),
        ("v=0\no=- 1 1 IN IP5 1.2.3.4\n", SDPParseError(.unknownAddressType, line: 2)),
        ("v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nc=IN IP4\r\n", SDPParseError(.malformedConnection, line: 3)),
        ("v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nc=IN ATM x\r\n", SDPParseError(.unknownAddressType, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 1 RTP/AVP 0\nc=X IP4 1.2.3.4\n", SDPParseError(.unknownNetwork, line: 4)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 70000 RTP/AVP 0\n", SDPParseError(.malformedPort, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio x RTP/AVP 0\n", SDPParseError(.malformedPort, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio -1 RTP/AVP 0\n", SDPParseError(.malformedPort, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio +1 RTP/AVP 0\n", SDPParseError(.malformedPort, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 1 RTP/AVP\n", SDPParseError(.missingFormat, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 1\n", SDPParseError(.malformedMedia, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 1/0 RTP/AVP 0\n", SDPParseError(.malformedPortCount, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nnonsense\n", SDPParseError(.malformedLine, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\n\na\n", SDPParseError(.malformedLine, line: 4)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\na=x\ry\n", SDPParseError(.controlCharacter, line: 3)),
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\na=x\0y\n", SDPParseError(.controlCharacter, line: 3)),
    ])
    func mistakesAreToldWithTheirLine(text: String, error: SDPParseError) {
        #expect(throws: error) { try Samples.parse(text) }
        #expect(!error.description.isEmpty)
    }

    @Test func eachFaultHasItsOwnWords() {
        let texts = SDPParseError.Reason.allCases.map { SDPParseError($0, line: 3).description }
        #expect(Set(texts).count == texts.count && texts.allSatisfy { $0.hasPrefix("SDP line 3: ") })
    }

    @Test func boundsHold() {
        let start = "v=0\no=- 1 1 IN IP4 1.2.3.4\n"
        #expect(throws: SDPParseError(.tooLong, line: 0)) { try Samples.parse(start + String(repeating: "a=x\n", count: 20_000)) }
        #expect(throws: SDPParseError(.tooManyLines, line: 2_001)) { try Samples.parse(start + String(repeating: "a=x\n", count: 3_000)) }
        #expect(throws: SDPParseError(.tooManyMedia, line: 67)) {
            try Samples.parse(start + String(repeating: "m=audio 0 RTP/AVP 0\n", count: 65))
        }
    }

    @Test(arguments: [
        ("0.0.0.0", true, true), ("192.0.2.1", true, false), ("224.0.0.1", false, false), ("255.255.255.255", false, false),
        ("1.2.3", false, false), ("1.2.3.256", false, false), ("01.2.3.4", false, false), ("host.example", false, false),
        ("::", true, true), ("::1", true, false), ("2001:db8::8a2e:370:7334", true, false), ("::ffff:192.0.2.1", true, false),
        ("ff02::1", false, false), ("1:2:3:4:5:6:7:8", true, false), ("1:2:3:4:5:6:7", false, false), ("1::2::3", false, false),
        ("fe80::1%eth0", false, false), ("hold.invalid", false, true), ("HOLD.INVALID", false, true), (".invalid", false, false),
        ("invalid", false, false), ("hold.invalid.example", false, false), ("1:2:3:4:5:6:7::8", false, false), (":::", false, false),
        ("12345::", false, false),
    ])
    func addresses(text: String, unicast: Bool, unspecified: Bool) {
        let address = ConnectionAddress(text)
        #expect(address.isUnicastLiteral == unicast)
        #expect(address.isUnspecified == unspecified)
    }
}
