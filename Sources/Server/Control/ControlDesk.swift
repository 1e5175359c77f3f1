import CallControl
import Credentials
import NIOCore
import NIOPosix
import Voicemail

/// Carries out what comes over the control socket. Mailboxes wait for the disk, so they are asked on threads that may.
struct ControlDesk: Sendable {
    let store: MessageStore
    let domain: String
    let background: NIOThreadPool
    /// Whose disks tell how the server is.
    var folders: [String] = []
    /// Asks the switchboard on its own loop; nil when the request is about something else.
    let calls: @Sendable (ControlRequest) -> EventLoopFuture<ControlReply>?

    func answer(_ request: ControlRequest, on loop: any EventLoop) -> EventLoopFuture<ControlReply> {
        if let reply = calls(request) {
            guard request.command == .status else { return reply.hop(to: loop) }
            return reply.hop(to: loop).flatMap { reply in
                background.runIfActive(eventLoop: loop) {
                    var reply = reply
                    reply.state?.look(at: folders)
                    return reply
                }
            }
        }
        return background.runIfActive(eventLoop: loop) {
            do { return try mailboxes(request) } catch { return ControlReply(error: "\(error)") }
        }
    }

    private func mailboxes(_ request: ControlRequest) throws(VoicemailError) -> ControlReply {
        var reply = ControlReply()
        switch request.command {
        case .listMailboxes:
            reply.mailboxes = try store.mailboxes().map(MailboxListing.init)
        case .verifyMailboxes:
            reply.discrepancies = try store.check().map(\.description)
        case .showMailbox:
            let address = try address(request)
            guard let mailbox = try store.mailbox(address) else {
                throw VoicemailError(.unknownMailbox, "\(address)", "there is no such mailbox", mend: "antiphon mailbox list")
            }
            reply.mailboxes = [MailboxListing(mailbox)]
            reply.messages = try store.messages(in: address).map(MessageListing.init)
        case .addMailbox:
            let address = try address(request)
            try store.add(address, pin: try pin(request, of: address))
            reply.mailboxes = try store.mailbox(address).map { [MailboxListing($0)] } ?? []
        case .setPIN:
            let address = try address(request)
            try store.setPIN(try pin(request, of: address), of: address)
            reply.mailboxes = try store.mailbox(address).map { [MailboxListing($0)] } ?? []
        case .disableMailbox, .enableMailbox:
            let address = try address(request)
            try store.setDisabled(request.command == .disableMailbox, of: address)
            reply.mailboxes = try store.mailbox(address).map { [MailboxListing($0)] } ?? []
        case .listRooms, .readTrace, .originate, .status, .drain, .resume, .listTrunks, .listCalls:
            break
        }
        return reply
    }

    private func address(_ request: ControlRequest) throws(VoicemailError) -> MailboxAddress {
        let text = request.mailbox ?? ""
        guard let address = MailboxAddress(text) ?? MailboxAddress(name: text, domain: domain) else {
            throw VoicemailError(.unknownMailbox, "`\(text)`", "this is no mailbox's name", mend: "letters, digits and . - _ + * # only")
        }
        return address
    }

    /// Nil where none is given: such a mailbox takes messages, and nobody can log in.
    private func pin(_ request: ControlRequest, of address: MailboxAddress) throws(VoicemailError) -> PIN? {
        guard let text = request.pin, !text.isEmpty else { return nil }
        if let refusal = PINRule.refusal(of: text, number: address.name) {
            throw VoicemailError(
                .wrongState, "\(address)", "this PIN is not taken: \(refusal.rawValue)", mend: "choose 4 to 12 other digits")
        }
        return PIN(text)
    }
}
