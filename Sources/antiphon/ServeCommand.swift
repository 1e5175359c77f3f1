import ArgumentParser
import Findings
import Logging
import SIPTransport
import Server
import ServiceLifecycle

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Answer calls.")

    @Option(name: .long, help: "The configuration file; without it the server answers its default numbers on loopback.")
    var config: String?

    @Option(
        name: .long, help: "trace, debug, info, notice, warning or error; overrides the configuration.",
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else { throw ValidationError("`\(text)` is no log level") }
            return level
        })
    var log: Logger.Level?

    func run() async throws {
        let (configuration, configurationFindings, text) = Configuration.load(path: config)
        var findings = configurationFindings
        var texts = config.map { [$0: text] } ?? [:]
        var setup: Setup?
        if !findings.hasErrors {
            let loaded = Setup.load(configuration)
            findings += loaded.findings
            texts.merge(loaded.texts) { first, _ in first }
            setup = loaded.setup
        }
        FindingsOutput.show(findings, texts: texts)
        guard let setup, !findings.hasErrors else {
            Terminal.complain("antiphon: not started: \(FindingsOutput.summary(findings))")
            throw ExitCode(1)
        }

        var logger = Logger(label: "antiphon", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = log ?? Logger.Level(rawValue: configuration.logLevel) ?? .info
        let usesDefaults = config == nil
        let server = AntiphonServer(setup: setup, log: logger) { bound in Self.greet(bound, setup: setup, usesDefaults: usesDefaults) }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "lifecycle", factory: { _ in SwiftLogNoOpLogHandler() })
            ))
        do {
            try await group.run()
        } catch {
            Terminal.complain("antiphon: \(error)")
            throw ExitCode(1)
        }
    }

    /// What a newcomer needs next: where it listens, what to dial, and how to hear something without a telephone.
    private static func greet(_ bound: [ListenerAddress], setup: Setup, usesDefaults: Bool) {
        Terminal.say("Antiphon \(Version.current) listens on \(bound.map(\.description).joined(separator: ", "))")
        Terminal.say("  \(setup.scenarios.names.count) scenarios (version \(setup.scenarioVersion)), \(setup.prompts.clipCount) prompts")
        if usesDefaults {
            Terminal.say("\nDial")
            let width = Configuration.defaultNumbers.map(\.number.count).max() ?? 0
            for (number, service) in Configuration.defaultNumbers {
                Terminal.say("  \(number)\(String(repeating: " ", count: width - number.count))  \(service)")
            }
        } else {
            for route in setup.configuration.routes { Terminal.say("  \(route.pattern) -> \(route.scenario)") }
        }
        guard let first = bound.first?.endpoint else { return }
        Terminal.say(
            """

            A first call, without a telephone (in a second terminal):
              antiphon call sip:601@\(first) --record heard.wav
              antiphon call sip:100@\(first) --dtmf 1 --record heard.wav

            """)
    }
}
