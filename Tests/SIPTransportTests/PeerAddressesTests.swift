import NIOCore
import SIP
import Testing

@testable import SIPTransport

@Suite struct PeerAddressesTests {
    @Test func bothWaysLeadToTheSame() throws {
        var addresses = PeerAddresses()
        for port in 5_060..<5_080 {
            let socket = try NIOCore.SocketAddress(ipAddress: "192.0.2.1", port: port)
            let endpoint = SocketEndpoint(host: "192.0.2.1", port: UInt16(port))
            // Twice: new, and known.
            for _ in 0..<2 {
                #expect(addresses.of(socket)?.endpoint == endpoint && addresses.of(endpoint)?.socket == socket)
                #expect(addresses.of(socket)?.address == IPAddress("192.0.2.1"))
            }
        }
    }

    @Test func anotherWayToWriteAnAddressLeadsToItToo() throws {
        var addresses = PeerAddresses()
        let socket = try NIOCore.SocketAddress(ipAddress: "2001:db8::1", port: 5_060)
        for host in ["2001:db8::1", "2001:0db8:0:0::1", "2001:DB8::1"] {
            #expect(addresses.of(SocketEndpoint(host: host, port: 5_060))?.socket == socket)
        }
    }

    @Test(arguments: ["", "sip.example.com", "192.0.2", "192.0.2.1.5", "1::2::3"])
    func aNameIsNoAddress(_ host: String) {
        var addresses = PeerAddresses()
        #expect(addresses.of(SocketEndpoint(host: host, port: 5_060)) == nil)
    }
}
