import SIP

/// What answers a number: a scenario, and what it is handed.
package struct Route: Sendable {
    package var pattern: DialPattern
    package var scenario: String
    /// Inputs as written in the configuration; `{part}` stands for what a named part of the pattern matched.
    package var inputs: [String: String]
    /// Set when calls are for a mailbox: the rules find out whose, and fill the inputs `box` and `greeting`, unless `inputs` has
    /// them written.
    package var mailbox: MailboxRules?

    package init(pattern: DialPattern, scenario: String, inputs: [String: String] = [:], mailbox: MailboxRules? = nil) {
        self.pattern = pattern
        self.scenario = scenario
        self.inputs = inputs
        self.mailbox = mailbox
    }

    /// The inputs that a call brings of itself, besides the written ones.
    package static let mailboxInputs = ["box", "greeting"]

    /// Every input that the scenario is handed.
    package var inputNames: Set<String> { Set(inputs.keys).union(mailbox == nil ? [] : Self.mailboxInputs) }
}

/// Who is dialled: a name in a domain. `100` at any of our addresses is `100@` the default domain, so that mailboxes, rooms and
/// numbers keep their identity when a second domain or a second node comes.
package struct DialledIdentity: Hashable, Sendable, CustomStringConvertible {
    package var name: String
    package var domain: String

    package var description: String { "\(name)@\(domain)" }

    package init(name: String, domain: String) {
        self.name = name
        self.domain = domain
    }
}

/// Finds the route of a call: the first pattern that matches, in the order of the configuration.
package struct RoutingTable: Sendable {
    package struct Match: Sendable {
        package var route: Route
        package var inputs: [String: String]
        /// What the named parts of the pattern matched.
        package var parts: [String: String]
        /// Set when the route has rules for a mailbox and they found one.
        package var mailbox: CalledMailbox?
    }

    package var routes: [Route]
    package var domains: LocalDomains
    /// Peers whose calls are read in their own way.
    package var peers: PeerBook
    /// What answers `annc` and `conf=…` where no route does (RFC 4240); nil when they are numbers like others.
    package var services: MediaServiceRoutes?

    package var defaultDomain: String { domains.defaultDomain }

    package init(routes: [Route], domains: LocalDomains, peers: PeerBook = PeerBook(), services: MediaServiceRoutes? = nil) {
        self.routes = routes
        self.domains = domains
        self.peers = peers
        self.services = services
    }

    package init(routes: [Route], defaultDomain: String) {
        self.init(routes: routes, domains: LocalDomains(defaultDomain))
    }

    /// An IP address names this machine, not a domain.
    package func identity(user: String, host: String) -> DialledIdentity {
        let isOurs = host.isIPLiteral || domains.contains(host)
        return DialledIdentity(name: user, domain: isOurs ? defaultDomain : host.lowercasedASCII)
    }

    /// The route of a number; a mailbox is not looked for.
    package func match(_ identity: DialledIdentity) -> Match? { match(identity.name) }

    package func match(_ number: String) -> Match? {
        for route in routes {
            guard let parts = route.pattern.match(number) else { continue }
            return Match(route: route, inputs: route.inputs.mapValues { Self.filled($0, with: parts) }, parts: parts)
        }
        return nil
    }

    /// The conference room that a call for `uri` would enter, as far as routing can tell: one that its scenario asks for is not known.
    /// A server that is being drained still takes calls for a room that is open.
    package func room(of uri: SIPURI) -> String? {
        guard let match = match(uri.user ?? "") else {
            guard case .conference(let room)? = services.flatMap({ _ in MediaService.isNamed(by: uri) ? try? MediaService(uri) : nil })
            else {
                return nil
            }
            return room
        }
        if let room = match.inputs["room"], !room.isEmpty { return room }
        // Without an input the shipped scenario takes the number that was dialled.
        return match.route.scenario == services?.conference ?? MediaServiceRoutes.usualConference ? uri.user : nil
    }

    /// Where an INVITE goes. `source` is where it came from: a listed peer has rules of its own.
    package func decide(_ message: SIPMessage, requestURI: SIPURI, from source: CallSource? = nil) -> RoutingDecision {
        let dialled = identity(user: requestURI.user ?? "", host: requestURI.host)
        let peer = source.flatMap { peers.match($0) }
        var decision = RoutingDecision(dialled: dialled, outcome: .noRoute, peer: peer)
        guard var match = match(dialled) else {
            if let services, MediaService.isNamed(by: requestURI), dialled.domain == defaultDomain {
                do { decision.outcome = .routed(try services.match(requestURI)) } catch { decision.outcome = .refused(error) }
            }
            return decision
        }
        guard var rules = match.route.mailbox else {
            decision.outcome = .routed(match)
            return decision
        }
        if let peer { rules = rules.completed(by: peer.rules.mailbox) }
        let search = rules.search(in: message, requestURI: requestURI, box: match.parts[MailboxRules.part], domains: domains)
        decision.search = search
        guard let mailbox = search.mailbox else {
            decision.outcome = .noMailbox(match.route)
            return decision
        }
        match.mailbox = mailbox
        let found = ["box": mailbox.identity.name, "greeting": mailbox.greeting.rawValue]
        match.inputs.merge(found) { written, _ in written }
        decision.outcome = .routed(match)
        return decision
    }

    /// The account of the caller as a trusted peer asserts it; nil when nobody does, or when it is an account elsewhere.
    /// From proves nothing: anybody writes there what he likes.
    package func assertedCaller(_ message: SIPMessage, peerIsTrusted: Bool) -> DialledIdentity? {
        message.assertedIdentity(peerIsTrusted: peerIsTrusted)?.uri.flatMap { domains.identity(of: $0) }
    }

    /// `{part}` replaced in one pass, so that braces in what was dialled are not taken for parts again.
    private static func filled(_ template: String, with parts: [String: String]) -> String {
        var result = ""
        var rest = Substring(template)
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}"), let value = parts[String(rest[rest.index(after: open)..<close])] else {
                result.append(rest.removeFirst())
                continue
            }
            result += value
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
