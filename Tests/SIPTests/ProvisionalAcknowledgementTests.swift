import SIP
import Testing

@Suite struct ProvisionalAcknowledgementTests {
    private func common(_ method: String) -> String {
        "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 \(method)\r\n"
    }

    private func prack(_ value: String) throws -> SIPMessage {
        try SIPMessage.parse(Array("PRACK sip:a@b SIP/2.0\r\n\(common("PRACK"))RAck:\(value)\r\n\r\n".utf8))
    }

    private func response(_ status: Int, _ headers: String) throws -> SIPMessage {
        try SIPMessage.parse(Array("SIP/2.0 \(status) x\r\n\(common("INVITE"))\(headers)\r\n\r\n".utf8))
    }

    @Test func read() throws {
        let value = try #require(try prack(" 776656 1 INVITE").provisionalAcknowledgement())
        #expect(value.responseNumber == 776_656 && value.request == CSeq(number: 1, method: .invite) && value.text == "776656 1 INVITE")
        let spaced = try prack(" 4294967295\t 2147483647   INVITE ").provisionalAcknowledgement()
        #expect(spaced?.responseNumber == .max && spaced?.request.number == 2_147_483_647)
    }

    @Test(arguments: ["", " x", " 1", " 1 INVITE", " 1 2", " 4294967296 1 INVITE", " 1 2147483648 INVITE", " 1 1 INVITE x", " -1 1 INVITE"])
    func refused(_ value: String) throws {
        let message = try prack(value)
        #expect(throws: SIPParseError.self) { try message.provisionalAcknowledgement() }
    }

    @Test func whatIsReliable() throws {
        #expect(try response(180, "Require: timer, 100REL\r\nRSeq: 7").reliableNumber == 7)
        #expect(try response(180, "Require: timer\r\nRSeq: 7").reliableNumber == nil, "not asked for")
        #expect(
            try response(180, "Require: 100rel").reliableNumber == nil && response(180, "Require: 100rel\r\nRSeq: 0").reliableNumber == nil)
        #expect(try response(200, "Require: 100rel\r\nRSeq: 7").reliableNumber == nil, "no provisional")
    }

    @Test func lists() throws {
        let message = try response(180, "Supported: a, B\r\nk: c\r\nAllow: INVITE,UPDATE")
        #expect(message.lists("b", in: .supported) && message.lists("C", in: .supported) && !message.lists("d", in: .supported))
        #expect(message.lists("UPDATE", in: .allow) && !message.lists("x", in: .require))
    }
}
