import CallControl
import Findings
import SDP

/// Peers with rules of their own, and the services of RFC 4240.
extension Configuration {
    /// The list under `peer_rules`.
    static func peerRules(_ node: YAMLNode, into findings: inout [Finding]) -> [PeerRules] {
        (node.list("peer_rules", into: &findings) ?? []).compactMap { item in
            var fields = YAMLFields(item, what: "a peer's rules", at: item.location, into: &findings)
            let name = fields.text("name", into: &findings)
            var signs: [PeerRules.Sign] = []
            for node in fields.take("from")?.itemsOrSelf ?? [] {
                guard let text = node.text("from", into: &findings) else { continue }
                if let network = AddressNetwork(text) {
                    signs.append(.network(network))
                } else {
                    findings.append(
                        .error(
                            "bad-network", at: node.location, "`\(text)` is no address or network",
                            mend: "write 192.0.2.7 or 192.0.2.0/24; a name that a certificate proves goes under `tls`"))
                }
            }
            for node in fields.take("tls")?.itemsOrSelf ?? [] {
                if let text = node.text("tls", into: &findings) { signs.append(.tlsName(text.lowercased())) }
            }
            var rules = PeerRules(name: name ?? "", signs: signs)
            rules.isTrusted = fields.bool("trusted", into: &findings)
            rules.caller.shown = fields.word("caller", of: CallerIdentity.Rules.Shown.self, into: &findings) ?? .from
            rules.caller.remotePartyID = fields.bool("remote_party_id", into: &findings) ?? false
            if let mailbox = mailboxRules(fields.take("mailbox"), into: &findings) { rules.mailbox = mailbox }
            rules.codecs = codecs(&fields, into: &findings)
            rules.prefersOwnCodecs = prefersOwnCodecs(&fields, into: &findings)
            rules.encryption = fields.word("srtp", of: MediaEncryption.self, into: &findings)
            fields.finish(into: &findings)
            if name == nil || signs.isEmpty {
                findings.append(
                    .error("incomplete-peer", at: item.location, "a peer's rules need a `name`, and `from` or `tls` to know it by"))
                return nil
            }
            return rules
        }
    }

    /// The rules under `mailbox` of a route or a peer. What is not written is left open.
    static func mailboxRules(_ node: YAMLNode?, into findings: inout [Finding]) -> MailboxRules? {
        guard let node, node.scalar != "false" else { return nil }
        if node.scalar == "true" { return MailboxRules() }
        var fields = YAMLFields(node, what: "`mailbox`", at: node.location, into: &findings)
        let order = fields.take("rules")?.list("rules", into: &findings)?.compactMap { item -> MailboxRules.Rule? in
            guard let text = item.text("rules", into: &findings) else { return nil }
            if let rule = MailboxRules.Rule(rawValue: text) { return rule }
            let names = MailboxRules.Rule.allCases.map(\.rawValue)
            findings.append(
                .error(
                    "wrong-word", at: item.location, "there is no rule `\(text)`", mend: "write some of: \(names.joined(separator: ", "))"))
            return nil
        }
        let diverter = fields.word("diverter", of: MailboxRules.Diverter.self, into: &findings)
        let header = fields.text("header", into: &findings)
        fields.finish(into: &findings)
        if order?.contains(.header) == true, header == nil {
            findings.append(
                .error("missing-field", at: node.location, "the rule `header` needs the name of one", mend: "add header: X-Mailbox"))
        }
        return MailboxRules(order: order, diverter: diverter, header: header)
    }

    /// Where announcements may come from beside the prompts.
    package struct Services: Sendable {
        var announcement: String? = "announcement"
        var conference: String? = "conference-enter"
        var folders: [String] = []
        var urls: [String] = []
    }

    /// What is under `services`.
    static func services(_ node: YAMLNode, into findings: inout [Finding]) -> Services? {
        if node.scalar == "false" { return nil }
        var fields = YAMLFields(node, what: "`services`", at: node.location, into: &findings)
        var services = Services()
        if let text = fields.text("announcement", into: &findings) { services.announcement = text == "false" ? nil : text }
        if let text = fields.text("conference", into: &findings) { services.conference = text == "false" ? nil : text }
        for node in fields.take("folders")?.itemsOrSelf ?? [] {
            guard let text = node.text("folders", into: &findings) else { continue }
            if text.hasPrefix("/") {
                services.folders.append(text)
            } else {
                findings.append(.error("wrong-path", at: node.location, "`\(text)` is no absolute path"))
            }
        }
        services.urls = (fields.take("urls")?.itemsOrSelf ?? []).compactMap { node -> String? in
            guard let text = node.text("urls", into: &findings) else { return nil }
            // Without a slash after the host `https://media.example` would also be the beginning of `https://media.example.evil/`.
            if text.hasPrefix("http://") || text.hasPrefix("https://"), text.split(separator: "/").count > 1, text.hasSuffix("/") {
                return text
            }
            findings.append(.error("wrong-word", at: node.location, "`\(text)` is no http or https address that ends in /"))
            return nil
        }
        fields.finish(into: &findings)
        return services
    }
}
