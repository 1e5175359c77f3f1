import SIP
import Testing

@Suite struct HistoryInfoTests {
    private func read(_ headers: String...) throws -> [HistoryInfo] {
        try SIPMessage.parse(retargeted(headers)).history()
    }

    /// A call for bob, forwarded to carol, unanswered there and sent to voicemail, as RFC 7044 proxies write it.
    @Test func tree() throws {
        let entries = try read(
            "History-Info: <sip:bob@example.com>;index=1, <sip:bob@192.0.2.4?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1",
            "History-Info: <sip:carol@example.com;cause=302>;index=1.2;mp=1",
            "History-Info: <sip:carol@192.0.2.5?Reason=SIP%3Bcause%3D408%3Btext%3D%22Request%20Timeout%22&Privacy=history>",
            " ;index=1.2.1;rc=1.2",
            "History-Info: <sip:vm@example.com;target=sip:bob%40example.com;cause=408>;index=1.3;mp=1.2",
            "History-Info: <sip:vm@192.0.2.6>;index=1.3.1;np=1.3"
        )
        #expect(entries.map { $0.index?.description } == ["1", "1.1", "1.2", "1.2.1", "1.3", "1.3.1"])
        #expect(entries.map(\.cause) == [nil, nil, 302, nil, 408, nil])
        #expect(entries.map { $0.departure?.cause } == [nil, 302, nil, 408, nil, nil])
        #expect(entries[3].departure?.text == "Request Timeout")
        let one = try #require(HistoryInfo.Index("1"))
        let oneTwo = try #require(HistoryInfo.Index("1.2"))
        let oneThree = try #require(HistoryInfo.Index("1.3"))
        #expect(
            entries.map(\.retargeting) == [
                nil, .contact(of: one), .mapped(from: one), .contact(of: oneTwo), .mapped(from: oneTwo), .unchanged(from: oneThree),
            ])
        #expect(one.isAncestor(of: oneTwo) && !oneTwo.isAncestor(of: one) && !one.isAncestor(of: one))
        #expect(oneTwo.isAncestor(of: try #require(entries[3].index)) && !oneTwo.isAncestor(of: oneThree))
    }

    @Test(arguments: [
        "", ".", "1.", ".1", "1..2", "a", "1.a", "-1", "+1", "4294967296", "1 ", Array(repeating: "1", count: 256).joined(separator: "."),
    ])
    func brokenIndexIsNone(_ text: String) {
        #expect(HistoryInfo.Index(text) == nil)
    }

    @Test(arguments: ["1", "1.1.2", "0", "4294967295.1", Array(repeating: "1", count: 255).joined(separator: ".")])
    func indexIsWrittenAsRead(_ text: String) {
        #expect(HistoryInfo.Index(text)?.description == text)
    }

    @Test(
        arguments: [
            "<sip:a@h>", "<sip:a@h>;index=x", "sip:a@h;index=1", "<sip:a@h?Reason=%>;index=1", "<sip:a@h?Reason=%3B>;index=1",
            "<tel:+1555>;index=1", "<sip:a@h;cause=99999>;index=\"1\"", "<sip:a@h>;index=1;mp=;index",
        ])
    func nothingTrapsAndNothingIsInvented(_ value: String) {
        guard let entries = try? read("History-Info: \(value)") else { return }
        for entry in entries { #expect(entry.cause == nil && entry.departure == nil && entry.retargeting == nil) }
    }

    /// The status of a response tells more than the network's cause beside it.
    @Test func sipReasonCountsFirst() throws {
        let entries = try read("History-Info: <sip:a@h?Reason=Q.850%3Bcause%3D31%2CSIP%3Bcause%3D486>;index=1")
        #expect(entries.first?.departure == Reason(scheme: "SIP", cause: 486))
    }
}
