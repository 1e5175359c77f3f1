import Testing

@testable import RTP

/// Rules one by one, with packets in which each byte tells its place on the time line.
@Suite struct JitterBufferTests {
    /// Everything that `ticks` calls of 20 ms give: bytes, -1 for what is missing, -2 for idle.
    private func play(_ buffer: inout JitterBuffer, ticks: Int = 1, samples: Int = 160, splices: Bool = true) -> [Int] {
        var played: [Int] = []
        var bytes = [UInt8](repeating: 0, count: samples)
        for _ in 0..<ticks {
            var done = 0
            while done < samples {
                let part = bytes.withUnsafeMutableBytes { memory in
                    splices
                        ? buffer.turn(samples: samples - done, into: memory)
                        : memory.baseAddress.map { buffer.playout(samples: samples - done, into: $0) } ?? .idle(samples)
                }
                switch part {
                case .audio(let count, _): played += bytes[..<count].map(Int.init)
                case .missing(let count): played += [Int](repeating: -1, count: count)
                case .idle(let count): played += [Int](repeating: -2, count: count)
                }
                done += part.count
                #expect(part.count > 0)
            }
            #expect(done == samples)
        }
        return played
    }

    private static func byte(_ position: Int) -> UInt8 { UInt8(truncatingIfNeeded: position / 10) }

    @discardableResult
    private func put(
        _ buffer: inout JitterBuffer, _ sequence: Int, at position: Int? = nil, samples: Int = 160, base: UInt32 = 0, marker: Bool = false
    ) -> JitterBuffer.Insertion {
        let position = position ?? sequence * samples
        let payload = (0..<samples).map { Self.byte(position + $0) }
        return payload.withUnsafeBytes {
            buffer.insert(
                sequence: SequenceNumber(UInt16(truncatingIfNeeded: sequence)),
                timestamp: RTPTimestamp(base &+ UInt32(truncatingIfNeeded: position)), marker: marker, payload: $0)
        }
    }

    /// Five packets, one a tick.
    private func start(_ buffer: inout JitterBuffer) {
        for sequence in 0..<5 {
            put(&buffer, sequence)
            _ = play(&buffer)
        }
    }

    private func line(_ range: Range<Int>) -> [Int] { range.map { Int(Self.byte($0)) } }

    @Test(arguments: [80, 160, 240, 320, 480]) func joinsAnyPacketTime(samples: Int) {
        var buffer = JitterBuffer()
        #expect(play(&buffer) == [Int](repeating: -2, count: 160))
        var sent = 0
        var heard: [Int] = []
        for tick in 0..<100 {
            while sent * samples <= tick * 160 {
                #expect(put(&buffer, sent, samples: samples, base: .max - 1_000) == .accepted)
                sent += 1
            }
            heard += play(&buffer)
        }
        // One packet of delay, then everything in order.
        let start = heard.firstIndex { $0 >= 0 } ?? 0
        #expect(start <= max(samples, 160))
        #expect(Array(heard[start...]) == line(0..<(heard.count - start)))
        #expect(buffer.statistics.concealedSamples == 0)
    }

    @Test func reordersAndDropsDuplicates() {
        var buffer = JitterBuffer()
        put(&buffer, 0)
        #expect(play(&buffer) == [Int](repeating: -2, count: 160))
        put(&buffer, 2)
        #expect(put(&buffer, 1) == .accepted)
        #expect(put(&buffer, 1) == .duplicate)
        #expect(play(&buffer, ticks: 3) == line(0..<480))
        #expect(put(&buffer, 1) == .duplicate)
        #expect(buffer.statistics.duplicates == 2 && buffer.lost == 0)
    }

    @Test func lossIsTold() {
        var buffer = JitterBuffer()
        for sequence in [0, 1, 3, 4] { put(&buffer, sequence) }
        let heard = play(&buffer, ticks: 6).dropFirst(160)
        #expect(Array(heard) == line(0..<320) + [Int](repeating: -1, count: 160) + line(480..<800))
        #expect(buffer.lost == 1 && buffer.statistics.concealedSamples == 160)
    }

    @Test func aLatePacketMakesTheDelayLongerAndIsPlayed() {
        var buffer = JitterBuffer()
        for sequence in 0..<10 {
            put(&buffer, sequence)
            _ = play(&buffer)
        }
        let before = buffer.currentDelay
        // Two ticks of nothing: the last packet in the buffer, then a gap.
        #expect(play(&buffer, ticks: 3).suffix(320) == [Int](repeating: -1, count: 320)[...])
        for sequence in 10..<14 { #expect(put(&buffer, sequence) == .accepted) }
        #expect(play(&buffer, ticks: 4) == line(1_600..<2_240), "nothing is lost, and it is not played twice")
        #expect(buffer.currentDelay > before)
    }

    @Test func aStragglerAfterLaterAudioIsLate() {
        var buffer = JitterBuffer()
        for sequence in [0, 1, 3, 4, 5] { put(&buffer, sequence) }
        _ = play(&buffer, ticks: 5)
        #expect(put(&buffer, 2) == .late)
        #expect(buffer.statistics.late == 1 && buffer.lost == 0)
        #expect(play(&buffer) == line(640..<800))
    }

    @Test func longSilenceThenTalk() {
        var buffer = JitterBuffer()
        start(&buffer)
        _ = play(&buffer, ticks: 195)
        #expect(play(&buffer) == [Int](repeating: -2, count: 160))
        #expect(put(&buffer, 5, at: 160 * 205, marker: true) == .accepted)
        #expect(play(&buffer, ticks: 2).suffix(160) == line(32_800..<32_960)[...])
    }

    @Test func senderThatPausesItsTimeLine() {
        var buffer = JitterBuffer()
        start(&buffer)
        _ = play(&buffer, ticks: 40)
        for sequence in 5..<10 { put(&buffer, sequence) }
        let heard = play(&buffer, ticks: 8)
        #expect(heard.filter { $0 >= 0 } == line(800..<1_600))
    }

    @Test(arguments: [10_000_000, -10_000_000, 100_000, -4_000]) func timestampJump(jump: Int) {
        var buffer = JitterBuffer()
        for sequence in 0..<50 {
            put(&buffer, sequence, base: 1 << 30)
            _ = play(&buffer)
        }
        var heard: [Int] = []
        for sequence in 50..<80 {
            put(&buffer, sequence, at: sequence * 160 + jump, base: 1 << 30)
            heard += play(&buffer)
        }
        // At most a few packets are lost on the way; then everything comes in order again.
        #expect(heard.suffix(20 * 160) == line((59 * 160 + jump)..<(79 * 160 + jump))[...])
        #expect(buffer.statistics.resynchronisations == 1)
    }

    @Test func oneWildPacketChangesNothing() {
        var buffer = JitterBuffer()
        var heard: [Int] = []
        for sequence in 0..<50 {
            put(&buffer, sequence, base: 1 << 30)
            if sequence == 20 { put(&buffer, 30_000, at: 9_000_000, base: 1 << 30) }
            if sequence == 30 { put(&buffer, 40_000, at: -9_000_000, base: 1 << 30) }
            heard += play(&buffer)
        }
        #expect(Array(heard.dropFirst(160)) == line(0..<(49 * 160)))
    }

    @Test func anotherSource() {
        var buffer = JitterBuffer()
        start(&buffer)
        buffer.reset()
        #expect(put(&buffer, 40_000, at: 7_000_000) == .accepted)
        #expect(play(&buffer, ticks: 2).suffix(160) == line(7_000_000..<7_000_160)[...])
    }

    @Test func absurdPayloads() {
        var buffer = JitterBuffer()
        #expect(put(&buffer, 0, samples: 0) == .overflow)
        #expect(put(&buffer, 0, samples: 961) == .overflow)
        #expect(put(&buffer, 0, samples: 1) == .accepted)
        #expect(put(&buffer, 1, at: 1, samples: 960) == .accepted)
        #expect(play(&buffer, ticks: 8, splices: false).filter { $0 >= 0 } == line(0..<961))
    }

    /// A sender that throws two seconds at us at once: bounded delay, no more than the end is played.
    @Test func burst() {
        var buffer = JitterBuffer()
        for sequence in 0..<100 { put(&buffer, sequence) }
        _ = play(&buffer, ticks: 2)
        #expect(buffer.currentDelay <= 1_024)
        for sequence in 100..<200 {
            put(&buffer, sequence)
            _ = play(&buffer)
        }
        #expect(buffer.currentDelay <= 220)
    }
}
