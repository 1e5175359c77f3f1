import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import SIP

@testable import SIPTransport

/// Listeners and clients with the certificates of the folder `Certificates`.
enum TLSBench {
    static func file(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Certificates/\(name).pem").path
    }

    /// Every name leads to this machine, at the port that is asked for.
    static let resolve: EndpointDriver.Resolve = { _, port, _ in
        MultiThreadedEventLoopGroup.singleton.next().makeSucceededFuture([SocketEndpoint(host: "127.0.0.1", port: port)])
    }

    static func listener(
        _ certificate: String?, key: String = "key", clients: TLSSettings.ClientCertificates = .none, verifies: Bool = true,
        peers: PeerNetworks? = nil, peerNames: Set<String> = []
    ) -> ListenerAddress {
        let identity = certificate.map { TLSSettings.Identity(certificates: file($0), key: file(key)) }
        let tls = TLSSettings(identity: identity, clients: clients, authorities: file("authority"), verifiesServers: verifies)
        return .loopback(.tls, peers: peers, peerNames: peerNames, tls: tls)
    }

    /// A station that connects to others, with a certificate of its own or none.
    static func client<Result>(
        _ certificate: String?, verifies: Bool = true, _ body: (Station) async throws -> Result
    ) async throws -> Result {
        try await Station.with([listener(certificate, verifies: verifies)], resolve: resolve, body)
    }

    /// Whether a request to `host` arrives.
    static func reaches(
        _ host: String, names: [String] = [], showing certificate: String, verifies: Bool = true,
        clients: TLSSettings.ClientCertificates = .none, as own: String? = nil
    ) async throws -> Bool {
        try await reaches(host, names: names, on: listener(certificate, clients: clients), verifies: verifies, as: own)
    }

    static func reaches(
        _ host: String, names: [String] = [], on listener: ListenerAddress, verifies: Bool = true, as own: String?
    ) async throws -> Bool {
        try await Station.with([listener]) { server in
            try await client(own, verifies: verifies) { client in
                let outcome = client.loop.makePromise(of: Bool.self)
                server.outcome = outcome
                client.outcome = outcome
                try await client.send(Sample.request(), on: Station.flow(.tls, to: server.port(), host: host, names: names))
                return try await outcome.futureResult.get()
            }
        }
    }

    /// A client that knows nothing newer than TLS 1.1.
    static func oldClient() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = .tlsv11
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }
}
