import CallControl
import Findings
import SIP
import SIPAuthentication
import SIPTransport

extension Configuration {
    /// Who may call that is no listed peer.
    package struct Authentication: Sendable {
        package enum Unlisted: String, CaseIterable, Sendable {
            /// No answer: a closed door does not tell a scanner that it is one.
            case drop
            /// Whoever knows a password may call.
            case challenge
            /// 403.
            case refuse
        }

        var unlisted = Unlisted.drop
        var realm: String?
        var users: [String: DigestSecret] = [:]
    }

    mutating func readAuthentication(_ node: YAMLNode, into findings: inout [Finding]) {
        var fields = YAMLFields(node, what: "`authentication`", at: node.location, into: &findings)
        authentication.unlisted = fields.word("unlisted", of: Authentication.Unlisted.self, into: &findings) ?? .drop
        authentication.realm = fields.text("realm", into: &findings)
        let realm = authentication.realm ?? domain
        for item in fields.take("users")?.list("users", into: &findings) ?? [] {
            var user = YAMLFields(item, what: "a user", at: item.location, into: &findings)
            let name = user.text("user", into: &findings)
            let codes: [DigestHash: String] = [
                .md5: user.text("ha1_md5", into: &findings), .sha256: user.text("ha1_sha256", into: &findings),
            ].compactMapValues { $0 }
            let password = codes.isEmpty ? Self.secret(&user, at: item.location, into: &findings) : nil
            user.finish(into: &findings)
            guard let name else {
                findings.append(.error("incomplete-user", at: item.location, "a user needs `user`, and a password or its HA1"))
                continue
            }
            if let secret = password.map({ DigestSecret(username: name, realm: realm, password: $0) }) ?? DigestSecret(codes: codes) {
                authentication.users[name] = secret
            } else {
                findings.append(
                    .error(
                        "bad-secret", at: item.location, "the HA1 of `\(name)` is missing or no hexadecimal code",
                        mend: "ha1_md5: output of `printf '%s' \(name):\(realm):PASSWORD | md5sum`"))
            }
        }
        fields.finish(into: &findings)
        if authentication.unlisted == .challenge, authentication.users.isEmpty {
            findings.append(.warning("no-users", at: node.location, "callers are asked for passwords, and nobody has one"))
        }
    }

    /// What judges who is asking: listed peers pass, others as the configuration says.
    var digestServer: DigestServer {
        let networks = peerNetworks
        let unlisted = authentication.unlisted
        let configuration = DigestServerConfiguration(realm: authentication.realm ?? domain, users: authentication.users) { flow in
            if networks.contains(flow.remote.host) { return .trusted }
            return
                switch unlisted
            {
            case .drop: .dropped
            case .challenge: .challenged
            case .refuse: .refused
            }
        }
        return DigestServer(configuration: configuration, random: { UInt64.random(in: .min ... .max) })
    }

    /// Our own passwords, for upstreams that ask.
    var digestClient: DigestClient? {
        trunks.isEmpty ? nil : DigestClient(logins: trunks.map(\.login), random: { UInt64.random(in: .min ... .max) })
    }
}
