import ArgumentParser
import Server

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Whether the running server takes calls, how many stand, and how much it keeps of them.",
        discussion: """
            Exit status: 0 when it takes calls, 1 when it does not (draining, full, late) or there is no server. Once the calls are over
            and 32 s have gone by, every table is back at what stands without calls.
            """)

    @OptionGroup var control: ControlOptions

    func run() throws {
        guard let state = try control.ask(ControlRequest(.status)).state else { return }
        if control.json {
            try control.printJSON(state)
        } else {
            Terminal.say("\(state.condition)\(state.reason.map { ": \($0)" } ?? "")")
            Terminal.say("\(state.calls) of at most \(state.callLimit) calls stand")
            Terminal.say(
                "since the start: \(state.invited) placed, \(state.answered) answered, \(state.refused) refused, \(state.ended) ended")
            let kept = state.tables.filter { $0.entries > 0 }.map { "\($0.entries) \($0.name)" }
            Terminal.say("kept: \(kept.isEmpty ? "nothing" : kept.joined(separator: ", "))")
        }
        if state.condition != .ready, state.condition != .degraded { throw ExitCode(1) }
    }
}
