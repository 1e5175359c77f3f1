import SIP
import SIPEvents
import Testing
import Timing

/// The `conference` package through the notifier: full, then partial (RFC 4575 §3.5, §4).
@Suite struct ConferenceNotifyTests {
    private let resource = EventResource(.conference, "600@example.com")

    private func room(_ callers: Int...) -> EventState { room(callers) }

    private func room(_ callers: [Int]) -> EventState {
        .conference(
            ConferenceState(
                room: "600", domain: "example.com",
                members: callers.map { .init(id: UInt64($0), caller: "\($0)", role: "participant", isMuted: false) }, isLocked: false))
    }

    private func subscribed() -> (EventBench, String?) {
        let bench = EventBench()
        bench.admission = .granted("600@example.com", room(1001))
        let tag = bench.subscribe(event: "conference")
        return (bench, tag)
    }

    /// `full 0 +1001`: the scope, the version and the users that are named.
    private func gist(_ message: SIPMessage) -> String {
        let text = message.bodyText
        func value(_ name: String) -> String {
            text.firstRange(of: "\(name)=\"").map { String(text[$0.upperBound...].prefix { $0 != "\"" }) } ?? ""
        }
        let users = text.split(separator: "<user entity=\"sip:").dropFirst().map {
            ($0.contains("state=\"deleted\"") ? "-" : "+") + $0.prefix(4)
        }
        return
            ([
                value(" state"),
                value("version").isEmpty ? "" : String(text.split(separator: " version=\"").last?.prefix { $0 != "\"" } ?? ""),
            ] + users)
            .joined(separator: " ")
    }

    @Test func fullThenPartial() {
        let (bench, _) = subscribed()
        #expect(bench.answer().map(gist) == ["full 0 +1001"])
        bench.pass(.seconds(10))
        bench.update(resource, room(1001, 1002))
        #expect(bench.answer().map(gist) == ["partial 1 +1002"])
        // Within 5 s nothing, then all that happened, once.
        bench.update(resource, room(1001, 1002, 1003))
        bench.update(resource, room(1002, 1003, 1004))
        bench.pass(.milliseconds(4_999))
        #expect(bench.sent.isEmpty)
        bench.pass(.milliseconds(1))
        #expect(bench.answer().map(gist) == ["partial 2 -1001 +1003 +1004"])
    }

    /// RFC 3261 §18.1.1: what is too large for a datagram goes by TCP, and by UDP after all where nobody takes that.
    @Test func aLargeDocumentGoesByTCPWhereThatIsTaken() throws {
        let bench = EventBench(transports: [.udp, .tcp])
        bench.admission = .granted("600@example.com", room(Array(1_001...1_030)))
        bench.subscribe(event: "conference")
        let large = try #require(bench.sent.last)
        #expect(large.value(of: .via)?.hasPrefix("SIP/2.0/TCP ") == true && large.bodyText.utf8.count > 1_300)
        let stream = Flow(listener: 1, transport: .tcp, remote: EventBench.peer.remote)
        bench.run { bench, agent, _, outputs in agent.unreachable(stream, at: bench.now, into: &outputs) }
        let again = try #require(bench.sent.last)
        #expect(again.value(of: .via)?.hasPrefix("SIP/2.0/UDP ") == true && again.bodyText == large.bodyText)
        bench.sent = [again]
        bench.answer()
        bench.pass(.seconds(10))
        bench.update(resource, room(Array(1_002...1_030)))
        #expect(bench.answer().map(gist) == ["partial 1 -1001"], "the subscription goes on")
    }

    @Test func whoMissedSomethingAsksAgain() {
        let (bench, tag) = subscribed()
        bench.answer()
        bench.pass(.seconds(10))
        bench.update(resource, room(1001, 1002))
        bench.answer()
        bench.subscribe(sequence: 2, tag: tag, event: "conference")
        #expect(bench.answer().map(gist) == ["full 2 +1001 +1002"])
    }

    @Test func aRefusedNotifyIsFollowedByAFullOne() {
        let (bench, _) = subscribed()
        bench.answer()
        bench.pass(.seconds(10))
        bench.update(resource, room(1001, 1002))
        bench.answer(503, ["Retry-After: 8"])
        bench.pass(.seconds(8))
        #expect(bench.answer().map(gist) == ["full 2 +1001 +1002"])
    }

    @Test func subscribersAreNumberedEachForHimself() {
        let (bench, _) = subscribed()
        bench.answer()
        bench.pass(.seconds(10))
        bench.update(resource, room(1001, 1002))
        bench.answer()
        bench.admission = .granted("600@example.com", nil)
        bench.subscribe(call: "b", event: "conference")
        #expect(bench.answer().map(gist) == ["full 0 +1001 +1002"])
    }

    @Test func aLargeRoomComesInPieces() {
        let bench = EventBench()
        let everybody = ConferenceState(
            room: "600", domain: "example.com",
            members: (1000..<1500).map { .init(id: $0, caller: "\($0)", role: "participant", isMuted: false) }, isLocked: false)
        bench.admission = .granted("600@example.com", .conference(everybody))
        bench.subscribe(event: "conference")
        var users = 0
        var scopes: [String] = []
        for _ in 0..<10 {
            for message in bench.answer() {
                #expect(message.bytes.count < SIPMessage.maximumSize)
                let words = gist(message).split(separator: " ")
                scopes.append(String(words[0]))
                users += words.count - 2
            }
            bench.pass(.seconds(5))
        }
        #expect(users == 500 && scopes.count > 1 && scopes == ["full"] + scopes.dropFirst().map { _ in "partial" })
    }

    @Test func theRoomCloses() {
        let (bench, _) = subscribed()
        bench.answer()
        bench.update(resource, room())
        bench.close(resource, .noresource)
        #expect(bench.answer().map(\.state) == ["terminated;reason=noresource"])
        #expect(bench.notifier.tableCount == 0)
    }
}
