import Testing

@testable import SIPTracing

@Suite struct LadderTests {
    private func message(_ number: UInt64, _ direction: TracedMessage.Direction, _ text: String, peer: String = "192.0.2.7:5060")
        -> TracedMessage
    {
        TracedMessage(
            number: number, time: 36_131_034_000 + Int64(number) * 1_000, direction: direction, transport: "udp", peer: peer, callID: "a1",
            text: text)
    }

    @Test func aCallIsALadder() {
        let ladder = Ladder.text([
            message(1, .received, "INVITE sip:100@192.0.2.10 SIP/2.0\nCSeq: 1 INVITE\nContent-Type: application/sdp\n\n"),
            message(2, .sent, "SIP/2.0 100 Trying\nCSeq: 1 INVITE\n\n"),
        ])
        #expect(
            ladder == """
                call a1
                                             192.0.2.7:5060               antiphon
                10:02:11.035                       │────── INVITE sip:100@192.0.2.10 SDP ─────►│
                10:02:11.036                       │◄────────── 100 Trying (INVITE) ───────────│
                """)
    }

    @Test func allLinesOfALadderAreEquallyWide() {
        let ladder = Ladder.text([
            message(1, .received, "INVITE sip:\(String(repeating: "9", count: 300))@192.0.2.10 SIP/2.0\nCSeq: 1 INVITE\n\n"),
            message(2, .sent, "INVITE sip:b@192.0.2.9 SIP/2.0\nCSeq: 1 INVITE\n\n", peer: "192.0.2.9:5060"),
            message(3, .received, "SIP/2.0 200 OK\nCSeq: 1 INVITE\n\n", peer: "192.0.2.9:5060"),
        ])
        let widths = Set(ladder.split(separator: "\n").dropFirst(2).map(\.count))
        #expect(widths.count == 1, "\(ladder)")
    }
}
