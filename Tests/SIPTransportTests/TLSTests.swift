import NIOCore
import NIOPosix
import NIOSSL
import SIP
import Testing

@testable import SIPTransport

/// Who is believed to be whom, over real connections. The certificates are made by Certificates/make.sh.
@Suite(.timeLimit(.minutes(5))) struct TLSTests {
    // MARK: Servers

    /// RFC 5922 §7.1-7.3, and what any TLS client checks.
    @Test(arguments: [
        ("right", "example.com", true), ("right", "EXAMPLE.com", true), ("right", "beside.example.com", false),
        ("right", "sip.example.com", false), ("dns", "example.com", true), ("dns", "second.example.com", true),
        ("dns", "third.example.com", false), ("wrong", "example.com", false), ("wildcard", "sip.example.com", false),
        ("wildcard", "example.com", false), ("expired", "example.com", false), ("selfsigned", "example.com", false),
        ("address", "127.0.0.1", true), ("right", "127.0.0.1", false),
    ])
    func aServerMustProveItsName(certificate: String, host: String, isReached: Bool) async throws {
        let reached = try await TLSBench.reaches(host, showing: certificate)
        #expect(reached == isReached)
    }

    /// The name that was asked for, when the host is an address that was found for it (RFC 5922 §7.3).
    @Test(arguments: [(["example.com"], true), (["example.net"], false), (["example.net", "example.com"], true)])
    func theNameIsTheOneThatWasLookedUp(names: [String], isReached: Bool) async throws {
        let reached = try await TLSBench.reaches("127.0.0.1", names: names, showing: "right")
        #expect(reached == isReached)
    }

    @Test func whoDoesNotWantProofGetsNone() async throws {
        let reached = try await TLSBench.reaches("example.com", showing: "selfsigned", verifies: false)
        #expect(reached)
    }

    @Test func namesAreHandedUpOnBothSides() async throws {
        try await Station.with([TLSBench.listener("right", clients: .request)]) { server in
            try await TLSBench.client("client") { client in
                try await client.send(Sample.request(), on: Station.flow(.tls, to: server.port(), host: "example.com"))
                let asked = try await server.messages.next()
                #expect(asked.flow.transport == .tls)
                #expect(asked.flow.peerNames == ["client.example"])
                try await server.send(Sample.response(), on: asked.flow)
                let answered = try await client.messages.next()
                #expect(answered.text == Sample.response())
                #expect(answered.flow.peerNames == ["example.com"])
            }
        }
    }

    // MARK: Clients

    @Test(
        arguments: [
            (TLSSettings.ClientCertificates.require, "client", true), (.require, nil, false), (.require, "expired", false),
            (.require, "selfsigned", false), (.request, nil, true), (.request, "client", true), (.request, "expired", false),
            (.none, nil, true),
            // What is not asked for is not looked at.
            (.none, "expired", true),
        ] as [(TLSSettings.ClientCertificates, String?, Bool)])
    func aClientProvesWhatIsAskedOfIt(clients: TLSSettings.ClientCertificates, certificate: String?, isReached: Bool) async throws {
        let reached = try await TLSBench.reaches("example.com", showing: "right", clients: clients, as: certificate)
        #expect(reached == isReached)
    }

    /// A peer may be listed by its name alone, at whatever address it is.
    @Test(arguments: [("client", true), ("dns", false), (nil, false)] as [(String?, Bool)])
    func aListedNameNeedsNoListedAddress(certificate: String?, isReached: Bool) async throws {
        let listener = TLSBench.listener("right", clients: .request, peers: PeerNetworks(), peerNames: ["client.example"])
        let reached = try await TLSBench.reaches("example.com", on: listener, as: certificate)
        #expect(reached == isReached)
    }

    // MARK: Versions, times, files

    @Test func olderVersionsAreRefused() async throws {
        try await Station.with([TLSBench.listener("right")]) { server in
            let peer = try await RawPeer.connect(to: server.port(), tls: TLSBench.oldClient())
            try await peer.whenClosed()
            let heardNothing = try await server.messages.isEmpty
            #expect(heardNothing)
        }
    }

    @Test func aHandshakeThatDoesNotComeEnds() async throws {
        var settings = TransportSettings()
        settings.handshakeTime = .milliseconds(50)
        try await Station.with([TLSBench.listener("right")], settings: settings) { server in
            let peer = try await RawPeer.connect(to: server.port())
            try await peer.whenClosed()
            let isEmpty = try await server.onDriver { $0.table.isEmpty && $0.connections.isEmpty }
            #expect(isEmpty == true)
        }
    }

    @Test func whoSpeaksNoTLSIsHungUpOn() async throws {
        try await Station.with([TLSBench.listener("right")]) { server in
            let peer = try await RawPeer.connect(to: server.port())
            try await peer.send(Sample.request())
            try await peer.whenClosed()
        }
    }

    @Test(arguments: [("right", "other-key"), ("none", "key"), ("right", "none"), ("key", "key"), ("make", "key")])
    func badFilesAreTold(certificate: String, key: String) async throws {
        await #expect(throws: ListenerFailure.self) {
            try await Station.with([TLSBench.listener(certificate, key: key)]) { _ in }
        }
    }

    // MARK: RFC 5923

    /// Requests to a peer that proved its name and asked for it go over the connection that it opened.
    @Test func anAliasCarriesRequestsBack() async throws {
        try await Station.with([TLSBench.listener("right", clients: .require)]) { server in
            try await TLSBench.client("client") { client in
                let request = Sample.request(1, via: "client.example:5099;alias")
                try await client.send(request, on: Station.flow(.tls, to: server.port(), host: "example.com"))
                let connection = try await server.messages.next().flow.connection
                try await server.send(Sample.request(2), on: Station.flow(.tls, to: 5099, names: ["client.example"]))
                let back = try await client.messages.next()
                #expect(back.text == Sample.request(2))
                #expect(connection != nil)
                // Nobody else's requests do.
                let other = Station.flow(.tls, to: 5099, names: ["other.example"])
                try await server.send(Sample.request(3), on: other)
                let lost = try await server.lost.next()
                #expect(lost == other)
            }
        }
    }
}
