import ArgumentParser
import CallControl
import Findings
import Glibc
import Prompts
import SIP
import Server

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what the server would do with an INVITE: which route, which mailbox, which greeting, and why.",
        discussion: """
            The file holds one INVITE, as a trace shows it, with CRLF or LF; its body is not looked at.
            Exit status: 0 the call is taken, 1 it is refused or the configuration has errors, 2 the file is no INVITE.
            """)

    @Argument(help: "The file with the INVITE; - for standard input.", completion: .file())
    var file: String

    @Option(name: .long, help: "The configuration file; without it the embedded defaults decide.")
    var config: String?

    @Option(name: .long, help: "The address that the INVITE comes from; without it the topmost Via tells.")
    var from: String?

    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func run() throws {
        let (configuration, findings, text) = Configuration.load(path: config)
        FindingsOutput.show(findings, texts: config.map { [$0: text] } ?? [:])
        guard !findings.hasErrors else { throw ExitCode(1) }
        let explanation: RouteExplanation
        do {
            explanation = try RouteExplanation(
                try Self.read(file), by: configuration.routingTable(prompts: PromptLibrary.read(folder: configuration.prompts).0),
                from: from.map { CallSource(host: $0) }, trusts: configuration.trusts)
        } catch {
            Terminal.complain("antiphon: \(file): \(error)")
            throw ExitCode(2)
        }
        Terminal.say(json ? explanation.json : explanation.text)
        if explanation.objection != nil || explanation.decision.match == nil { throw ExitCode(1) }
    }

    /// At most one byte more than a SIP message may have, so that a larger file is told from one that fits.
    private static func read(_ path: String) throws(RouteExplanation.Unreadable) -> [UInt8] {
        guard let stream = path == "-" ? fdopen(dup(STDIN_FILENO), "r") : fopen(path, "re") else { throw failure }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: SIPMessage.maximumSize + 1)
        let count = fread(&bytes, 1, bytes.count, stream)
        guard ferror(stream) == 0 else { throw failure }
        return Array(bytes.prefix(count))
    }

    private static var failure: RouteExplanation.Unreadable { .init(description: "cannot be read: \(String(cString: strerror(errno)))") }
}
