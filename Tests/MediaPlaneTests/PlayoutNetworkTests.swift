import Testing

@testable import MediaPlane

/// What is heard behind a seeded network.
@Suite struct PlayoutNetworkTests {
    private static let turn: [Int16] = [0, 5_880, 8_316, 5_880, 0, -5_880, -8_316, -5_880]

    /// 1 kHz at a height whose samples lie near codes of the mu-law (0.06 %): others are distorted by the codec itself, at -37 dB.
    private static func tone(_ index: Int) -> Int16 { turn[index & 7] }

    /// Windows of 10 ms that hold anything but undisturbed sound (which is bit-identical to what was sent), and their purity.
    private static func purities(_ path: SimulatedPath, hop: Int = 20) -> [Double] {
        guard let start = path.kinds.firstIndex(of: .received) else { return [] }
        var disturbed = [Int](repeating: 0, count: path.kinds.count + 1)
        for index in path.kinds.indices { disturbed[index + 1] = disturbed[index] + (path.kinds[index] == .received ? 0 : 1) }
        return stride(from: start, to: path.kinds.count - 80, by: hop).compactMap {
            disturbed[$0 + 80] > disturbed[$0] ? purity(of: path.heard[$0..<($0 + 80)], frequency: 1_000) : nil
        }
    }

    struct Goal: Sendable, CustomTestStringConvertible {
        var network: SimulatedNetwork
        /// Mean delay from sending to playing, at most, ms; and where in our tick the peer sends.
        var delay: Double
        var phase = 3.7
        var testDescription: String { "\(network.name), phase \(phase)" }
    }

    static let goals = [3.7, 10, 17].flatMap { phase in
        [
            Goal(network: SimulatedNetwork(name: "no jitter"), delay: 45, phase: phase),
            Goal(network: SimulatedNetwork(name: "jitter 20", jitter: 20), delay: 45, phase: phase),
            Goal(network: SimulatedNetwork(name: "jitter 60", jitter: 60), delay: 90, phase: phase),
            Goal(network: SimulatedNetwork(name: "+300 ppm", drift: 300), delay: 50, phase: phase),
            Goal(network: SimulatedNetwork(name: "-300 ppm", drift: -300), delay: 50, phase: phase),
            Goal(network: SimulatedNetwork(name: "jitter 20, +300 ppm", jitter: 20, drift: 300), delay: 50, phase: phase),
            Goal(network: SimulatedNetwork(name: "jitter 60, -300 ppm", jitter: 60, drift: -300), delay: 90, phase: phase),
        ]
    }

    /// A steady tone for a minute, nothing lost: 10 ms windows stay clean to 40 dB, the delay stays short and nothing comes too late.
    @Test(arguments: goals) func aSteadyToneStaysClean(goal: Goal) {
        var network = goal.network
        network.phase = goal.phase
        let path = SimulatedPath(network, seconds: 60, seed: 1, sound: Self.tone)
        let purities = Self.purities(path)
        let worst = purities.min() ?? 99
        #expect(worst >= 40, "\(worst) dB in \(purities.count) windows")
        #expect(path.meanDelay <= goal.delay, "\(path.meanDelay) ms")
        // Packets that came for nothing, of 3,000.
        #expect(path.statistics.late * 1_000 < 5 * 3_000)
        #expect(path.count(.received) >= path.kinds.count * 95 / 100)
    }

    /// In 150 s 300 ppm are 45 ms, 360 samples: made up for in whole periods, and the delay stays where it was.
    @Test(arguments: [300.0, -300]) func clockDriftIsFollowed(drift: Double) {
        let path = SimulatedPath(SimulatedNetwork(name: "drift", drift: drift), seconds: 150, seed: 2, sound: Self.tone)
        let changed = drift > 0 ? path.statistics.skippedSamples : path.statistics.heldSamples
        #expect(changed >= 160 && changed <= 520 && changed % 8 == 0, "\(changed) samples")
        #expect(path.count(.concealed) == 0 && path.statistics.late == 0)
        #expect((path.delays.max() ?? 0) < 65)
    }

    /// One stall is a spike, after which the delay is soon as short as before; two in ten seconds are how the network is.
    @Test func aSpikeIsNoTrend() {
        let once = SimulatedPath(
            SimulatedNetwork(name: "one stall", jitter: 3, stall: (700, 120)), seconds: 24, seed: 3, sound: Self.tone)
        let often = SimulatedPath(
            SimulatedNetwork(name: "stalls", jitter: 3, stall: (200, 120)), seconds: 24, seed: 3, sound: Self.tone)
        // Undisturbed runs are 20 ms: the last ten seconds.
        let late = { (path: SimulatedPath) in path.delays.suffix(300).reduce(0, +) / 300 }
        #expect(late(once) < 50)
        #expect(late(often) > 100)
        #expect(once.statistics.late == 0 && often.statistics.late == 0)
        // 120 ms each at most, and of the many only the first few.
        #expect(once.count(.concealed) <= 1_120 && often.count(.concealed) <= 3 * 1_120)
    }

    /// Everything at once: the frame stays whole, the delay bounded, the loss what the network's is.
    @Test(arguments: [UInt64(1), 2, 3]) func everythingAtOnce(seed: UInt64) {
        let network = SimulatedNetwork(
            name: "all", loss: 0.05, jitter: 60, reordering: 0.02, duplication: 0.02, drift: 300, stall: (600, 400))
        let path = SimulatedPath(network, seconds: 30, seed: seed, codec: .pcma, sound: Self.tone)
        #expect(path.heard.count == 240_000)
        #expect((path.delays.max() ?? 0) < 330, "\(path.delays.max() ?? 0) ms: 200, a packet, its tick and its way")
        #expect(path.statistics.late < 15)
        #expect(path.count(.received) > 240_000 * 6 / 10)
    }
}
