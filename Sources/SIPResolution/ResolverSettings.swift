/// How name servers are asked.
package struct ResolverSettings: Hashable, Sendable {
    /// `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`, at most eight; empty for those of the system (/etc/resolv.conf).
    package var servers: [String]
    /// For the first answer; twice as long in each further round through the servers.
    package var timeout: Duration
    /// Rounds through the servers.
    package var rounds: Int
    /// Answers kept, good and bad ones.
    package var cachedAnswers: Int
    /// Different questions that may be under way; eight times as many may wait for their answers.
    package var openQuestions: Int

    package init(
        servers: [String] = [], timeout: Duration = .milliseconds(1500), rounds: Int = 2, cachedAnswers: Int = 1024,
        openQuestions: Int = 512
    ) {
        self.servers = servers
        self.timeout = timeout
        self.rounds = rounds
        self.cachedAnswers = cachedAnswers
        self.openQuestions = openQuestions
    }
}

/// Why there can be no resolver.
package enum ResolverError: Error, Hashable, Sendable, CustomStringConvertible {
    case servers([String])
    /// What the library or the system said.
    case system(String)

    package var description: String {
        switch self {
        case .servers(let servers): "name servers are addresses with or without a port, at most eight: \(servers.joined(separator: ", "))"
        case .system(let reason): "no resolver: \(reason)"
        }
    }
}
