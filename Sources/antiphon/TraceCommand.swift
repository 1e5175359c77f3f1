import ArgumentParser
import Glibc
import SIPTracing
import Server

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show the SIP messages of the running server's calls as a ladder: the last ones, or live.",
        discussion: """
            The server keeps the last messages of its last calls. Passwords' digests and keys sent by INFO are not shown.
            Examples:
              antiphon trace                        the calls that are kept
              antiphon trace --follow               live, until Ctrl-C
              antiphon trace a84b4c76e66710 --full  one call, every message in full
            """)

    @Argument(help: "The Call-ID of one call; the beginning of it is enough.")
    var call: String?

    @Flag(name: .shortAndLong, help: "Go on with what comes, until Ctrl-C.")
    var follow = false

    @Flag(name: .long, help: "Print whole messages, not only their first lines.")
    var full = false

    @OptionGroup var control: ControlOptions

    func run() throws {
        var latest: UInt64 = 0
        var seen: [String: [TracedMessage]] = [:]
        var last = ""
        repeat {
            var request = ControlRequest(.readTrace)
            request.after = latest
            let messages = (try control.ask(request).trace ?? []).filter { call.map($0.callID.hasPrefix) ?? true }
            latest = messages.last?.number ?? latest
            if !follow, !full, !control.json {
                Terminal.say(messages.isEmpty ? "no message is kept" : Ladder.text(messages))
                return
            }
            if control.json, !follow { return try control.printJSON(messages) }
            for message in messages {
                let known = seen[message.callID] ?? []
                seen[message.callID] = (known + [message]).suffix(60)
                try show(message, with: seen[message.callID] ?? [], isNew: last != message.callID || known.isEmpty)
                last = message.callID
            }
            if follow { usleep(200_000) }
        } while follow
    }

    private func show(_ message: TracedMessage, with call: [TracedMessage], isNew: Bool) throws {
        if control.json { return try control.printJSON(message) }
        if isNew { Terminal.say("\n" + Ladder.heading(of: call)) }
        Terminal.say(Ladder.line(message, peers: Ladder.peers(call)))
        if full { Terminal.say(message.text + "\n") }
    }
}
