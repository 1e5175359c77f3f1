import SIP
import Timing

/// Requests that are too large for UDP (RFC 3261 §18.1.1). The Via must name the transport that is used, so the choice falls where the
/// Via is written, and not further down.
package enum LargeRequest {
    /// The largest request that goes by UDP where the path's MTU is not known; a known one is kept away from by 200 bytes.
    package static let limit = 1_300

    /// Whether a request of `size` bytes over `flow` has to go by a transport that is controlled for congestion.
    package static func shouldUseStream(_ size: Int, over flow: Flow, pathMTU: Int? = nil) -> Bool {
        flow.transport == .udp && size > (pathMTU.map { $0 - 200 } ?? limit)
    }
}

extension UserAgentConfiguration {
    /// The flow by TCP to the same place, nil when the request stays on `flow`: small enough, or there is no listener on TCP to name
    /// in the Via.
    package func streamFlow(forRequestOf size: Int, over flow: Flow, pathMTU: Int? = nil) -> Flow? {
        guard LargeRequest.shouldUseStream(size, over: flow, pathMTU: pathMTU) else { return nil }
        let ours = listener(of: flow)
        let isIPv6 = { (host: String) in host.utf8.contains(UInt8(ascii: ":")) }
        let streams = listeners.indices.filter { listeners[$0].transport == .tcp }
        // The listener of the same address; else one that speaks to peers of the same family.
        let chosen =
            streams.first { listeners[$0].advertisedHost == ours.advertisedHost }
            ?? streams.first { isIPv6(listeners[$0].advertisedHost) == isIPv6(ours.advertisedHost) }
        return chosen.map { Flow(listener: $0, transport: .tcp, remote: flow.remote) }
    }
}

/// Places that took no TCP connection not long ago: their large requests go by UDP at once (§18.1.1, last but one paragraph).
package struct StreamRefusals: Sendable {
    private static let limit = 1_024
    private static let memory = Duration.seconds(600)

    private var until: [SocketEndpoint: MonotonicTime] = [:]

    package init() {}

    package var count: Int { until.count }

    package mutating func note(_ remote: SocketEndpoint, at now: MonotonicTime) {
        if until.count >= Self.limit { until = until.filter { $0.value > now } }
        // Full of fresh ones: nothing depends on knowing one more.
        guard until.count < Self.limit || until[remote] != nil else { return }
        until[remote] = now + Self.memory
    }

    package func contains(_ remote: SocketEndpoint, at now: MonotonicTime) -> Bool {
        until[remote].map { $0 > now } ?? false
    }
}
