import Findings
import Scenarios
import Testing
import Timing

/// Random events at random times: no scenario traps, hangs, or goes on after the end.
@Suite struct RandomCallTests {
    @Test func anyOrderOfEventsEndsCleanly() throws {
        let (set, findings) = ScenarioSet.load(
            files: try ProjectFiles.scenarios(), prompts: AnyPrompts(), readFile: ProjectFiles.beside)
        let scenarios = try required(set, findings.map(\.description).joined(separator: "\n"))
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Random(state: seed)
        for round in 0..<400 {
            let name = try required(scenarios.names.randomElement(using: &random), "names")
            let scenario = try required(scenarios[name], name)
            var run = ScenarioRun(
                scenario: scenario, in: scenarios, inputs: [:],
                call: CallFacts(caller: "a1", called: "b", callID: "c", startedAt: 1_772_323_200 + Int64(round) * 4000))
            var now = MonotonicTime.zero
            var out: [ScenarioCommand] = []
            run.start(at: now, into: &out)
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                let before = out.count
                if Int.random(in: 0..<3, using: &random) == 0, let deadline = run.nextDeadline {
                    now = max(now, deadline)
                    run.fire(at: now, into: &out)
                    if let next = run.nextDeadline { #expect(next > now || run.isFinished, "seed \(seed) round \(round)") }
                } else {
                    run.handle(event(&random), at: now, into: &out)
                }
                #expect(out.count - before < 2100, "seed \(seed) round \(round)")
            }
            run.handle(.hungUp, at: now, into: &out)
            for _ in 0..<4 where !run.isFinished { run.fire(at: try #require(run.nextDeadline), into: &out) }
            #expect(run.isFinished, "seed \(seed) round \(round) \(name)")
            #expect(run.nextDeadline == nil)
            let endings = out.count { command in
                switch command {
                case .hangUp, .reject, .redirect: true
                default: false
                }
            }
            #expect(endings <= 1, "seed \(seed) round \(round) \(name)")
        }
    }

    private func event(_ random: inout Random) -> ScenarioEvent {
        let id = Int.random(in: 0...8, using: &random)
        let result = RecordingResult(
            id: "r", duration: .seconds(Int.random(in: 0...5, using: &random)), path: "/p", heardSpeech: Bool.random(using: &random))
        switch Int.random(in: 0..<12, using: &random) {
        case 0...1: return .answered
        case 2...6: return .digit("0123456789*#x".randomElement(using: &random) ?? "1")
        case 7...8: return .playFinished(PlayID(id))
        case 9: return .playFailed(PlayID(id), "random")
        case 10: return .recordingFinished(RecordingID(id), result, end: Bool.random(using: &random) ? .stopped : .failed("random"))
        default: return .recordingFinished(RecordingID(id), result, end: .silence)
        }
    }

    /// Files that were changed at random are refused with findings or run; they never trap.
    @Test func mutatedFilesNeverTrap() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Random(state: seed)
        let texts = try ProjectFiles.scenarios().map { Array($0.text.unicodeScalars) }
        let spice = Array("[]{}:,#'\"-. \n1*xX=<>()&|!?".unicodeScalars)
        for _ in 0..<300 {
            var text = try required(texts.randomElement(using: &random), "text")
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                if Bool.random(using: &random) { text[index] = spice.randomElement(using: &random) ?? " " } else { text.remove(at: index) }
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: text)
            let (set, findings) = ScenarioSet.load(
                files: [("scenarios/mutated.yaml", String(view))], prompts: AnyPrompts(), readFile: ProjectFiles.beside)
            #expect((set == nil) == findings.hasErrors, "seed \(seed)")
            guard let set, let name = set.names.first, let scenario = set[name] else { continue }
            var run = ScenarioRun(scenario: scenario, in: set, inputs: [:], call: CallFacts(caller: "", called: "", callID: ""))
            var out: [ScenarioCommand] = []
            run.start(at: .zero, into: &out)
            run.handle(.answered, at: .zero, into: &out)
            for key in "123#9*" { run.handle(.digit(key), at: .zero, into: &out) }
            run.handle(.hungUp, at: .zero, into: &out)
        }
    }

    /// SplitMix64: the same numbers for the same seed on every machine.
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
