import Testing

@testable import AudioFiles

@Suite struct RecordingBlockTests {
    private func segments(_ block: RecordingBlock) throws -> [RecordingBlock.Segment] {
        var found: [RecordingBlock.Segment] = []
        try block.forEachSegment { segment, samples throws(AudioFileError) in
            #expect(samples.count == segment.count)
            found.append(segment)
        }
        return found
    }

    private func append(_ block: RecordingBlock, _ value: Int16, at offset: Int, count: Int = 160) -> Bool {
        [Int16](repeating: value, count: count).withUnsafeBufferPointer { block.append($0, at: offset) }
    }

    @Test func packetsInOrderShareASegment() throws {
        let block = RecordingBlock(sampleCapacity: 800)
        for index in 0..<5 { #expect(append(block, 1, at: 1_000 + 160 * index)) }
        #expect(try segments(block) == [.init(fileOffset: 1_000, start: 0, count: 800)])
        #expect(!append(block, 1, at: 1_800))
        #expect(block.sampleCount == 800)
    }

    @Test func aGapAndALatePacketOpenSegments() throws {
        let block = RecordingBlock()
        for offset in [0, 320, 160, 480] { #expect(append(block, 1, at: offset)) }
        #expect(
            try segments(block) == [
                .init(fileOffset: 0, start: 0, count: 160), .init(fileOffset: 320, start: 160, count: 160),
                .init(fileOffset: 160, start: 320, count: 160), .init(fileOffset: 480, start: 480, count: 160),
            ])
    }

    @Test func segmentsAreBoundedAndResetFreesThem() {
        let block = RecordingBlock()
        var accepted = 0
        while append(block, 1, at: accepted * 100, count: 10) { accepted += 1 }
        #expect(accepted == RecordingBlock.segmentCapacity)
        block.reset()
        #expect(block.isEmpty && append(block, 1, at: 0))
    }

    @Test func extremeOffsetsDoNotTrap() {
        let block = RecordingBlock()
        for offset in [Int.max, .min, .max - 10, 0] { #expect(append(block, 1, at: offset)) }
        #expect(append(block, 1, at: Int.max - 5, count: 0))
    }
}
