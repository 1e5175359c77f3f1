import CallControl
import Glibc
import MediaPlane
import SIPDialogs
import SIPTransport

/// What the configuration means to the parts of the server.
extension Configuration {
    /// The name in Server and User-Agent headers.
    package static let product = "Antiphon/\(Version.current)"

    var mediaPlaneSettings: MediaPlaneSettings {
        MediaPlaneSettings(
            address: media.address, ports: media.ports, threads: media.threads ?? max(1, min(8, sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
            silenceLimit: Int(media.silence.components.seconds))
    }

    var switchboardSettings: SwitchboardSettings {
        SwitchboardSettings(
            userAgent: userAgentConfiguration, routing: routingTable, mediaAddress: mediaAddress, recordings: recordings,
            callLimit: min(calls, (Int(media.ports.upperBound) - Int(media.ports.lowerBound)) / 2), rooms: RoomBook(entries: rooms),
            trusts: { [networks = trustedNetworks] in networks.contains($0) })
    }

    var userAgentConfiguration: UserAgentConfiguration {
        UserAgentConfiguration(
            listeners: listeners.map {
                .init(transport: $0.transport, advertisedHost: $0.advertised ?? $0.address, advertisedPort: $0.advertisedPort ?? $0.port)
            }, product: Self.product)
    }

    var peerNetworks: PeerNetworks { Self.networks(peers) }
    var trustedNetworks: PeerNetworks { Self.networks(trusted) }

    private static func networks(_ texts: [String]) -> PeerNetworks {
        var networks = PeerNetworks()
        // Each was read by the same parser when the configuration was checked.
        for text in texts { _ = networks.add(text) }
        return networks
    }
}
