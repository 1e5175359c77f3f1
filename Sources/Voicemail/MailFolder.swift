/// Where everything lies on disk: `index.sqlite`, and for each mailbox `DOMAIN/NAME/messages/ID.wav` and `DOMAIN/NAME/greetings/KIND.wav`.
struct MailFolder: Sendable {
    static let indexName = "index.sqlite"
    static let soundSuffix = ".wav"

    let root: String

    var index: String { "\(root)/\(Self.indexName)" }

    func box(_ address: MailboxAddress) -> String { "\(root)/\(address.domain)/\(address.name)" }

    func messages(of address: MailboxAddress) -> String { box(address) + "/messages" }

    func greetings(of address: MailboxAddress) -> String { box(address) + "/greetings" }

    func message(_ id: MessageID, of address: MailboxAddress) -> String { "\(messages(of: address))/\(id)\(Self.soundSuffix)" }

    func greeting(_ kind: GreetingKind, of address: MailboxAddress) -> String {
        "\(greetings(of: address))/\(kind.rawValue)\(Self.soundSuffix)"
    }

    /// Makes the folders of a mailbox that are not there yet.
    func makeBox(_ address: MailboxAddress) throws(VoicemailError) {
        for path in ["\(root)/\(address.domain)", box(address), messages(of: address), greetings(of: address)] {
            try Disk.makeFolder(path)
        }
    }

    /// The mailboxes that there are folders of. What is no mailbox's folder is not looked at.
    func boxes() -> [MailboxAddress] {
        Disk.names(in: root).flatMap { domain in
            Disk.kind(of: "\(root)/\(domain)") != .folder
                ? []
                : Disk.names(in: "\(root)/\(domain)").compactMap { name in
                    guard let address = MailboxAddress(name: name, domain: domain), address.domain == domain,
                        Disk.kind(of: box(address)) == .folder
                    else { return nil }
                    return address
                }
        }
    }
}
