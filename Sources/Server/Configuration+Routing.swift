import CallControl
import Foundation
import Prompts

extension Configuration {
    /// The routes, the names that mean this server, peers with rules of their own and the services of RFC 4240: one table for `serve`
    /// and for `explain`. Without `prompts` no announcement is found.
    package func routingTable(prompts: PromptLibrary? = nil) -> RoutingTable {
        RoutingTable(
            routes: routes, domains: localDomains, peers: PeerBook(peerRules), services: services.map { serviceRoutes($0, prompts) })
    }

    private func serviceRoutes(_ services: Services, _ prompts: PromptLibrary?) -> MediaServiceRoutes {
        var routes = MediaServiceRoutes(
            places: AnnouncementPlaces(
                folders: services.folders.map(Self.resolved), urls: services.urls,
                clipExists: { name in prompts?.contains(clip: name) ?? false },
                // A link may lead out of the folder: what counts is where the file is.
                fileExists: { path in Self.resolved(path) == path && FileManager.default.fileExists(atPath: path) }))
        routes.announcement = services.announcement
        routes.conference = services.conference
        return routes
    }

    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    /// Whatever this server is known by is the default domain: listed domains, and each address that it is bound to or tells peers.
    private var localDomains: LocalDomains {
        LocalDomains(domain, also: domains + listeners.flatMap { [$0.address, $0.advertised].compactMap { $0 } })
    }
}
