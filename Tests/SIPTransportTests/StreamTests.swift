import NIOCore
import NIOPosix
import SIP
import Testing

@testable import SIPTransport

@Suite(.timeLimit(.minutes(5))) struct StreamTests {
    @Test(arguments: ["127.0.0.1", "::1"]) func oneConnectionBothWays(host: String) async throws {
        try await Station.with([.loopback(.tcp, host: host)]) { server in
            try await Station.with([.loopback(.tcp, host: host)]) { client in
                for number in 1...3 { try await client.send(Sample.request(number), on: Station.flow(.tcp, to: server.port(), host: host)) }
                let first = try await server.messages.next()
                _ = try await server.messages.next()
                let third = try await server.messages.next()
                #expect(third.text == Sample.request(3))
                #expect(first.flow == third.flow)
                try await server.send(Sample.response(3), on: third.flow)
                let answer = try await client.messages.next()
                #expect(answer.text == Sample.response(3))
                #expect(answer.flow.remote == SocketEndpoint(host: host, port: server.port()))
                let open = try await server.onDriver { $0.openConnections }
                #expect(open?.incoming == 1 && open?.outgoing == 0)
            }
            // The client's end closes all of its own.
            let closed = try await server.closed.next()
            #expect(closed == 1)
            let isEmpty = try await server.onDriver { $0.table.isEmpty && $0.connections.isEmpty && $0.waiting.isEmpty }
            #expect(isEmpty == true)
        }
    }

    @Test func messagesInPiecesAndPingsBetween() async throws {
        try await Station.with([.loopback(.tcp)]) { server in
            let peer = try await RawPeer.connect(to: server.port())
            let message = Sample.request(1, padding: 20)
            for piece in ["\r\n\r\n", String(message.prefix(50)), String(message.dropFirst(50)) + Sample.request(2) + "\r\n\r\n"] {
                try await peer.send(piece)
            }
            let (one, two) = (try await server.messages.next().text, try await server.messages.next().text)
            #expect(one == message)
            #expect(two == Sample.request(2))
            let isAnswered = try await peer.expect("\r\n\r\n")
            #expect(isAnswered)
        }
    }

    private static let broken = [
        "too long a body": "OPTIONS sip:a SIP/2.0\r\nContent-Length: 70000\r\n\r\n",
        "no length": "OPTIONS sip:a SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n",
        "headers without end": "x: " + String(repeating: "y", count: 70_000),
    ]

    @Test(arguments: broken.keys.sorted()) func aBrokenStreamIsClosed(_ kind: String) async throws {
        try await Station.with([.loopback(.tcp)]) { server in
            let peer = try await RawPeer.connect(to: server.port())
            try? await peer.send(Self.broken[kind] ?? "")
            try await peer.whenClosed()
            _ = try await server.closed.next()
        }
    }

    @Test func anUnfinishedMessageEndsTheConnection() async throws {
        var settings = TransportSettings()
        settings.messageTime = .milliseconds(50)
        try await Station.with([.loopback(.tcp)], settings: settings) { server in
            let peer = try await RawPeer.connect(to: server.port())
            try? await peer.send("OPTIONS sip:a SIP/2.0\r\n")
            try await peer.whenClosed()
        }
    }

    @Test func anIdleConnectionIsClosedUnlessSomebodyNeedsIt() async throws {
        var settings = TransportSettings()
        settings.idleTime = .milliseconds(50)
        try await Station.with([.loopback(.tcp)], settings: settings) { server in
            server.keepsConnections = false
            let peer = try await RawPeer.connect(to: server.port())
            // A slow machine may have closed it by now.
            try? await peer.send(Sample.request())
            try await peer.whenClosed()
        }
    }

    /// Who does not read has 256 KiB to wait for it, beside what the system takes.
    @Test func aPeerThatDoesNotReadIsLeft() async throws {
        try await Station.with([.loopback(.tcp)]) { server in
            let peer = try await RawPeer.connect(to: server.port(), reads: false)
            try await peer.send(Sample.request())
            let flow = try await server.messages.next().flow
            let answer = Sample.request(9, padding: 60_000)
            for _ in 0..<400 { try await server.send(answer, on: flow) }
            let closed = try await server.closed.next()
            #expect(closed == flow.connection)
            try await peer.close()
        }
    }

    @Test func aSourceHasItsShareOfConnections() async throws {
        var settings = TransportSettings()
        settings.exempt = PeerNetworks()
        settings.connectionsPerSource = 2
        try await Station.with([.loopback(.tcp)], settings: settings) { server in
            let peers = [try await RawPeer.connect(to: server.port()), try await RawPeer.connect(to: server.port())]
            for peer in peers {
                try await peer.send(Sample.request())
                _ = try await server.messages.next()
            }
            let third = try await RawPeer.connect(to: server.port())
            try await third.whenClosed()
            let counts = try await server.onDriver { $0.counts }
            #expect(counts?.connectionsRefused == 1)
            // One goes, so there is room again.
            try await peers[0].close()
            _ = try await server.closed.next()
            let fourth = try await RawPeer.connect(to: server.port())
            try await fourth.send(Sample.request(4))
            let heard = try await server.messages.next().text
            #expect(heard == Sample.request(4))
        }
    }

    @Test func whoIsNotListedIsHungUpOn() async throws {
        try await Station.with([.loopback(.tcp)], peers: PeerNetworks()) { server in
            let peer = try await RawPeer.connect(to: server.port())
            try await peer.whenClosed()
            let heardNothing = try await server.messages.isEmpty
            #expect(heardNothing)
        }
    }

    /// RFC 3261 §18.2.2: the answer to a request whose connection has gone is brought to the sent-by's port.
    @Test func anAnswerFindsItsWayWithoutItsConnection() async throws {
        let (listener, port, peers) = try await RawPeer.listen()
        try await Station.with([.loopback(.tcp)]) { server in
            let peer = try await RawPeer.connect(to: server.port())
            try await peer.send(Sample.request(1, via: "127.0.0.1:\(port)"))
            let flow = try await server.messages.next().flow
            try await peer.close()
            _ = try await server.closed.next()
            let answer = Sample.response(1, via: "127.0.0.1:\(port);received=127.0.0.1")
            try await server.send(answer, on: flow)
            let isThere = try await peers.next().expect(answer)
            #expect(isThere)
        }
        try await listener.close().get()
    }

    // MARK: Connections of ours

    @Test func theNextAddressHasItsTurn() async throws {
        let closed = try await closedPort()
        try await Station.with([.loopback(.tcp)]) { server in
            let port = server.port()
            let resolve: EndpointDriver.Resolve = { host, _, _ in
                MultiThreadedEventLoopGroup.singleton.next().makeSucceededFuture(
                    host == "dead.example.com"
                        ? [SocketEndpoint(host: "127.0.0.1", port: closed)]
                        : [SocketEndpoint(host: "127.0.0.1", port: closed), SocketEndpoint(host: "127.0.0.1", port: port)])
            }
            try await Station.with([.loopback(.tcp)], resolve: resolve) { client in
                let flow = Station.flow(.tcp, to: 5060, host: "proxy.example.com")
                for number in 1...2 { try await client.send(Sample.request(number), on: flow) }
                let (one, two) = (try await server.messages.next(), try await server.messages.next())
                #expect(one.text == Sample.request(1) && two.text == Sample.request(2))
                // The name leads to the connection that is open.
                try await client.send(Sample.request(3), on: flow)
                let three = try await server.messages.next()
                #expect(three.flow == one.flow)

                let dead = Station.flow(.tcp, to: 5060, host: "dead.example.com")
                try await client.send(Sample.request(), on: dead)
                let lost = try await client.lost.next()
                #expect(lost == dead)
                let isEmpty = try await client.onDriver { $0.table.outgoing == 1 && $0.waiting.isEmpty }
                #expect(isEmpty == true)
            }
        }
    }

    @Test func nobodyUnlistedIsConnectedTo() async throws {
        try await Station.with([.loopback(.tcp)], peers: PeerNetworks()) { client in
            let flow = Station.flow(.tcp, to: try await closedPort())
            try await client.send(Sample.request(), on: flow)
            let lost = try await client.lost.next()
            #expect(lost == flow)
        }
    }

    @Test func whoMayBeConnectedToNeedNotBeListed() async throws {
        var settings = TransportSettings()
        settings.connectsTo = .loopback
        let (listener, port, peers) = try await RawPeer.listen()
        try await Station.with([.loopback(.tcp)], peers: PeerNetworks(), settings: settings) { client in
            try await client.send(Sample.request(), on: Station.flow(.tcp, to: port))
            let peer = try await peers.next()
            let isThere = try await peer.expect(Sample.request())
            #expect(isThere)
            try await peer.send(Sample.response())
            let answer = try await client.messages.next().text
            #expect(answer == Sample.response())
        }
        try await listener.close().get()
    }

    /// RFC 5626 §4.4.1.
    @Test func ourConnectionsArePinged() async throws {
        var settings = TransportSettings()
        settings.silence = .milliseconds(50)...Duration.milliseconds(60)
        settings.pongTime = .seconds(1)
        let (listener, port, peers) = try await RawPeer.listen()
        try await Station.with([.loopback(.tcp)], settings: settings) { client in
            try await client.send(Sample.request(), on: Station.flow(.tcp, to: port))
            let peer = try await peers.next()
            let isPinged = try await peer.expect(Sample.request() + "\r\n\r\n")
            #expect(isPinged)
            // Having answered once it must go on doing so.
            try await peer.send("\r\n")
            try await peer.whenClosed()
            _ = try await client.closed.next()
        }
        try await listener.close().get()
    }

    @Test func aPeerThatHangsUpWithoutAWordHasRefused() async throws {
        let (listener, port, peers) = try await RawPeer.listen()
        try await Station.with([.loopback(.tcp)]) { client in
            let flow = Station.flow(.tcp, to: port)
            try await client.send(Sample.request(), on: flow)
            let peer = try await peers.next()
            _ = try await peer.expect(Sample.request())
            try await peer.close()
            let lost = try await client.lost.next()
            #expect(lost == flow)
        }
        try await listener.close().get()
    }
}
