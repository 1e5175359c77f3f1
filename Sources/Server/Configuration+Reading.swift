import CallControl
import Findings
import MediaPlane
import SDP
import SIP
import SIPTransport
import Scenarios
import Timing

extension Configuration {
    /// Reads a configuration file. All mistakes are found, not only the first; with an error the result must not be used.
    package static func read(text: String, file: String) -> (configuration: Configuration, findings: [Finding]) {
        var configuration = Configuration()
        let start = SourceLocation(file: file, line: 1, column: 1)
        let (node, readFindings) = YAMLNode.read(text: text, file: file)
        var findings = readFindings
        // A file with nothing in it (all commented out) is a file of defaults.
        if node == nil, findings.allSatisfy({ $0.code == "yaml-empty" }) { return (configuration, []) }
        guard let node else { return (configuration, findings) }
        var fields = YAMLFields(node, what: "the configuration", at: start, into: &findings)
        if let list = fields.take("listeners") { configuration.listeners = listeners(list, into: &findings) }
        if let list = fields.take("peers") { configuration.peers = peers(list, "peers", into: &findings) }
        if let media = fields.take("media") { configuration.media = Self.media(media, into: &findings) }
        configuration.encryption = fields.word("srtp", of: MediaEncryption.self, into: &findings) ?? configuration.encryption
        configuration.readCodecs(&fields, into: &findings)
        if let list = fields.take("trusted") { configuration.trusted = peers(list, "trusted", into: &findings) }
        configuration.domain = fields.text("domain", into: &findings) ?? configuration.domain
        configuration.domains = fields.take("domains")?.itemsOrSelf.compactMap { $0.text("domains", into: &findings) } ?? []
        configuration.dialTargets = fields.take("dial_targets")?.itemsOrSelf.compactMap { dialTarget($0, into: &findings) } ?? []
        configuration.nameServers = fields.take("name_servers")?.itemsOrSelf.compactMap { $0.text("name_servers", into: &findings) } ?? []
        if let node = fields.take("authentication") { configuration.readAuthentication(node, into: &findings) }
        if let node = fields.take("trunks") { configuration.readTrunks(node, into: &findings) }
        if let node = fields.take("peer_rules") { configuration.peerRules = peerRules(node, into: &findings) }
        if let node = fields.take("services") { configuration.services = services(node, into: &findings) }
        if let node = fields.take("dial_out") { configuration.readDialOut(node, into: &findings) }
        if let voicemail = fields.take("voicemail") { configuration.readVoicemail(voicemail, into: &findings) }
        if let rooms = fields.take("rooms") { configuration.readRooms(rooms, into: &findings) }
        // Nobody who did not write it himself gets mailboxes that the documentation has the PIN of, except on loopback.
        if !configuration.isLoopbackOnly { configuration.voicemail.firstPIN = nil }
        configuration.data = fields.text("data", into: &findings) ?? configuration.data
        configuration.prompts = fields.text("prompts", into: &findings) ?? configuration.prompts
        configuration.readSound(&fields, into: &findings)
        configuration.scenarios = fields.text("scenarios", into: &findings) ?? configuration.scenarios
        configuration.calls = fields.int("calls", in: 1...100_000, into: &findings) ?? configuration.calls
        configuration.callsPerSecond = fields.int("calls_per_second", in: 1...100_000, into: &findings) ?? configuration.callsPerSecond
        configuration.logLevel = fields.word("log", of: LogLevel.self, into: &findings)?.rawValue ?? configuration.logLevel
        if let list = fields.take("routes") { configuration.readRoutes(list, into: &findings) }
        fields.finish(into: &findings)
        configuration.warnOfKeysInClear(at: start, into: &findings)
        if configuration.media.ports.upperBound >= EphemeralPorts.first {
            findings.append(
                .warning(
                    "ephemeral-ports", at: start,
                    "the RTP ports \(configuration.media.ports) reach into the system's ephemeral ports (\(EphemeralPorts.first) and above)",
                    mend: "end the range below \(EphemeralPorts.first), or move ip_local_port_range"))
        }
        return (configuration, findings)
    }

    private enum LogLevel: String, CaseIterable { case trace, debug, info, notice, warning, error }

    private static func dialTarget(_ node: YAMLNode, into findings: inout [Finding]) -> DialTarget? {
        guard let text = node.text("dial_targets", into: &findings) else { return nil }
        do {
            return try DialTarget(text)
        } catch {
            findings.append(.error("bad-pattern", at: node.location, "`\(text)` is no pattern of addresses: \(error)"))
            return nil
        }
    }

    static func refuseAddress(_ text: String, _ name: String, at location: SourceLocation, into findings: inout [Finding]) {
        findings.append(.error("bad-address", at: location, "`\(name)` must be an IP address, not `\(text)`"))
    }

    static func peers(_ node: YAMLNode, _ name: String, into findings: inout [Finding]) -> [String] {
        (node.list(name, into: &findings) ?? []).compactMap { item in
            guard let text = item.text(name, into: &findings) else { return nil }
            var networks = PeerNetworks()
            guard networks.add(text) else {
                findings.append(
                    .error("bad-network", at: item.location, "`\(text)` is no address or network", mend: "write 192.0.2.7 or 192.0.2.0/24"))
                return nil
            }
            return text
        }
    }

    private static func media(_ node: YAMLNode, into findings: inout [Finding]) -> Media {
        var media = Media()
        var fields = YAMLFields(node, what: "`media`", at: node.location, into: &findings)
        media.address = fields.text("address", into: &findings) ?? media.address
        media.advertised = fields.text("advertised", into: &findings)
        if let ports = fields.take("ports"), let text = ports.text("ports", into: &findings) {
            let ends = text.split(separator: "-").compactMap { UInt16($0) }
            if ends.count == 2, ends[0] >= 1_024, ends[0] < ends[1] {
                media.ports = ends[0]...ends[1]
            } else {
                findings.append(
                    .error("bad-ports", at: ports.location, "`\(text)` is no range of ports", mend: "write for example 20000-29999"))
            }
        }
        media.threads = fields.int("threads", in: 1...64, into: &findings)
        if let silence = fields.duration("silence", into: &findings) { media.silence = max(silence, .seconds(1)) }
        if let delay = fields.take("delay_limit"), let limit = delay.duration("delay_limit", into: &findings) {
            let limits = MediaPlaneSettings.delayLimits
            if limits.contains(Int(limit.wholeMilliseconds)) {
                media.delayLimit = limit
            } else {
                findings.append(
                    .error(
                        "out-of-range", at: delay.location, "`delay_limit` must be \(limits.lowerBound) to \(limits.upperBound) ms",
                        mend: "write for example 200ms"))
            }
        }
        media.followsSources = fields.bool("symmetric", into: &findings) ?? media.followsSources
        fields.finish(into: &findings)
        for (name, address) in [("address", media.address), ("advertised", media.advertised ?? media.address)] where !address.isIPLiteral {
            refuseAddress(address, name, at: node.location, into: &findings)
        }
        if media.address == "0.0.0.0" || media.address == "::", media.advertised == nil {
            findings.append(
                .error(
                    "no-advertised-address", at: node.location, "\(media.address) is every address, so peers cannot be told one",
                    mend: "add `advertised:` with the address that peers send media to"))
        }
        return media
    }

    private mutating func readRoutes(_ node: YAMLNode, into findings: inout [Finding]) {
        routes = []
        routeLocations = []
        for item in node.list("routes", into: &findings) ?? [] {
            var fields = YAMLFields(item, what: "a route", at: item.location, into: &findings)
            let dial = fields.take("dial")
            let scenario = fields.text("scenario", into: &findings)
            var inputs: [String: String] = [:]
            for pair in fields.take("with")?.pairs ?? [] { inputs[pair.key] = pair.value.text(pair.key, into: &findings) }
            let rules = Self.mailboxRules(fields.take("mailbox"), into: &findings)
            fields.finish(into: &findings)
            guard let dial, let text = dial.text("dial", into: &findings), let scenario else {
                findings.append(.error("incomplete-route", at: item.location, "a route needs `dial` and `scenario`"))
                continue
            }
            do {
                let pattern = try DialPattern(text)
                for value in inputs.values {
                    for name in value.placeholders where !pattern.partNames.contains(name) {
                        findings.append(
                            .error("unknown-part", at: item.location, "`{\(name)}` is no named part of the pattern `\(text)`"))
                    }
                }
                if rules?.order.contains(.number) == true, !pattern.partNames.contains(MailboxRules.part) {
                    findings.append(
                        .warning(
                            "no-box-part", at: item.location, "the rule `number` needs a part `{\(MailboxRules.part):…}` in `\(text)`",
                            mend: "dial: \"{\(MailboxRules.part):\(text)}\", or leave the rule out"))
                }
                routes.append(Route(pattern: pattern, scenario: scenario, inputs: inputs, mailbox: rules))
                routeLocations.append(item.location)
            } catch {
                findings.append(.error("bad-pattern", at: dial.location, "`\(text)` is no dial pattern: \(error)"))
            }
        }
    }
}

extension String {
    /// The names between braces.
    fileprivate var placeholders: [String] {
        split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { piece in
            piece.firstIndex(of: "}").map { String(piece[..<$0]) }
        }
    }
}
