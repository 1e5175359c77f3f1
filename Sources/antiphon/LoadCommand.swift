import ArgumentParser
import Logging
import SDP
import SIP
import Server
import Telephone

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Place many calls with RTP both ways and measure what comes back.",
        discussion: "Exit status: 0 when every call was answered and no packet was lost, 1 otherwise.")

    @Argument(help: "Whom to call: sip:602@127.0.0.1:5060, or 602.")
    var uri: String

    @Option(name: .long, help: "Calls at a time.")
    var calls = 100

    @Option(name: .long, help: "New calls a second.")
    var rate = 100.0

    @Option(name: .long, help: "Seconds that all calls are up together; what is counted is counted then.")
    var duration = 10.0

    @Option(name: .long, help: "One key that each call presses while it is counted.")
    var dtmf: String?

    @Option(name: .long, help: .init(stringLiteral: CodecList.help))
    var codec = CodecList()

    @Flag(name: .long, help: "SIP over TCP instead of UDP.")
    var tcp = false

    @Flag(name: .long, help: "Print the result as one JSON object.")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(calls), (0.1...2_000).contains(rate), (1...86_400).contains(duration) else {
            throw ValidationError("--calls is 1 to 10000, --rate 0.1 to 2000, --duration 1 to 86400")
        }
    }

    func run() async throws {
        let target = try TelephoneTarget(uri)
        // Two ports a call, above the server's own range and below the ephemeral ones where they fit.
        let rig = try await TelephoneRig(
            address: target.localAddress, transport: tcp ? .tcp : .udp, ports: 40_000...62_000, product: Configuration.product + " load",
            capabilities: AudioCapabilities(codecs: codec.codecs), log: Logger(label: "load", factory: { _ in SwiftLogNoOpLogHandler() }))
        let showsProgress = !json && Terminal.isWatched
        let run = LoadRun(rig: rig, target: target.uri, calls: calls, rate: rate, duration: duration, key: dtmf)
        let result = try await run.run { line in
            if showsProgress { Terminal.progress(line) }
        }
        if showsProgress { Terminal.complain("") }
        await rig.stop()
        Terminal.say(json ? result.json : result.description)
        if !result.isFlawless { throw ExitCode(1) }
    }
}
