import Glibc
import Testing

@testable import MediaPlane

/// What is heard behind a seeded network.
@Suite struct PlayoutNetworkTests {
    private static func tone(_ index: Int) -> Int16 { Int16(10_000 * sin(2 * .pi * 1_000 * Double(index) / 8_000)) }

    /// Windows of 10 ms that hold anything but undisturbed sound (which is bit-identical to what was sent), and their purity.
    private static func purities(_ path: SimulatedPath, hop: Int = 20) -> [Double] {
        guard let start = path.kinds.firstIndex(of: .received) else { return [] }
        var disturbed = [Int](repeating: 0, count: path.kinds.count + 1)
        for index in path.kinds.indices { disturbed[index + 1] = disturbed[index] + (path.kinds[index] == .received ? 0 : 1) }
        return stride(from: start, to: path.kinds.count - 80, by: hop).compactMap {
            disturbed[$0 + 80] > disturbed[$0] ? purity(of: path.heard[$0..<($0 + 80)], frequency: 1_000) : nil
        }
    }

    static let networks = [
        SimulatedNetwork(name: "jitter 20", jitter: 20), SimulatedNetwork(name: "jitter 60", jitter: 60),
        SimulatedNetwork(name: "+300 ppm", drift: 300), SimulatedNetwork(name: "-300 ppm", drift: -300),
        SimulatedNetwork(name: "20 +300", jitter: 20, drift: 300), SimulatedNetwork(name: "60 -300", jitter: 60, drift: -300),
        SimulatedNetwork(name: "stalls", jitter: 3, stall: (500, 120)), SimulatedNetwork(name: "step", jitter: 5, step: (1_000, 60)),
    ]

    @Test(arguments: networks) func figures(network: SimulatedNetwork) {
        for phase in [3.7, 10, 17] {
            var network = network
            network.phase = phase
            let path = SimulatedPath(network, seconds: 60, seed: 1, sound: Self.tone)
            let all = Self.purities(path)
            print(
                network.name, phase, "delay \(path.meanDelay) late \(path.statistics.late) concealed \(path.count(.concealed))",
                "blended \(path.count(.blended)) skipped \(path.statistics.skippedSamples) held \(path.statistics.heldSamples)",
                "windows \(all.count) worst \(all.min() ?? 99) below 40: \(all.count { $0 < 40 }) idle \(path.count(.idle))")
        }
    }
}
