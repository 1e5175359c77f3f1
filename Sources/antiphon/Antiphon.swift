import ArgumentParser
import Server

@main
struct Antiphon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "antiphon",
        abstract: "A SIP media server whose calls are scripted by scenario files.",
        subcommands: [
            ServeCommand.self, CheckCommand.self, ExplainCommand.self, CallCommand.self, LoadCommand.self, MailboxCommand.self,
            RoomCommand.self, TrunkCommand.self, TraceCommand.self, SDPCommand.self, OriginateCommand.self, DrainCommand.self,
            StatusCommand.self, CallsCommand.self, ReplayCommand.self, VersionCommand.self,
        ],
        defaultSubcommand: nil)
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        Terminal.say("antiphon \(Version.current)")
    }
}
