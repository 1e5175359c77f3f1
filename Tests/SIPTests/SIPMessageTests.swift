import SIP
import Testing

func bytes(_ text: String) -> [UInt8] {
    Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
}

let typicalInvite = """
    INVITE sip:601@192.0.2.10:5060 SIP/2.0
    Via: SIP/2.0/UDP 192.0.2.1:5061;rport;branch=z9hG4bKPj6f1c3a0d9e
    Max-Forwards: 70
    From: "Alice" <sip:alice@example.com>;tag=a48s
    To: <sip:601@192.0.2.10>
    Contact: <sip:alice@192.0.2.1:5061>
    Call-ID: 3848276298220188511@example.com
    CSeq: 14711 INVITE
    Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE
    Supported: replaces, timer
    User-Agent: baresip
    Content-Type: application/sdp
    Content-Length: 6

    v=0
    s
    """

@Suite struct SIPMessageTests {
    @Test func typicalInviteIsRead() throws {
        let message = try SIPMessage.parse(bytes(typicalInvite))
        let envelope = try message.envelope()
        #expect(message.method == .invite)
        #expect(try message.requestURI().text == "sip:601@192.0.2.10:5060")
        #expect(envelope.fromTag == "a48s" && envelope.toTag == nil && envelope.from.display == "Alice")
        #expect(envelope.via.wantsPort && envelope.via.port == 5061)
        #expect(message.body == Body(contentType: "application/sdp", bytes: Array("v=0\r\ns".utf8)))
        #expect(message.value(named: "k") == "replaces, timer")
        #expect(message.value(named: "USER-agent") == "baresip")
    }

    /// Each line replaces or removes one line of the typical INVITE.
    @Test(
        arguments: [
            ("Via:", nil), ("From:", nil), ("To:", nil), ("Call-ID:", nil), ("CSeq:", nil),
            ("CSeq:", "CSeq: 4294967296 INVITE"), ("CSeq:", "CSeq: 2147483648 INVITE"), ("CSeq:", "CSeq: -1 INVITE"), ("CSeq:", "CSeq: 1"),
            ("CSeq:", "CSeq: 1 BYE"), ("CSeq:", "CSeq: 1 INVITE x"), ("CSeq:", "CSeq: 1INVITE"),
            ("CSeq:", "CSeq: 1 INVITE\nCSeq: 1 INVITE"),
            ("Via:", "Via: SIP/2.0/UDP"), ("Via:", "Via: SIP/2.0/UDP ;branch=x"), ("Via:", "Via: SIP/2.0/UDP h:99999"),
            ("Via:", "Via: SIP/2.0/UDP [::1"), ("From:", "From: <sip:a@b"), ("From:", "From: sip:a@b;tag=1, sip:c@d;tag=2"),
            ("From:", "From: \"a <sip:a@b>"), ("To:", "To: "), ("Call-ID:", "Call-ID: a b"), ("Content-Length:", "Content-Length: 7"),
            ("Content-Length:", "Content-Length: x"), ("Content-Length:", "Content-Length: 99999999999999999999"),
            ("Max-Forwards:", "Max-Forwards 70"), ("Max-Forwards:", ": 70"),
        ] as [(String, String?)])
    func brokenHeadersAreRefused(_ start: String, _ replacement: String?) {
        let lines = typicalInvite.split(separator: "\n", omittingEmptySubsequences: false).compactMap {
            $0.hasPrefix(start) ? replacement : String($0)
        }
        #expect(throws: SIPParseError.self) { try SIPMessage.parse(bytes(lines.joined(separator: "\n"))).envelope() }
    }

    @Test func errorOfABrokenHeaderKeepsTheMessage() throws {
        let text = typicalInvite.replacing("CSeq: 14711 INVITE", with: "CSeq: x INVITE")
        do throws(SIPParseError) {
            _ = try SIPMessage.parse(bytes(text)).envelope()
            Issue.record("accepted")
        } catch {
            #expect(error.partial?.value(of: .callID) == "3848276298220188511@example.com")
            #expect(error.status == .badRequest)
            #expect(error.offset == bytes(text).count - bytes(text.components(after: "CSeq: ")).count)
        }
    }

    @Test func sizeAndHeaderCountAreLimited() {
        #expect(throws: SIPParseError.self) { try SIPMessage.parse([UInt8](repeating: 65, count: SIPMessage.maximumSize + 1)) }
        let many = typicalInvite.replacing("User-Agent: baresip", with: String(repeating: "X: y\n", count: 300) + "X: z")
        #expect(throws: SIPParseError.self) { try SIPMessage.parse(bytes(many)) }
    }

    @Test func bareLineEndsAreNoLineEnds() {
        #expect(throws: SIPParseError.self) { try SIPMessage.parse(Array(typicalInvite.utf8)) }
    }

    /// RFC 3261 §7.3.1, §19.1.1: no parameter twice. Of one that is, the first counts; what is set replaces it.
    @Test func doubledParameters() throws {
        var via = try #require(try SIPMessage.parse(bytes(typicalInvite.replacing("rport;", with: "rport;x=1;X=2;"))).topVia())
        #expect(via.parameters["x"] == "1")
        via.parameters["rport"] = "9"
        via.parameters["rport"] = "10"
        #expect(via.parameters.items.filter { $0.name == "rport" }.map(\.value) == ["10"])
    }

    @Test func leadingLineEndsAreSkipped() throws {
        #expect(try SIPMessage.parse([13, 10, 13, 10] + bytes(typicalInvite)).envelope().cseq.number == 14711)
    }

    @Test func otherVersionGives505() throws {
        do throws(SIPParseError) {
            _ = try SIPMessage.parse(bytes(typicalInvite.replacing("SIP/2.0\nVia", with: "SIP/3.0\nVia")))
            Issue.record("accepted")
        } catch {
            #expect(error.status == .versionNotSupported && error.partial != nil)
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        var writer = MessageWriter(method: .options, uri: "sip:a@b")
        for (id, value) in [
            (HeaderID.via, "SIP/2.0/UDP h"), (.from, "<sip:a@b>;tag=1"), (.to, "<sip:c@d>"), (.callID, "x"), (.cseq, "1 OPTIONS"),
        ] {
            writer.add(id, value)
        }
        writer.add(named: "Bad name", "x")
        writer.add(named: "Reason", "SIP\r\nEvil: 1")
        writer.add(extra: [("Via", "SIP/2.0/UDP evil"), ("X-Good", "1")])
        let message = try SIPMessage.parse(writer.finish(Body(contentType: "text/plain", bytes: [1, 2, 3])))
        _ = try message.envelope()
        #expect(message.value(named: "Evil") == nil && message.value(of: .reason) == "SIP  Evil: 1")
        #expect(message.values(of: .via).count == 1 && message.value(named: "x-good") == "1")
        #expect(message.body == Body(contentType: "text/plain", bytes: [1, 2, 3]))
    }

    @Test func headerNamesAndTheirCompactForms() {
        for id in HeaderID.allCases where id != .other {
            #expect(HeaderID(Array(id.name.utf8)) == id)
            #expect(HeaderID(Array(id.name.uppercased().utf8)) == id)
        }
        for (letter, id) in zip(
            "vftimlcksexbor",
            [
                HeaderID.via, .from, .to, .callID, .contact, .contentLength, .contentType, .supported, .subject, .contentEncoding,
                .sessionExpires, .referredBy, .event, .referTo,
            ])
        {
            #expect(HeaderID(Array(String(letter).utf8)) == id)
        }
        #expect(HeaderID([]) == .other && HeaderID(Array("Viaa".utf8)) == .other)
    }
}

extension String {
    fileprivate func components(after mark: String) -> String {
        ranges(of: mark).first.map { String(self[$0.upperBound...]) } ?? ""
    }
}
