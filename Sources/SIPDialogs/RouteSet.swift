import SIP

/// Route sets that are known before there is a dialog: an outbound proxy, a Path, a Service-Route (RFC 3261 §8.1.1.1, §8.1.2).
enum RouteSet {
    /// Whether the Request-URI or the topmost Route is a SIPS URI (RFC 3261 §8.1.1.8).
    static func isSecure(_ way: (target: SIPURI, routes: [String])) -> Bool {
        way.target.scheme == .sips || way.routes.first.flatMap { try? NameAddress.parse($0) }?.uri.scheme == .sips
    }

    /// What the Request-URI and the Route values become. A strict router in front wants itself as the Request-URI and the target as
    /// the last Route (RFC 3261 §12.2.1.1).
    static func preloaded(_ routes: [String], target: SIPURI) -> (target: SIPURI, routes: [String]) {
        guard let first = routes.first, let address = try? NameAddress.parse(first), address.uri.isSIP, !address.uri.isLooseRouter else {
            return (target, routes)
        }
        var router = address.uri
        router.headers = []
        router.parameters.remove("method")
        return (router, routes.dropFirst() + ["<\(target.text)>"])
    }
}
