import SIP
import SIPDialogs
import SIPEvents
import Testing
import Timing

/// Subscribers that come, refresh, go, vanish, refuse and ask nonsense, while states change: in the end nothing is left, and no
/// subscriber was ever told too often.
@Suite struct NotifierRandomWalkTests {
    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func everythingReturnsToZero(_ seed: UInt64) {
        print("notifier walk seed \(seed)")
        var random = SeededRandom(seed: seed)
        var settings = Notifier.Settings()
        settings.limit = 12
        settings.limitPerResource = 5
        let bench = EventBench(seed: seed, settings: settings)
        let names = ["1001@h", "1002@h", "600@h"]
        var tags: [String: String] = [:]
        var sequence = 1
        var seen: Set<String> = []
        var watched: Set<EventResource> = []

        func state(_ package: EventPackage) -> EventState {
            let number = Int.random(in: 0...4, using: &random)
            let members = (0..<number).map { ConferenceState.Member(id: UInt64($0), caller: "\($0)", role: "", isMuted: false) }
            return package == .messageSummary
                ? .messageSummary(MessageSummary(new: number, old: 0))
                : .conference(ConferenceState(room: "600", domain: "h", members: members, isLocked: false))
        }

        /// The peers' side: most NOTIFYs are answered at once, some are lost.
        func settle(isLossy: Bool) {
            for _ in 0..<10 where bench.sent.contains(where: { $0.method == .notify }) {
                let messages = bench.sent
                bench.sent = []
                for message in messages where message.method == .notify {
                    let isRepeated = !seen.insert(message.value(of: .via) ?? "").inserted
                    if isRepeated || isLossy && Int.random(in: 0..<8, using: &random) == 0 { continue }
                    let status = isLossy ? [200, 200, 200, 200, 200, 481, 500, 503, 408].randomElement(using: &random) ?? 200 : 200
                    bench.receive(EventBench.response(to: message, status, Bool.random(using: &random) ? ["Retry-After: 3"] : []))
                }
            }
            for notice in bench.notifier.takeNotices() {
                switch notice {
                case .watched(let resource): #expect(watched.insert(resource).inserted)
                case .unwatched(let resource): #expect(watched.remove(resource) != nil)
                }
            }
            #expect(watched == Set(bench.notifier.watchedResources))
        }

        for _ in 0..<1_500 {
            sequence += 1
            let call = "c\(Int.random(in: 0..<15, using: &random))"
            let package = EventPackage.allCases.randomElement(using: &random) ?? .conference
            let name = names.randomElement(using: &random) ?? ""
            bench.admission = .granted(name, Bool.random(using: &random) ? state(package) : nil)
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1:
                let tag = bench.subscribe(
                    call: call, sequence: sequence, event: package.rawValue, expires: [0, 60, 90, 600].randomElement(using: &random))
                if let tag { tags[call] = tag }
            case 2, 3:
                bench.subscribe(
                    call: call, sequence: sequence, tag: tags[call], event: package.rawValue,
                    expires: [0, 60, 600].randomElement(using: &random))
            case 4, 5, 6: bench.update(EventResource(package, name), state(package))
            case 7 where Int.random(in: 0..<10, using: &random) == 0: bench.close(EventResource(package, name), .noresource)
            default: bench.pass(.milliseconds(Int.random(in: 1...20_000, using: &random)))
            }
            bench.sent.removeAll { $0.status != nil }
            settle(isLossy: true)
            #expect(bench.notifier.subscriptionCount <= 12)
        }
        for _ in 0..<800 {
            bench.pass(.seconds(1))
            settle(isLossy: false)
        }
        #expect(bench.notifier.tableCount == 0 && bench.notifier.nextDeadline() == nil)
        #expect(watched.isEmpty)
        #expect(bench.agent.tableCounts.isEmpty)
    }

    /// Each change of a mailbox is followed by a NOTIFY of its last state, whatever happens in between.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func theLastStateIsAlwaysTold(_ seed: UInt64) {
        print("last state seed \(seed)")
        var random = SeededRandom(seed: seed)
        let bench = EventBench(seed: seed)
        bench.subscribe(expires: 86_400)
        var told = ""
        for _ in 0..<500 {
            var count = 0
            for _ in 0..<Int.random(in: 1...10, using: &random) {
                count = Int.random(in: 0...3, using: &random)
                bench.update(.init(.messageSummary, "1001@example.com"), .messageSummary(MessageSummary(new: count, old: 0)))
                bench.pass(.milliseconds(Int.random(in: 0...400, using: &random)))
                if Bool.random(using: &random) { answer() }
            }
            for _ in 0..<8 {
                answer()
                bench.pass(.milliseconds(300))
            }
            #expect(told.hasSuffix("Voice-Message: \(count)/0 (0/0)\r\n"))
        }
        let times = bench.noticeTimes["a@example.com"] ?? []
        #expect(times.count > 500)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(1) })

        func answer() {
            for message in bench.answer() { told = message.bodyText }
        }
    }
}
