/// What answers a number: a scenario, and what it is handed.
package struct Route: Sendable {
    package var pattern: DialPattern
    package var scenario: String
    /// Inputs as written in the configuration; `{part}` stands for what a named part of the pattern matched.
    package var inputs: [String: String]

    package init(pattern: DialPattern, scenario: String, inputs: [String: String] = [:]) {
        self.pattern = pattern
        self.scenario = scenario
        self.inputs = inputs
    }
}

/// Who is dialled: a name in a domain. `100` at any of our addresses is `100@` the default domain, so that mailboxes, rooms and
/// numbers keep their identity when a second domain or a second node comes.
package struct DialledIdentity: Hashable, Sendable, CustomStringConvertible {
    package var name: String
    package var domain: String

    package var description: String { "\(name)@\(domain)" }
}

/// Finds the route of a call: the first pattern that matches, in the order of the configuration.
package struct RoutingTable: Sendable {
    package struct Match: Sendable {
        package var route: Route
        package var inputs: [String: String]
    }

    package var routes: [Route]
    package var defaultDomain: String

    package init(routes: [Route], defaultDomain: String) {
        self.routes = routes
        self.defaultDomain = defaultDomain
    }

    /// An IP address names this machine, not a domain.
    package func identity(user: String, host: String) -> DialledIdentity {
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        return DialledIdentity(name: user, domain: isAddress || host.isEmpty || host == "localhost" ? defaultDomain : host.lowercased())
    }

    package func match(_ identity: DialledIdentity) -> Match? {
        for route in routes {
            guard let parts = route.pattern.match(identity.name) else { continue }
            return Match(route: route, inputs: route.inputs.mapValues { Self.filled($0, with: parts) })
        }
        return nil
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
