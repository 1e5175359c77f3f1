import NIOCore
import NIOPosix
import SIP
import Testing

@testable import SIPTransport

@Suite(.timeLimit(.minutes(5))) struct DatagramTests {
    @Test(arguments: ["127.0.0.1", "::1"]) func thereAndBack(host: String) async throws {
        try await Station.with([.loopback(.udp, host: host)]) { server in
            try await Station.with([.loopback(.udp, host: host)]) { client in
                try await client.send(Sample.request(), on: Station.flow(.udp, to: server.port(), host: host))
                let asked = try await server.messages.next()
                #expect(asked.text == Sample.request())
                #expect(asked.flow.remote == SocketEndpoint(host: host, port: client.port()))
                try await server.send(Sample.response(), on: asked.flow)
                let answered = try await client.messages.next()
                #expect(answered.text == Sample.response())
            }
        }
    }

    /// Two families on one port: the IPv6 socket is for IPv6 alone.
    @Test func theIPv6SocketTakesNoIPv4() async throws {
        try await Station.with([.loopback(.udp, host: "::1"), .loopback(.tcp, host: "::1")]) { server in
            for listener in 0..<2 {
                let option = try await server.loop.flatSubmit {
                    let future = server.channel(listener)?.getOption(
                        ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only))
                    return future ?? server.loop.makeSucceededFuture(-1)
                }.get()
                #expect(option == 1)
            }
        }
    }

    @Test func keepAlivesAreDroppedSilently() async throws {
        try await Station.with([.loopback(.udp)]) { server in
            try await Station.with([.loopback(.udp)]) { client in
                let flow = Station.flow(.udp, to: server.port())
                for keepAlive in ["\r\n\r\n", "\0\0\0\0", "\0\u{1}\0\0\u{21}\u{12}"] { try await client.send(keepAlive, on: flow) }
                try await client.send(Sample.request(2), on: flow)
                let first = try await server.messages.next().text
                // What is too short for STUN is no keep-alive.
                #expect(first == "\0\u{1}\0\0\u{21}\u{12}")
                let second = try await server.messages.next().text
                #expect(second == Sample.request(2))
            }
        }
    }

    @Test func whoIsNotListedIsNotHeard() async throws {
        var others = PeerNetworks()
        _ = others.add("192.0.2.1")
        try await Station.with([.loopback(.udp, peers: others), .loopback(.udp)]) { server in
            try await Station.with([.loopback(.udp)]) { client in
                try await client.send(Sample.request(1), on: Station.flow(.udp, to: server.port(0)))
                try await client.send(Sample.request(2), on: Station.flow(.udp, to: server.port(1)))
                let heard = try await server.messages.next().text
                #expect(heard == Sample.request(2))
                // A trunk that became known meanwhile.
                _ = try await server.onDriver { driver in _ = driver.admitted.add("127.0.0.1") }
                try await client.send(Sample.request(3), on: Station.flow(.udp, to: server.port(0)))
                let admitted = try await server.messages.next()
                #expect(admitted.text == Sample.request(3))
                #expect(admitted.flow.listener == 0)
            }
        }
    }

    @Test func aSourceIsHeldToItsRate() async throws {
        try await Station.with([.loopback(.udp)], limiter: SourceLimiter(perSecond: 1, burst: 2)) { server in
            try await Station.with([.loopback(.udp)]) { client in
                let flow = Station.flow(.udp, to: server.port())
                for number in 1...30 { try await client.send(Sample.request(number), on: flow) }
                try await client.send(Sample.response(31), on: flow)
                var heard = 0
                while try await server.messages.next().text != Sample.response(31) { heard += 1 }
                let limited = try await server.onDriver { $0.counts }?.requestsLimited ?? 0
                // One comes back each second, so a slow machine hears some more.
                #expect(heard >= 2 && limited > 0 && heard + limited == 30)
            }
        }
    }

    @Test func aNameIsLookedUp() async throws {
        try await Station.with([.loopback(.udp)]) { server in
            let port = server.port()
            let resolve: EndpointDriver.Resolve = { host, given, transport in
                let loop = MultiThreadedEventLoopGroup.singleton.next()
                guard host == "proxy.example.com", transport == .udp, given == 5070 else { return loop.makeSucceededFuture([]) }
                return loop.makeSucceededFuture([SocketEndpoint(host: "::1", port: port), SocketEndpoint(host: "127.0.0.1", port: port)])
            }
            try await Station.with([.loopback(.udp)], resolve: resolve) { client in
                try await client.send(Sample.request(), on: Station.flow(.udp, to: 5070, host: "proxy.example.com"))
                let heard = try await server.messages.next().text
                #expect(heard == Sample.request())
                let nowhere = Station.flow(.udp, to: 5070, host: "nowhere.example.com")
                try await client.send(Sample.request(), on: nowhere)
                let lost = try await client.lost.next()
                #expect(lost == nowhere)
                // Another family than the listener's: the system says so.
                let foreign = Station.flow(.udp, to: 5060, host: "::1")
                try await client.send(Sample.request(), on: foreign)
                let alsoLost = try await client.lost.next()
                #expect(alsoLost == foreign)
            }
        }
    }
}
