import ArgumentParser
import Server

struct TrunkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunk", abstract: "Look at the upstreams that the running server registers at.", subcommands: [List.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Each trunk, whether it is registered, and what went wrong last.")
        @OptionGroup var control: ControlOptions

        func run() throws {
            let trunks = try control.ask(ControlRequest(.listTrunks)).trunks ?? []
            guard !control.json else { return try control.printJSON(trunks) }
            if trunks.isEmpty { Terminal.say("no trunk is configured") }
            for trunk in trunks {
                let until = trunk.registeredFor.map { " for \($0) s" } ?? ""
                Terminal.say("\(trunk.name)  \(trunk.address)  \(trunk.state)\(until)")
                if let failure = trunk.lastFailure {
                    let next = trunk.nextRequestIn.map { ", tried again in \($0) s" } ?? ""
                    Terminal.say("  last failure: \(failure)\(trunk.failures > 0 ? next : "")")
                }
            }
        }
    }
}
