import ArgumentParser
import Foundation
import Server

/// Which running server is meant, and how its answer is shown.
struct ControlOptions: ParsableArguments {
    @Option(name: .long, help: "The configuration file of the running server; its data folder holds the control socket.")
    var config: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func ask(_ request: ControlRequest) throws -> ControlReply {
        let (configuration, findings, text) = Configuration.load(path: config)
        guard !findings.hasErrors else {
            FindingsOutput.show(findings, texts: config.map { [$0: text] } ?? [:])
            throw ExitCode(2)
        }
        do {
            let reply = try ControlLine.ask(request, at: configuration.controlSocket)
            if let error = reply.error {
                Terminal.complain("antiphon: \(error)")
                throw ExitCode(1)
            }
            return reply
        } catch let failure as ControlLine.Failure {
            Terminal.complain("antiphon: \(failure)")
            throw ExitCode(1)
        }
    }

    func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Terminal.say(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
