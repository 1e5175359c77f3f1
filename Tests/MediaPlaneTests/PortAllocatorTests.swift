import Testing

@testable import MediaPlane

/// Pairs of ports from a range, on a loopback address that nobody else uses.
@Suite struct PortAllocatorTests {
    private let host = "127.0.77.1"

    /// Takes pairs until none is left, closing each at once.
    private func take(_ count: Int, from ports: PortAllocator) throws -> [UInt16] {
        try (0..<count).map { _ in
            let pair = try ports.bindPair(on: host)
            pair.rtp.close()
            pair.rtcp.close()
            return pair.port
        }
    }

    @Test func pairsAreEvenAndTheNextOddPort() throws {
        let ports = PortAllocator(range: 15_001...15_008)
        #expect(ports.capacity == 3, "15002/3, 15004/5, 15006/7")
        let pair = try ports.bindPair(on: host)
        defer {
            pair.rtp.close()
            pair.rtcp.close()
        }
        #expect(pair.port == 15_002)
        let blocked = try? LoopbackSocket(host: host, port: 15_003)
        #expect(blocked == nil, "RTCP's port is bound as well")
        #expect(try take(2, from: ports) == [15_004, 15_006])
        #expect(throws: MediaPlaneError.self) { try ports.bindPair(on: host) }
    }

    @Test func portsGoRoundBeforeOneIsUsedAgain() throws {
        let ports = PortAllocator(range: 15_020...15_027)
        #expect(try take(2, from: ports) == [15_020, 15_022])
        ports.release(15_020)
        ports.release(15_022)
        #expect(try take(3, from: ports) == [15_024, 15_026, 15_020])
    }

    @Test func busyPortsArePassedOver() throws {
        let ports = PortAllocator(range: 15_040...15_047)
        let rtp = try LoopbackSocket(host: host, port: 15_040)
        let rtcp = try LoopbackSocket(host: host, port: 15_043)
        #expect(try take(2, from: ports) == [15_044, 15_046])
        withExtendedLifetime((rtp, rtcp)) {}
    }

    @Test func whatSomebodyElseHeldIsTakenOnceItIsFree() throws {
        let ports = PortAllocator(range: 15_060...15_061)
        var holder: LoopbackSocket? = try LoopbackSocket(host: host, port: 15_061)
        let error = #expect(throws: MediaPlaneError.self) { try ports.bindPair(on: host) }
        guard case .noFreePorts = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        holder = nil
        _ = holder
        #expect(try take(1, from: ports) == [15_060], "the RTP socket of the failed attempt was closed")
    }

    @Test func aHopelessAddressIsSaidAtOnce() throws {
        let ports = PortAllocator(range: 15_080...15_089)
        let badName = #expect(throws: MediaPlaneError.self) { try ports.bindPair(on: "localhost") }
        #expect(badName?.description == "localhost is not an IP address that media can be bound to")
        let foreign = #expect(throws: MediaPlaneError.self) { try ports.bindPair(on: "203.0.113.1") }
        guard case .socket(host: "203.0.113.1", port: _, let failure) = foreign else {
            Issue.record("\(String(describing: foreign))")
            return
        }
        #expect(!failure.description.isEmpty)
        #expect(try take(5, from: ports).count == 5, "a failed attempt takes no port away")
    }

    @Test func aRangeWithoutAPairHasNoPorts() {
        #expect(PortAllocator(range: 15_091...15_091).capacity == 0)
        #expect(throws: MediaPlaneError.self) { try PortAllocator(range: 15_091...15_091).bindPair(on: host) }
        #expect(PortAllocator(range: 65_533...65_535).capacity == 1)
        #expect(PortAllocator(range: 65_535...65_535).capacity == 0)
    }
}
