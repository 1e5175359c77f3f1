import CallControl
import Glibc
import MediaPlane
import Prompts
import SIP
import SIPDialogs
import SIPTransport
import Timing

/// What the configuration means to the parts of the server.
extension Configuration {
    /// The name in Server and User-Agent headers.
    package static let product = "Antiphon/\(Version.current)"

    package var mediaPlaneSettings: MediaPlaneSettings {
        var settings = MediaPlaneSettings(
            address: media.address, ports: media.ports, threads: media.threads ?? max(1, min(8, sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
            silenceLimit: Int(media.silence.components.seconds))
        settings.delayLimit = Int(media.delayLimit.wholeMilliseconds)
        settings.followsSources = media.followsSources
        return settings
    }

    func switchboardSettings(prompts: PromptLibrary) -> SwitchboardSettings {
        var dialOut = dialOut
        dialOut.policy.targets = dialTargets
        var settings = SwitchboardSettings(
            userAgent: userAgentConfiguration, routing: routingTable(prompts: prompts), mediaAddress: mediaAddress, recordings: recordings,
            callLimit: min(calls, (Int(media.ports.upperBound) - Int(media.ports.lowerBound)) / 2), rooms: RoomBook(entries: rooms),
            dialOut: dialOut, trusts: trusts)
        settings.callsPerSecond = Double(callsPerSecond)
        settings.trunks = trunkSettings
        settings.tones = tones
        settings.recordingsFormat = recordingsFormat
        settings.capabilities = audioCapabilities
        settings.encoding = opus
        settings.lampProxy = voicemail.lampProxy
        // Where only listed peers are heard, whoever is heard is one.
        if authentication.unlisted != .drop { settings.isListed = { [networks = peerNetworks] in networks.contains($0) } }
        settings.refusesFullMailboxes = voicemail.full == .refuse
        settings.gate = digestServer
        settings.credentials = digestClient
        return settings
    }

    var userAgentConfiguration: UserAgentConfiguration {
        var agent = UserAgentConfiguration(
            listeners: listeners.map {
                .init(transport: $0.transport, advertisedHost: $0.advertised ?? $0.address, advertisedPort: $0.advertisedPort ?? $0.port)
            }, product: Self.product, handedOver: [.info, .subscribe, .notify, .refer])
        agent.furtherOptions = ["replaces", "norefersub"]
        return agent
    }

    /// Whether an address is listed under `trusted`.
    package var trusts: @Sendable (String) -> Bool { { [networks = trustedNetworks] in networks.contains($0) } }

    /// Where SIP is listened for.
    var listenerAddresses: [ListenerAddress] {
        listeners.map { listener in
            ListenerAddress(
                transport: listener.transport, endpoint: SocketEndpoint(host: listener.address, port: listener.port),
                peers: authentication.unlisted == .drop ? listener.peers.map(Self.networks) : nil,
                peerNames: Set(listener.peerNames.map { $0.lowercased() }), tls: listener.tls)
        }
    }

    /// Peers and trunks are many users behind one address: limits for one source are not for them.
    var transportSettings: TransportSettings {
        var settings = TransportSettings()
        settings.exempt = peerNetworks
        return settings
    }

    /// Requests of one source that is no peer.
    var sourceLimiter: SourceLimiter { SourceLimiter(perSecond: 20, burst: 60, exempt: peerNetworks) }

    /// Whom the sockets hear at all: everybody, where who is not listed is asked for a password or told no.
    var heardNetworks: PeerNetworks {
        authentication.unlisted == .drop ? peerNetworks : Self.networks(["0.0.0.0/0", "::/0"])
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
