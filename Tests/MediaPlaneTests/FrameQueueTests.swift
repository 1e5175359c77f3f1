import Testing

@testable import MediaPlane

/// Frames of 20 ms in, packets of another length out.
@Suite struct FrameQueueTests {
    private final class Bench {
        private let storage = UnsafeMutableRawPointer.allocate(byteCount: FrameQueue.capacity, alignment: 64)
        var queue: FrameQueue
        private var next: UInt8 = 0

        init(octetsPerTick: Int = 1) {
            queue = FrameQueue(storage: storage)
            queue.use(octetsPerTick: octetsPerTick)
        }
        deinit { storage.deallocate() }

        func append(_ count: Int = 160) {
            let sound = (0..<count).map { _ -> UInt8 in
                next &+= 1
                return next
            }
            sound.withUnsafeBytes { queue.append($0) }
        }

        func take(_ samples: Int, octetsPerTick: Int = 1) -> [UInt8]? {
            var place = [UInt8](repeating: 0, count: samples * octetsPerTick)
            let isTaken = place.withUnsafeMutableBytes { queue.take(samples, into: $0.baseAddress!) }
            return isTaken ? place : nil
        }
    }

    /// Both sides by the clock, in any phase to each other: once it flows it goes on flowing, and nothing is lost or doubled.
    @Test(arguments: [10, 30, 40, 50, 60], [0, 2, 8, 10, 14, 18])
    func packetsOfAnyLengthFollowOneAnother(packetTime: Int, phase: Int) {
        let bench = Bench()
        var packets: [[UInt8]?] = []
        for time in stride(from: 0, to: 6_000, by: 2) {
            if time % 20 == 0 { bench.append() }
            if time >= phase, (time - phase) % packetTime == 0 { packets.append(bench.take(packetTime * 8)) }
        }
        let flowing = packets.drop { $0 == nil }
        #expect(packets.count - flowing.count <= 3, "it begins soon")
        #expect(flowing.allSatisfy { $0 != nil }, "and does not stop")
        let sound = flowing.compactMap { $0 }.flatMap { $0 }
        #expect(sound.first == 1)
        #expect(zip(sound, sound.dropFirst()).allSatisfy { $0 &+ 1 == $1 })
        #expect(bench.queue.count <= (packetTime + 30) * 8, "it holds no more than it needs")
    }

    @Test func whatNobodyTakesIsForgotten() {
        let bench = Bench()
        for _ in 0..<20 { bench.append() }
        #expect(bench.queue.count == FrameQueue.ticks)
        #expect(bench.take(480)?.first == UInt8(truncatingIfNeeded: 20 * 160 - 1_024 + 1))
    }

    /// The same in forms of more octets: the same milliseconds, and nothing lost when the form changes but what waited.
    @Test(arguments: [2, 4], [10, 30, 40, 60])
    func otherFormsFlowAsWell(octetsPerTick: Int, packetTime: Int) {
        let bench = Bench(octetsPerTick: octetsPerTick)
        var packets: [[UInt8]?] = []
        for time in stride(from: 0, to: 6_000, by: 2) {
            if time % 20 == 0 { bench.append(160 * octetsPerTick) }
            if time % packetTime == 8 { packets.append(bench.take(packetTime * 8, octetsPerTick: octetsPerTick)) }
        }
        let flowing = packets.drop { $0 == nil }
        #expect(packets.count - flowing.count <= 3 && flowing.allSatisfy { $0 != nil })
        let sound = flowing.compactMap { $0 }.flatMap { $0 }
        #expect(zip(sound, sound.dropFirst()).allSatisfy { $0 &+ 1 == $1 })
        #expect(bench.queue.count <= (packetTime + 30) * 8 * octetsPerTick)
        for _ in 0..<20 { bench.append(160 * octetsPerTick) }
        #expect(bench.queue.count == FrameQueue.ticks * octetsPerTick)
        bench.queue.use(octetsPerTick: 3)
        #expect(bench.queue.count == FrameQueue.ticks * octetsPerTick, "there is no such form")
        bench.queue.use(octetsPerTick: 1)
        #expect(bench.queue.count == 0 && bench.take(80) == nil)
    }

    @Test func anEmptyQueueWaitsForItsReserveAgain() {
        let bench = Bench()
        bench.append()
        #expect(bench.take(240) == nil)
        bench.append()
        #expect(bench.take(240)?.first == 1)
        #expect(bench.take(240) == nil, "80 are left")
        bench.append()
        #expect(bench.take(240) == nil, "240 are there, 320 are wanted")
        bench.append()
        #expect(bench.take(240)?.first == 241)
        bench.queue.removeAll()
        #expect(bench.queue.count == 0 && bench.take(80) == nil)
    }

    @Test func oddSizesDoNoHarm() {
        let bench = Bench()
        bench.append(0)
        bench.append(2_000)
        #expect(bench.queue.count == 0)
        bench.append(1_024)
        #expect(bench.take(960)?.count == 960 && bench.queue.count == 64)
    }
}
