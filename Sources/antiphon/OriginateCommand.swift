import ArgumentParser
import Server

struct OriginateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "originate",
        abstract: "Let the running server call somebody and begin a scenario when he answers.",
        discussion: """
            The target must fit a pattern under `dial_targets` of the server's configuration.
            Waits until the call is answered or refused. Exit status: 0 the scenario began, 1 it did not.
            Example: antiphon originate sip:1001@192.0.2.7 --scenario demonstration
            """)

    @Argument(help: "A SIP address, such as sip:1001@192.0.2.7.")
    var target: String

    @Option(name: .long, help: "The scenario that begins when the call is answered.")
    var scenario: String

    @Option(name: .customLong("with"), help: "An input of the scenario, NAME=VALUE; may be repeated.")
    var inputs: [String] = []

    @OptionGroup var control: ControlOptions

    func validate() throws {
        for input in inputs where !input.contains("=") { throw ValidationError("`\(input)`: an input is written NAME=VALUE") }
    }

    func run() throws {
        var request = ControlRequest(.originate)
        request.target = target
        request.scenario = scenario
        request.inputs = Dictionary(
            inputs.map { input in
                let parts = input.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
            }, uniquingKeysWith: { $1 })
        let reply = try control.ask(request)
        if control.json { return try control.printJSON(reply) }
        Terminal.say("answered; `\(scenario)` has begun")
    }
}
