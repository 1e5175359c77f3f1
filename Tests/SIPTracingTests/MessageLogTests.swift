import Testing

@testable import SIPTracing

@Suite struct MessageLogTests {
    private func message(_ callID: String, _ start: String = "OPTIONS sip:a@b SIP/2.0", body: String = "", extra: String = "") -> [UInt8] {
        Array("\(start)\r\nVia: SIP/2.0/UDP h;branch=z9\r\nCSeq: 1 OPTIONS\r\nCall-ID: \(callID)\r\n\(extra)\r\n\(body)".utf8)
    }

    @Test func messagesComeBackInTheirOrderFromANumberOn() {
        var log = MessageLog()
        for (index, call) in ["a", "b", "a"].enumerated() {
            log.note(message(call), index == 1 ? .sent : .received, transport: "udp", host: "192.0.2.1", port: 5060, time: Int64(index))
        }
        #expect(log.messages().map(\.callID) == ["a", "b", "a"])
        #expect(log.messages(after: 1).map(\.number) == [2, 3])
        #expect(log.messages(callID: "a").map(\.time) == [0, 2])
        #expect(log.messages(callID: "none").isEmpty && log.messages(limit: 1).count == 1)
    }

    @Test func aFloodOfCallsStaysWithinItsBounds() {
        var log = MessageLog(limits: .init(calls: 50, messagesOfACall: 10, octets: 100_000))
        for index in 0..<20_000 {
            let call = index % 3 == 0 ? "steady" : "flood-\(index)"
            log.note(
                message(call, extra: "X: \(String(repeating: "y", count: index % 900))\r\n"), .received, transport: "udp", host: "p",
                port: 5060,
                time: 0)
            #expect(log.callCount <= 50 && log.octetCount <= 100_000)
        }
        let steady = log.messages(callID: "steady")
        #expect(steady.count == 10, "a call that goes on is kept")
        #expect(steady.last?.number ?? 0 > 19_990)
        let octets = log.messages(limit: .max).count
        #expect(octets > 0)
    }

    @Test func theFirstMessagesOfALongCallStay() {
        var log = MessageLog(limits: .init(calls: 5, messagesOfACall: 8))
        for index in 0..<100 { log.note(message("a"), .received, transport: "udp", host: "p", port: 5060, time: Int64(index)) }
        #expect(log.messages().map(\.time) == [0, 1, 2, 3, 96, 97, 98, 99])
    }

    @Test(arguments: [
        ("OPTIONS a SIP/2.0\r\ni: short@form\r\n\r\n", "short@form"), ("SIP/2.0 200 OK\nCALL-ID : x1\n\n", "x1"),
        ("OPTIONS a SIP/2.0\r\nContact: <sip:call-id:5@h>\r\nCall-Id:\t y \r\n\r\n", "y"),
        ("OPTIONS a SIP/2.0\r\n\r\nCall-ID: body\r\n", nil),
        ("\r\n\r\n", nil), ("", nil), ("Call-ID: no start line", nil), ("OPTIONS a SIP/2.0\r\nCall-ID:   \r\n\r\n", nil),
    ])
    func theCallIDIsFoundWithoutParsing(text: String, found: String?) {
        #expect(CallIDScan.callID(in: Array(text.utf8)) == found)
    }

    @Test func secretsAreNotShown() {
        var log = MessageLog()
        let digest = "Authorization: Digest username=\"1001\",\r\n response=\"0123456789abcdef\", nonce=\"n\"\r\nSubject: shown\r\n"
        log.note(message("a", extra: digest), .received, transport: "udp", host: "p", port: 5060, time: 0)
        log.note(
            message("a", "INFO sip:a@b SIP/2.0", body: "Signal=7\r\nDuration=160\r\n", extra: "Content-Type: application/dtmf-relay\r\n"),
            .received, transport: "udp", host: "p", port: 5060, time: 0)
        log.note(
            message("a", body: "v=0\r\no=- 1 1 IN IP4 h\r\n", extra: "c: application/sdp\r\n"), .sent, transport: "udp", host: "p",
            port: 5060, time: 0)
        let texts = log.messages().map(\.text)
        #expect(!texts[0].contains("0123456789abcdef") && !texts[0].contains("1001") && texts[0].contains("Subject: shown"))
        #expect(texts[0].contains("Authorization: Digest (not shown)"))
        #expect(!texts[1].contains("7") && texts[1].hasSuffix("(not shown)"))
        #expect(texts[2].contains("o=- 1 1 IN IP4 h"))
    }

    @Test func theKeysOfSoundAreNotShown() {
        var log = MessageLog()
        let lines = [
            "v=0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20|1:4 WSH=64", "A=Crypto:2 X INLINE:c2VjcmV0",
            "a=crypto:c2VjcmV0",
            "a=crypto:3 inline:c2VjcmV0", "k=clear:c2VjcmV0", "a=key-mgmt:mikey c2VjcmV0", "a=ptime:20",
        ]
        log.note(
            message("a", body: lines.joined(separator: "\r\n"), extra: "Content-Type: multipart/mixed\r\n"), .received, transport: "udp",
            host: "p", port: 5060, time: 0)
        let text = log.messages()[0].text
        #expect(!text.contains("c2VjcmV0"), "\(text)")
        #expect(text.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(not shown)\nA=Crypto:2 X inline:(not shown)\n"))
        #expect(text.hasSuffix("k=(not shown)\na=key-mgmt:(not shown)\na=ptime:20"))
    }

    @Test func arbitraryBytesAreTextOfSomeKind() {
        var log = MessageLog()
        log.note(
            Array("OPTIONS a SIP/2.0\r\nCall-ID: z\r\n\r\n".utf8) + [0xFF, 0xFE, 0x00, 0xC3], .received, transport: "tcp", host: "p",
            port: 5060,
            time: 0)
        #expect(log.messages().first?.summary == "OPTIONS a SIP/2.0")
    }
}
