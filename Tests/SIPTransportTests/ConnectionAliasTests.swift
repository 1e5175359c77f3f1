import SIP
import Testing

@testable import SIPTransport

@Suite struct ConnectionAliasTests {
    private let remote = SocketEndpoint(host: "192.0.2.1", port: 40_000)
    private let names = CertificateNames([.dns(Array("proxy.example.com".utf8))])

    private func port(_ via: String, _ names: CertificateNames? = nil) -> UInt16? {
        let request = Sample.request(via: via)
        return ConnectionAlias.port(of: Array(request.utf8), from: remote, provedBy: names ?? self.names)
    }

    @Test func aProvedNameMayAsk() {
        #expect(port("proxy.example.com:5071;alias") == 5071)
        #expect(port("Proxy.Example.com;alias") == 5061)
        #expect(port("192.0.2.1:5062;alias") == 5062)
    }

    @Test func nobodyElse() {
        #expect(port("proxy.example.com:5071") == nil)
        #expect(port("victim.example.com:5061;alias") == nil)
        #expect(port("192.0.2.2:5061;alias") == nil)
        #expect(port("192.0.2.1:5061;alias", .nobody) == nil)
        #expect(ConnectionAlias.port(of: [1, 2, 3], from: remote, provedBy: names) == nil)
    }

    /// RFC 3261 §18.2.2: the address it came from, the port of the sent-by.
    @Test func anAnswerWhoseConnectionHasGone() {
        let flow = Flow(listener: 3, transport: .tcp, remote: remote, connection: 7)
        let way = ConnectionAlias.way(ofAnswer: Array(Sample.response(via: "10.0.0.1:5070;received=192.0.2.1").utf8), instead: flow)
        #expect(way?.remote == SocketEndpoint(host: "192.0.2.1", port: 5070))
        #expect(way?.connection == nil)
        #expect(way?.listener == 3)
        let standard = ConnectionAlias.way(ofAnswer: Array(Sample.response(via: "a.example").utf8), instead: flow)
        #expect(standard?.remote.port == 5060)
        #expect(standard?.peerNames == ["a.example"])
        #expect(ConnectionAlias.way(ofAnswer: [1], instead: flow) == nil)
    }
}
