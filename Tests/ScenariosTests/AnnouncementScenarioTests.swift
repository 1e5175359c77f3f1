import Scenarios
import Testing
import Timing

/// scenarios/announcement.yaml, with the inputs that routing hands it (RFC 4240 §3).
@Suite struct AnnouncementScenarioTests {
    private func call(_ inputs: [String: ScenarioValue]) throws -> Rehearsal {
        let (set, findings) = ScenarioSet.load(files: try ProjectFiles.scenarios(), prompts: AnyPrompts(), readFile: ProjectFiles.beside)
        let wrong = findings.filter { $0.description.contains("announcement.yaml") }
        #expect(wrong.map(\.description) == [])
        return try Rehearsal(try required(set, "shipped scenarios"), "announcement", inputs: inputs)
    }

    private func rounds(_ call: Rehearsal) -> Int { call.heard.count { $0 == .clip("goodbye") } }

    @Test func once() throws {
        var call = try call(["clip": .text("goodbye")])
        call.wait(.seconds(2))
        #expect(call.heard == [.clip("goodbye")] && call.log.contains(.answer()) && call.log.last == .hangUp(cause: nil))
    }

    @Test(arguments: ["", "nobody", "GOODBYE", "vm-enter-pin"]) func whatIsNotListed(clip: String) throws {
        let call = try call(["clip": .text(clip), "repeat": .int(3)])
        #expect(call.log.last == .reject(status: 404, reason: nil) && !call.log.contains(.answer()) && call.run.isFinished)
    }

    /// A clip takes a second in a rehearsal, and 1.3 s lie between two: they begin at 0, 2.3 and 4.6 s.
    @Test func roundsAndPauses() throws {
        var call = try call(["clip": .text("goodbye"), "repeat": .int(3), "delay": .duration(.milliseconds(1_300))])
        var waited = Duration.zero
        for (until, count) in [(2_200, 1), (2_400, 2), (4_500, 2), (4_700, 3)] {
            call.wait(.milliseconds(until) - waited)
            waited = .milliseconds(until)
            #expect(rounds(call) == count, "after \(until) ms")
        }
        #expect(!call.run.isFinished)
        call.wait(.seconds(2))
        #expect(call.run.isFinished && rounds(call) == 3)
    }

    @Test func forEver() throws {
        var call = try call(["clip": .text("goodbye"), "repeat": .int(0)])
        call.wait(.seconds(600))
        #expect(rounds(call) >= 590 && !call.run.isFinished)
        call.send(.hungUp)
        #expect(call.run.isFinished)
    }

    @Test func theLongestInAll() throws {
        var call = try call([
            "clip": .text("goodbye"), "repeat": .int(0), "delay": .duration(.seconds(5)), "duration": .duration(.seconds(10)),
        ])
        call.wait(.seconds(60))
        #expect(call.run.isFinished && rounds(call) == 2)
    }

    @Test func inGerman() throws {
        #expect(try call(["clip": .text("goodbye"), "locale": .text("de")]).run.locale == "de")
        #expect(try call(["clip": .text("goodbye"), "locale": .text("fr")]).run.locale == "en")
    }
}
