import SIP
import SIPDialogs
import SIPEvents
import Testing
import Timing

@Suite struct UnsolicitedNoticesTests {
    final class Scene {
        let bench = EventBench()
        var notices = UnsolicitedNotices(limit: 3)
        private var told: [String] = []
        private var branches: Set<String> = []

        @discardableResult
        func tell(_ new: Int, lamp: String = "1001", after delay: Duration = .zero) -> Bool {
            let uri = SIPURI(user: lamp, host: "example.com")
            let notice = UnsolicitedNotice(
                MessageSummary(new: new, old: 0), to: uri, from: NameAddress(uri: uri), flow: EventBench.peer)
            var isTaken = false
            bench.run { bench, agent, _, outputs in
                isTaken = notices.tell(lamp, notice, after: delay, at: bench.now, through: &agent, into: &outputs)
            }
            look()
            return isTaken
        }

        private func look() {
            for message in bench.sent where message.method == .notify {
                guard let branch = try? message.envelope().via.branch, branches.insert(branch).inserted else { continue }
                told.append(String(message.bodyText.split(separator: " ")[2].split(separator: "/")[0]))
            }
        }

        /// The counts that were sent since the last look, copies apart.
        func takeTold() -> String {
            look()
            defer { told = [] }
            return told.joined(separator: " ")
        }

        func answer(_ status: Int = 200, _ headers: [String] = []) {
            look()
            var seen: Set<[UInt8]> = []
            bench.sent = bench.sent.filter { $0.method == .notify && seen.insert($0.bytes).inserted }
            bench.answer(status, headers)
            take()
        }

        private func take() {
            let events = bench.events
            bench.events = []
            for case .responded(let handle, let outcome) in events {
                bench.run { bench, agent, _, outputs in
                    let isTaken = notices.responded(handle, outcome, at: bench.now, through: &agent, into: &outputs)
                    #expect(isTaken)
                }
            }
        }

        func pass(_ duration: Duration) {
            let end = bench.now + duration
            while let next = [notices.nextDeadline(), bench.agent.nextDeadline()].compactMap({ $0 }).min(), next <= end {
                bench.pass(max(.zero, next - bench.now))
                take()
                bench.run { bench, agent, _, outputs in notices.fire(at: bench.now, through: &agent, into: &outputs) }
                look()
            }
            bench.pass(end - bench.now)
        }
    }

    @Test func oneAtATimeAndTheNewestLast() {
        let scene = Scene()
        for count in 1...5 { scene.tell(count) }
        #expect(scene.takeTold() == "1")
        scene.pass(.seconds(3))
        #expect(scene.takeTold() == "")
        scene.answer()
        #expect(scene.takeTold() == "5")
        scene.answer()
        scene.pass(.seconds(1))
        #expect(scene.notices.tableCount == 0)
    }

    @Test func atMostOneASecond() {
        let scene = Scene()
        scene.tell(1)
        scene.answer()
        scene.tell(2)
        scene.pass(.milliseconds(999))
        #expect(scene.takeTold() == "1")
        scene.pass(.milliseconds(1))
        #expect(scene.takeTold() == "2")
    }

    @Test(arguments: [404, 480, 481, 403, 200])
    func notTriedAgain(_ status: Int) {
        let scene = Scene()
        scene.tell(1)
        scene.answer(status)
        scene.pass(.seconds(1_000))
        #expect(scene.takeTold() == "1" && scene.notices.tableCount == 0)
    }

    @Test func triedAgainWhereItMayPass() {
        let scene = Scene()
        scene.tell(1)
        scene.answer(500)
        scene.pass(.seconds(29))
        #expect(scene.takeTold() == "1")
        scene.pass(.seconds(1))
        #expect(scene.takeTold() == "1")
        scene.answer(503, ["Retry-After: 100"])
        scene.pass(.seconds(100))
        #expect(scene.takeTold() == "1")
        // News wait for what the other side has asked for, and not for what we have thought of.
        scene.answer(503, ["Retry-After: 100"])
        scene.tell(2)
        scene.pass(.seconds(99))
        #expect(scene.takeTold() == "")
        scene.pass(.seconds(1))
        #expect(scene.takeTold() == "2")
        scene.answer(500)
        scene.tell(3)
        scene.pass(.seconds(1))
        #expect(scene.takeTold() == "3")
    }

    @Test func silenceIsTriedFourTimes() {
        let scene = Scene()
        scene.tell(7)
        scene.pass(.seconds(2_000))
        #expect(scene.takeTold() == "7 7 7 7" && scene.notices.tableCount == 0)
        #expect(scene.bench.agent.tableCounts.isEmpty)
    }

    @Test func aStartIsSpread() {
        let scene = Scene()
        scene.tell(1, lamp: "a", after: .seconds(10))
        scene.tell(2, lamp: "b", after: .seconds(5))
        scene.tell(4, lamp: "c", after: .seconds(8))
        scene.pass(.seconds(1))
        scene.tell(3, lamp: "c")
        #expect(scene.takeTold() == "3", "news are told at once")
        scene.answer()
        scene.pass(.seconds(4))
        #expect(scene.takeTold() == "2")
        scene.pass(.seconds(5))
        #expect(scene.takeTold() == "1")
    }

    /// Whatever happens, the last count is the last that is told, and nothing is left.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func randomWalk(_ seed: UInt64) {
        print("lamp walk seed \(seed)")
        var random = SeededRandom(seed: seed)
        let scene = Scene()
        for round in 0..<300 {
            let last = Int.random(in: 0...9, using: &random)
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                scene.tell(Int.random(in: 0...9, using: &random))
                scene.pass(.milliseconds(Int.random(in: 0...2_000, using: &random)))
                let status = [200, 500, 503, 480].randomElement(using: &random) ?? 200
                if Bool.random(using: &random) { scene.answer(status, Bool.random(using: &random) ? ["Retry-After: 5"] : []) }
            }
            scene.tell(last)
            for _ in 0..<10 {
                scene.answer()
                scene.pass(.seconds(1))
            }
            #expect(scene.takeTold().last.map(String.init) == String(last), "round \(round)")
            scene.pass(.seconds(300))
            #expect(scene.notices.tableCount == 0)
        }
        scene.pass(.seconds(60))
        #expect(scene.bench.agent.tableCounts.isEmpty)
    }

    @Test func bounded() {
        let scene = Scene()
        for lamp in ["a", "b", "c"] { #expect(scene.tell(1, lamp: lamp)) }
        #expect(!scene.tell(1, lamp: "d") && scene.tell(2, lamp: "a"))
    }
}
