/// Samples on their way from a media thread to the recording writer: a preallocated buffer and where each run of it belongs.
///
/// Owned by one thread at a time: taken from the writer's pool, filled packet by packet, submitted, and not touched after that.
/// The hand-over goes through the writer's lock, hence `@unchecked Sendable`.
package final class RecordingBlock: @unchecked Sendable {
    /// A run of consecutive samples: `count` of them from `start` in the block belong at `fileOffset` in the recording.
    package struct Segment: Equatable, Sendable {
        package var fileOffset: Int
        package var start: Int
        package var count: Int
    }

    /// Half a second at 8 kHz: handed over at least twice a second.
    package static let defaultSampleCapacity = 4_000
    /// In-order packets share a segment; only gaps and late packets open another.
    package static let segmentCapacity = 64

    private let samples: UnsafeMutablePointer<Int16>
    private let segments: UnsafeMutablePointer<Segment>
    package let sampleCapacity: Int
    package private(set) var sampleCount = 0
    package private(set) var segmentCount = 0
    /// The recording these samples belong to; set by `submit`.
    var recording: RecordingHandle?

    package init(sampleCapacity: Int = RecordingBlock.defaultSampleCapacity) {
        self.sampleCapacity = max(1, sampleCapacity)
        samples = .allocate(capacity: self.sampleCapacity)
        // Touched now, so that the first packet on a media thread does not pay for the page faults.
        samples.initialize(repeating: 0, count: self.sampleCapacity)
        segments = .allocate(capacity: Self.segmentCapacity)
        segments.initialize(repeating: Segment(fileOffset: 0, start: 0, count: 0), count: Self.segmentCapacity)
    }

    deinit {
        samples.deallocate()
        segments.deallocate()
    }

    package var isEmpty: Bool { sampleCount == 0 }

    /// Adds `packet` that belongs `fileOffset` samples from the recording's start. False when it does not fit: submit this block
    /// and take another. No allocation, no lock.
    package func append(_ packet: UnsafeBufferPointer<Int16>, at fileOffset: Int) -> Bool {
        guard let source = packet.baseAddress, packet.count > 0 else { return true }
        guard packet.count <= sampleCapacity - sampleCount else { return false }
        if segmentCount > 0, follows(segments[segmentCount - 1], fileOffset) {
            segments[segmentCount - 1].count += packet.count
        } else {
            guard segmentCount < Self.segmentCapacity else { return false }
            segments[segmentCount] = Segment(fileOffset: fileOffset, start: sampleCount, count: packet.count)
            segmentCount += 1
        }
        samples.advanced(by: sampleCount).update(from: source, count: packet.count)
        sampleCount += packet.count
        return true
    }

    /// Adds `packet` as `append(_:at:)` does.
    package func append(_ packet: UnsafePointer<Int16>, count: Int, at fileOffset: Int) -> Bool {
        append(UnsafeBufferPointer(start: packet, count: max(0, count)), at: fileOffset)
    }

    /// Makes the block as new.
    package func reset() {
        sampleCount = 0
        segmentCount = 0
        recording = nil
    }

    /// The segments in the order they came, each with its samples.
    func forEachSegment(
        _ body: (Segment, UnsafeBufferPointer<Int16>) throws(AudioFileError) -> Void
    ) throws(AudioFileError) {
        for index in 0..<segmentCount {
            let segment = segments[index]
            try body(segment, UnsafeBufferPointer(start: samples + segment.start, count: segment.count))
        }
    }

    private func follows(_ segment: Segment, _ fileOffset: Int) -> Bool {
        let (end, overflow) = segment.fileOffset.addingReportingOverflow(segment.count)
        return !overflow && end == fileOffset
    }
}
