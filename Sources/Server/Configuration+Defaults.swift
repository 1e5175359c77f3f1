import CallControl
import Conferencing

/// What the server answers without a configuration file, on loopback.
extension Configuration {
    /// The mailboxes of the default configuration.
    static let defaultMailboxes = (1_001...1_009).map(String.init)

    /// The numbers of the default configuration.
    package static let defaultRoutes: [Route] = {
        let table: [(String, String, [String: String], MailboxRules?)] = [
            ("100", "front-desk", [:], nil),
            ("101", "front-door", [:], nil),
            ("102", "front-desk", ["early": "true"], nil),
            ("600", "echo", [:], nil),
            ("601", "demonstration", [:], nil),
            ("602", "demonstration", ["loop": "true"], nil),
            ("603", "record", [:], nil),
            ("604", "ringing", [:], nil),
            ("605", "early-media", [:], nil),
            ("606", "busy", [:], nil),
            ("moh", "music-on-hold", [:], nil),
            ("3XXX", "conference-enter", [:], nil),
            ("*97", "voicemail-check", ["own": "true"], nil),
            ("*98", "voicemail-check", [:], nil),
            ("vm-{box:X.}", "voicemail-leave", [:], MailboxRules(order: [.number])),
            ("{box:100[1-9]}", "voicemail-leave", [:], MailboxRules()),
            ("voicemail", "voicemail-leave", [:], MailboxRules()),
        ]
        // The patterns are literals of ours; a test reads each of them.
        return table.compactMap { number, scenario, inputs, rules in
            (try? DialPattern(number)).map { Route(pattern: $0, scenario: scenario, inputs: inputs, mailbox: rules) }
        }
    }()

    /// 3000 to 3999; the last hundred ask for a PIN.
    static let defaultRooms: [RoomBook.Entry] = {
        let table: [(String, RoomPolicy)] = [
            ("39XX", RoomPolicy(pin: RoomPIN("7391"), moderatorPIN: RoomPIN("7392"))), ("3XXX", RoomPolicy()),
        ]
        return table.compactMap { pattern, policy in
            (try? DialPattern(pattern)).map { RoomBook.Entry(pattern: $0, policy: policy) }
        }
    }()

    /// One line for each default number, as the server prints them at start.
    package static let defaultNumbers: [(number: String, service: String)] = [
        ("100", "the front desk of a company: extensions 1001-1009, 2 meeting rooms, 9 mailbox, 0 operator"),
        ("101", "welcome and a menu: 1 an answer, 2 music, 3 record and play back, 9 your number"),
        ("102", "the front desk before the call is answered: an extension is a 302"),
        ("600", "echo"),
        ("601", "a demonstration of about 30 s, once (602: for ever)"),
        ("603", "record after the beep (# ends), hear it again; kept under data/recordings"),
        ("604", "rings, never answers"),
        ("605", "early media without an answer"),
        ("606", "busy"),
        ("moh", "music on hold"),
        ("3000-3999", "conference room of that number; from 3900 on with PIN (7391, moderator 7392)"),
        ("1001-1009", "leave a message for that mailbox (vm-1001 and so on as well)"),
        ("*97", "check your own mailbox (*98: asks which one); the PIN is 7391"),
    ]
}
