import ArgumentParser
import Findings
import Server

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read configuration, scenarios and prompts and report every mistake.",
        discussion: "Exit status: 0 clean or warnings only, 1 errors (or warnings with --strict), 2 unusable arguments.")

    @Option(name: .long, help: "The configuration file; without it the embedded defaults are checked.")
    var config: String?

    @Flag(name: .long, help: "Print the findings as JSON.")
    var json = false

    @Flag(name: .long, help: "Count warnings as errors.")
    var strict = false

    func run() throws {
        var (configuration, findings, text) = Configuration.load(path: config)
        var texts = config.map { [$0: text] } ?? [:]
        var counted = ""
        if !findings.hasErrors {
            let loaded = Setup.load(configuration)
            findings += loaded.findings
            texts.merge(loaded.texts) { first, _ in first }
            if let setup = loaded.setup {
                counted =
                    "\(setup.scenarios.names.count) scenarios (version \(setup.scenarioVersion)), \(setup.prompts.clipCount) prompts, \(configuration.routes.count) routes: "
            }
        }
        if json {
            FindingsOutput.json(findings)
        } else {
            FindingsOutput.show(findings, texts: texts)
            Terminal.say(counted + FindingsOutput.summary(findings))
        }
        if findings.hasErrors || (strict && !findings.isEmpty) { throw ExitCode(1) }
    }
}
