import SIP
import SIPTransactions
import Testing

@Suite struct TransactionKeyTests {
    private func key(_ method: String, via: String, uri: String = "sip:a@b", toTag: String = "", as other: SIPMethod? = nil) throws
        -> ServerTransactionKey
    {
        let text =
            "\(method) \(uri) SIP/2.0\r\nVia: \(via)\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\(toTag)\r\n"
            + "Call-ID: x\r\nCSeq: 1 \(method)\r\n\r\n"
        let message = try SIPMessage.parse(Array(text.utf8))
        return ServerTransactionKey(message, try message.envelope(), as: other)
    }

    @Test func branchAndSentByAndMethod() throws {
        let invite = try key("INVITE", via: "SIP/2.0/UDP h:5060;branch=z9hG4bK1")
        #expect(try key("INVITE", via: "SIP/2.0/UDP H;branch=z9hG4bK1", uri: "sip:other@b") == invite)
        #expect(try key("ACK", via: "SIP/2.0/UDP h;branch=z9hG4bK1", toTag: ";tag=2") == invite)
        #expect(try key("INVITE", via: "SIP/2.0/UDP h;branch=z9hG4bK2") != invite)
        #expect(try key("INVITE", via: "SIP/2.0/UDP g;branch=z9hG4bK1") != invite)
        #expect(try key("INVITE", via: "SIP/2.0/UDP h:5061;branch=z9hG4bK1") != invite)
        #expect(try key("CANCEL", via: "SIP/2.0/UDP h;branch=z9hG4bK1") != invite)
        #expect(try key("CANCEL", via: "SIP/2.0/UDP h;branch=z9hG4bK1", as: .invite) == invite)
    }

    /// A cookie with nothing behind it is no branch (RFC 4475 §3.2.1).
    @Test(arguments: ["SIP/2.0/UDP h;branch=1", "SIP/2.0/UDP h", "SIP/2.0/UDP h;branch=z9hG4bK"])
    func olderPeersAreToldApartByTheirHeaders(_ via: String) throws {
        let invite = try key("INVITE", via: via)
        #expect(try key("ACK", via: via, toTag: ";tag=2") == invite)
        #expect(try key("INVITE", via: via, uri: "sip:other@b") != invite)
    }
}
