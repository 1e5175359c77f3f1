import CallControl
import Findings
import SIP
import SIPAuthentication
import SIPRegistration

extension Configuration {
    /// An upstream that this server registers at.
    package struct TrunkEntry: Sendable {
        var name: String
        var registrar: SIPURI
        var user: String
        var login: DigestLogin
        var expires: UInt32
        var routes: [String]
        var followsSeenAddress: Bool
        /// The user part of our Contact: what is dialled when a call comes in.
        var contactUser: String
    }

    mutating func readTrunks(_ node: YAMLNode, into findings: inout [Finding]) {
        for item in node.list("trunks", into: &findings) ?? [] {
            var fields = YAMLFields(item, what: "a trunk", at: item.location, into: &findings)
            let name = fields.text("name", into: &findings)
            let registrar = fields.take("registrar").flatMap { Self.address($0, "registrar", into: &findings)?.uri }
            let user = fields.text("user", into: &findings)
            let login = fields.text("login", into: &findings) ?? user
            let password = Self.secret(&fields, at: item.location, into: &findings)
            let expires = fields.duration("expires", into: &findings).map { UInt32(clamping: $0.components.seconds) } ?? 3_600
            let routes = fields.take("via")?.itemsOrSelf.compactMap { Self.address($0, "via", into: &findings)?.text } ?? []
            let follows = fields.bool("behind_nat", into: &findings) ?? false
            let contactUser = fields.text("contact_user", into: &findings) ?? user
            fields.finish(into: &findings)
            guard let name, let registrar, let user, let login, let password, let contactUser else {
                findings.append(
                    .error(
                        "incomplete-trunk", at: item.location, "a trunk needs `name`, `registrar`, `user` and a password",
                        mend: "{name: carrier, registrar: sip:carrier.example, user: \"4930123\", password_file: /etc/antiphon/carrier}"))
                continue
            }
            trunks.append(
                TrunkEntry(
                    name: name, registrar: registrar, user: user,
                    login: DigestLogin(host: registrar.host, username: login, password: DigestPassword(password)), expires: expires,
                    routes: routes, followsSeenAddress: follows, contactUser: contactUser))
        }
    }

    /// `password`, or the first line of `password_file`, which need not be readable by whoever reads the configuration.
    static func secret(_ fields: inout YAMLFields, at location: SourceLocation, into findings: inout [Finding]) -> String? {
        if let password = fields.text("password", into: &findings) { return password }
        guard let file = fields.take("password_file"), let path = file.text("password_file", into: &findings) else { return nil }
        guard let text = TextFile.read(path), let line = text.split(whereSeparator: \.isNewline).first else {
            findings.append(.error("unreadable", at: file.location, "`\(path)` has no password: \(TextFile.failure)"))
            return nil
        }
        return String(line)
    }

    /// The trunks as the switchboard takes them. Contact is on the first listener of the registrar's transport.
    var trunkSettings: [TrunkSettings] {
        trunks.map { trunk in
            let wanted = trunk.registrar.parameters["transport"]?.lowercased() ?? "udp"
            let listener = listeners.first { $0.transport.rawValue == wanted } ?? listeners.first
            var contact = SIPURI(
                user: trunk.contactUser, host: listener.map { $0.advertised ?? $0.address } ?? "127.0.0.1",
                port: listener.map { $0.advertisedPort ?? $0.port })
            if let listener, listener.transport != .udp { contact.parameters["transport"] = listener.transport.rawValue }
            var registration = RegistrationConfiguration(
                registrar: trunk.registrar,
                addressOfRecord: NameAddress(uri: SIPURI(user: trunk.user, host: trunk.registrar.host)), contact: contact)
            registration.routes = trunk.routes
            registration.expires = trunk.expires
            registration.followsSeenAddress = trunk.followsSeenAddress
            return TrunkSettings(name: trunk.name, registration: registration)
        }
    }
}
