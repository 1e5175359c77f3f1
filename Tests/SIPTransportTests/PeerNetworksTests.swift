import SIPTransport
import Testing

@Suite struct PeerNetworksTests {
    @Test func loopbackIsTheDefaultAndNothingElse() {
        #expect(PeerNetworks.loopback.contains("127.0.0.1"))
        #expect(PeerNetworks.loopback.contains("127.255.0.9"))
        #expect(PeerNetworks.loopback.contains("::1"))
        #expect(PeerNetworks.loopback.contains("::ffff:127.0.0.1"))
        #expect(!PeerNetworks.loopback.contains("128.0.0.1"))
        #expect(!PeerNetworks.loopback.contains("192.0.2.1"))
        #expect(!PeerNetworks.loopback.contains("::2"))
        #expect(!PeerNetworks.loopback.contains("localhost"))
    }

    @Test func prefixesThatEndInsideAByte() {
        var peers = PeerNetworks()
        let taken = peers.add("192.0.2.64/27")
        #expect(taken)
        #expect(peers.contains("192.0.2.64"))
        #expect(peers.contains("192.0.2.95"))
        #expect(!peers.contains("192.0.2.96"))
        #expect(!peers.contains("192.0.2.63"))
    }

    @Test(arguments: ["", "here", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "1.2.3", "::1/129", "10.0.0.0/8/8"])
    func whatIsNoNetworkIsRefused(text: String) {
        var peers = PeerNetworks()
        let taken = peers.add(text)
        #expect(!taken)
        #expect(!peers.contains("10.0.0.1"))
    }
}
