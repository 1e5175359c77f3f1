import ArgumentParser
import Server

struct DrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take the running server out of its proxy's rotation, or put it back.",
        discussion: """
            A draining server answers OPTIONS and new calls with 503 and Retry-After, so that a dispatcher goes to the next node; calls that
            stand go on, and a call for a room that is open here is still taken.
            """)

    @Flag(name: .long, help: "Take calls again.")
    var undo = false

    @OptionGroup var control: ControlOptions

    func run() throws {
        let reply = try control.ask(ControlRequest(undo ? .resume : .drain))
        if control.json { return try control.printJSON(reply) }
        Terminal.say("\(undo ? "calls are taken again" : "draining"); \(reply.calls ?? 0) calls stand")
    }
}
