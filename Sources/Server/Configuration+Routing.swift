import CallControl

extension Configuration {
    /// The routes, and the names that mean this server: one table for `serve` and for `explain`.
    package var routingTable: RoutingTable { RoutingTable(routes: routes, domains: localDomains) }

    /// Whatever this server is known by is the default domain: listed domains, and each address that it is bound to or tells peers.
    private var localDomains: LocalDomains {
        LocalDomains(domain, also: domains + listeners.flatMap { [$0.address, $0.advertised].compactMap { $0 } })
    }
}
