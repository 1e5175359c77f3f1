import ArgumentParser
import Server

struct RoomCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "room", abstract: "Look at the conference rooms of the running server.", subcommands: [List.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The open rooms and who is in them.")
        @OptionGroup var control: ControlOptions

        func run() throws {
            let rooms = try control.ask(ControlRequest(.listRooms)).rooms ?? []
            guard !control.json else { return try control.printJSON(rooms) }
            if rooms.isEmpty { Terminal.say("no room is open") }
            for room in rooms {
                Terminal.say("\(room.room)  \(room.members.count) members\(room.locked ? ", locked" : "")")
                for member in room.members {
                    let caller = member.caller.isEmpty ? "unknown" : member.caller
                    Terminal.say("  \(caller)  \(member.role)\(member.muted ? ", muted" : "")  \(member.seconds) s")
                }
            }
        }
    }
}
