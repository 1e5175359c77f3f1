import ArgumentParser
import Glibc
import Server

struct MailboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox", abstract: "Look after the mailboxes of the running server.",
        subcommands: [List.self, Add.self, Show.self, SetPIN.self, Disable.self, Enable.self, Verify.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All mailboxes and what is in them.")
        @OptionGroup var control: ControlOptions

        func run() throws {
            let mailboxes = try control.ask(ControlRequest(.listMailboxes)).mailboxes ?? []
            guard !control.json else { return try control.printJSON(mailboxes) }
            MailboxCommand.show(mailboxes)
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a mailbox.",
            discussion:
                "Asks for its PIN, or reads it from standard input; an empty one makes a mailbox that takes messages and lets nobody in.")
        @Argument(help: "Its name, such as 1010; or name@domain.") var mailbox: String
        @OptionGroup var control: ControlOptions

        func run() throws {
            let pin = PINEntry.read("PIN of \(mailbox) (4-12 digits, empty for none): ")
            try control.confirm(control.ask(ControlRequest(.addMailbox, mailbox: mailbox, pin: pin)), "made")
        }
    }

    struct SetPIN: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pin", abstract: "Set the PIN of a mailbox.",
            discussion: "Asks for it, or reads it from standard input; an empty one lets nobody in.")
        @Argument(help: "Its name, such as 1001; or name@domain.") var mailbox: String
        @OptionGroup var control: ControlOptions

        func run() throws {
            let pin = PINEntry.read("new PIN of \(mailbox) (4-12 digits): ")
            try control.confirm(control.ask(ControlRequest(.setPIN, mailbox: mailbox, pin: pin)), "set")
        }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take no messages for it (480) and let nobody in; what it holds stays.")
        @Argument(help: "Its name, such as 1001; or name@domain.") var mailbox: String
        @OptionGroup var control: ControlOptions

        func run() throws { try control.confirm(control.ask(ControlRequest(.disableMailbox, mailbox: mailbox)), "disabled") }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take messages for it again.")
        @Argument(help: "Its name, such as 1001; or name@domain.") var mailbox: String
        @OptionGroup var control: ControlOptions

        func run() throws { try control.confirm(control.ask(ControlRequest(.enableMailbox, mailbox: mailbox)), "enabled") }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One mailbox and its messages.")
        @Argument(help: "Its name, such as 1001; or name@domain.") var mailbox: String
        @OptionGroup var control: ControlOptions

        func run() throws {
            let reply = try control.ask(ControlRequest(.showMailbox, mailbox: mailbox))
            guard !control.json else { return try control.printJSON(reply) }
            MailboxCommand.show(reply.mailboxes ?? [])
            for message in reply.messages ?? [] {
                let seconds = Double(message.milliseconds / 100) / 10
                Terminal.say(
                    "  \(message.received)  \(message.state)\(message.urgent ? ", urgent" : "")  \(seconds) s  "
                        + "from \(message.caller.isEmpty ? "unknown" : message.caller)  \(message.path)")
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether index and files agree.", discussion: "Exit status: 0 they do, 1 they do not, or the server cannot be asked.")
        @OptionGroup var control: ControlOptions

        func run() throws {
            let discrepancies = try control.ask(ControlRequest(.verifyMailboxes)).discrepancies ?? []
            if control.json {
                try control.printJSON(discrepancies)
            } else {
                for line in discrepancies { Terminal.say(line) }
                Terminal.say(discrepancies.isEmpty ? "index and files agree" : "\(discrepancies.count) differences")
            }
            if !discrepancies.isEmpty { throw ExitCode(1) }
        }
    }

    private static func show(_ mailboxes: [MailboxListing]) {
        let width = mailboxes.map(\.mailbox.count).max() ?? 0
        for mailbox in mailboxes {
            var notes: [String] = []
            if !mailbox.hasPIN { notes.append("no PIN") }
            if mailbox.disabled { notes.append("disabled") }
            if mailbox.lost > 0 { notes.append("\(mailbox.lost) lost") }
            if !mailbox.greetings.isEmpty { notes.append("greetings: \(mailbox.greetings.joined(separator: ", "))") }
            let name = mailbox.mailbox + String(repeating: " ", count: width - mailbox.mailbox.count)
            let rest = notes.isEmpty ? "" : "  (\(notes.joined(separator: "; ")))"
            Terminal.say(
                "\(name)  \(mailbox.new) new\(mailbox.urgent > 0 ? ", \(mailbox.urgent) urgent" : "")  \(mailbox.saved) saved  \(mailbox.seconds) s\(rest)"
            )
        }
    }
}

extension ControlOptions {
    fileprivate func confirm(_ reply: ControlReply, _ done: String) throws {
        guard !json else { return try printJSON(reply.mailboxes ?? []) }
        for mailbox in reply.mailboxes ?? [] { Terminal.say("\(mailbox.mailbox): \(done)\(mailbox.hasPIN ? "" : ", without a PIN")") }
    }
}

/// A PIN from the keyboard, unseen, or from standard input. Never from the command line, where every user of the machine can read it.
enum PINEntry {
    static func read(_ prompt: String) -> String {
        guard isatty(STDIN_FILENO) == 1 else { return line() }
        Terminal.ask(prompt)
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSANOW, &settings)
            Terminal.complain("")
        }
        return line()
    }

    private static func line() -> String {
        (readLine() ?? "").filter { !$0.isWhitespace }
    }
}
