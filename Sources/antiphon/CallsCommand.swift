import ArgumentParser
import CallControl
import Glibc
import Server

struct CallsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls",
        abstract: "The calls that stand on the running server, and how each sounds both ways.",
        discussion: """
            Each party's sound as it was when its RTCP report was last due, every five seconds or so: packets lost and too late since the
            call began, jitter, how long packets wait in the buffer, and the mean opinion (MOS) by the E-model, or the peer's own where
            it tells. What a party hears is by its own reports.
            """)

    @Argument(help: "The Call-ID of one call; the beginning of it is enough.")
    var call: String?

    @Flag(name: .shortAndLong, help: "Show them again every five seconds, until Ctrl-C.")
    var follow = false

    @OptionGroup var control: ControlOptions

    func run() throws {
        while true {
            let calls = (try control.ask(ControlRequest(.listCalls)).standing ?? []).filter { one in
                call.map { one.call.hasPrefix($0) } ?? true
            }
            if control.json { try control.printJSON(calls) } else { show(calls) }
            guard follow else { return }
            sleep(5)
        }
    }

    private func show(_ calls: [CallListing]) {
        if calls.isEmpty { Terminal.say("no call stands") }
        for call in calls {
            let caller = call.caller.isEmpty ? "unknown" : call.caller
            let who = call.callee.map { "  with \($0)" } ?? "\(call.call)  \(caller) -> \(call.dialled)  \(call.scenario)"
            let roundTrip = call.roundTrip.map { "  round trip \($0) ms" } ?? ""
            Terminal.say("\(who)  \(call.seconds) s\(call.codec.map { "  \($0)" } ?? "")\(roundTrip)")
            for (way, sound) in [("from", call.from), ("to  ", call.to)] {
                if let sound { Terminal.say("    \(way)  \(text(of: sound))") }
            }
        }
    }

    private func text(of sound: CallListing.Sound) -> String {
        var parts = ["lost \(sound.lost) %", "late \(sound.late) %", "jitter \(sound.jitter) ms"]
        if let buffer = sound.buffer { parts.append("buffer \(buffer) ms") }
        if let opinion = sound.opinion { parts.append("MOS \(opinion)") }
        if let cause = sound.cause { parts.append("poor: \(cause)") }
        return parts.joined(separator: "  ")
    }
}
