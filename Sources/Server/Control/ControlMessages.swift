import CallControl
import Foundation
import Tracing
import Voicemail

/// What the command line asks of a running server: one JSON object on one line of the control socket.
package struct ControlRequest: Codable, Sendable {
    package enum Command: String, Codable, Sendable {
        case listMailboxes = "mailbox.list"
        case addMailbox = "mailbox.add"
        case showMailbox = "mailbox.show"
        case setPIN = "mailbox.pin"
        case disableMailbox = "mailbox.disable"
        case enableMailbox = "mailbox.enable"
        case verifyMailboxes = "mailbox.verify"
        case listRooms = "room.list"
        case readTrace = "trace.read"
        case originate = "call.originate"
        case status = "server.status"
        case drain = "server.drain"
        case resume = "server.resume"
        case listTrunks = "trunk.list"
        case listCalls = "call.list"
    }

    package var command: Command
    /// A mailbox, with or without its domain.
    package var mailbox: String?
    /// Digits; never logged.
    package var pin: String?
    /// Traced messages after this number, of the call with this Call-ID.
    package var after: UInt64?
    package var call: String?
    /// Who is called, into which scenario, with which inputs.
    package var target: String?
    package var scenario: String?
    package var inputs: [String: String]?

    package init(_ command: Command, mailbox: String? = nil, pin: String? = nil) {
        self.command = command
        self.mailbox = mailbox
        self.pin = pin
    }
}

/// What the server answers, on one line: what was asked for, or why not.
package struct ControlReply: Codable, Sendable {
    package var error: String?
    package var mailboxes: [MailboxListing]?
    package var messages: [MessageListing]?
    package var discrepancies: [String]?
    package var rooms: [RoomListing]?
    package var trace: [TracedMessage]?
    package var trunks: [TrunkListing]?
    package var state: SwitchboardState?
    package var standing: [CallListing]?
    /// Calls that stand.
    package var calls: Int?

    package init(error: String? = nil) {
        self.error = error
    }

    init(_ fill: (inout ControlReply) -> Void) {
        fill(&self)
    }
}

package struct MailboxListing: Codable, Sendable, Equatable {
    package var mailbox: String
    package var new: Int
    package var saved: Int
    package var urgent: Int
    /// Messages whose file is gone.
    package var lost: Int
    /// Seconds of sound.
    package var seconds: Int
    package var bytes: Int
    package var hasPIN: Bool
    package var disabled: Bool
    package var greetings: [String]

    init(_ mailbox: Mailbox) {
        self.mailbox = mailbox.address.description
        new = mailbox.newMessages
        saved = mailbox.savedMessages
        urgent = mailbox.urgentMessages
        lost = mailbox.lostMessages
        seconds = mailbox.milliseconds / 1_000
        bytes = mailbox.bytes
        hasPIN = mailbox.hasPIN
        disabled = mailbox.isDisabled
        greetings = mailbox.greetings.map(\.rawValue).sorted()
    }
}

package struct MessageListing: Codable, Sendable, Equatable {
    package var id: String
    package var state: String
    package var caller: String
    /// UTC, as RFC 3339 writes it.
    package var received: String
    package var milliseconds: Int
    package var urgent: Bool
    package var path: String

    init(_ message: VoiceMessage) {
        id = message.id.text
        state = message.state.rawValue
        caller = message.caller
        received = Date(timeIntervalSince1970: TimeInterval(message.receivedAt.seconds)).formatted(.iso8601)
        milliseconds = message.duration
        urgent = message.isUrgent
        path = message.path
    }
}
