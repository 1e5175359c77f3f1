import SIP
import Testing

@Suite struct FlowTests {
    @Test func transports() {
        #expect(TransportKind.allCases.map(\.viaName) == ["UDP", "TCP", "TLS"])
        #expect(TransportKind.allCases.map(\.isReliable) == [false, true, true])
        #expect(TransportKind.allCases.map(\.defaultPort) == [5060, 5060, 5061])
    }

    /// RFC 3261 §19.1.2: the default port is that of the transport.
    @Test(arguments: [
        ("sip:192.0.2.1", 5060), ("sip:192.0.2.1;transport=tcp", 5060), ("sip:192.0.2.1;transport=TLS", 5061), ("sips:192.0.2.1", 5061),
        ("sip:192.0.2.1:5070;transport=tls", 5070),
    ])
    func portsThatAreNotWritten(uri: String, port: UInt16) throws {
        #expect(try SIPURI.parse(uri).endpoint?.port == port)
    }
}
