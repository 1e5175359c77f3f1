import Codecs
import RTP

@testable import AudioFiles
@testable import MediaPlane

/// A tap, with a writer whose threads do not run, so that the blocks stay to be looked at.
final class RecordingBench {
    let folder: ScratchFolder
    let writer: RecordingWriter
    let handle: RecordingHandle
    let scratch: MediaScratch
    var tap: RecordingTap
    let start: Int64 = 50_000_000_000
    let codec: AudioCodec
    let coder: StreamCoder?
    private var number = 0

    /// `next`: the time stamp that the stream flows up to; nil when none flows. `rate` of the file; nil: the codec's.
    init(
        next: UInt32?, maximum: Int = 60_000, silence: Int? = nil, blockLimit: Int = 1_000, codec: AudioCodec = .l16Narrowband,
        encoding: AudioEncoder.Settings = AudioEncoder.Settings(), rate: Int? = nil
    ) throws {
        folder = try ScratchFolder()
        writer = RecordingWriter(blockLimit: blockLimit)
        handle = try writer.open(folder.path + "/tap.wav", format: RecordingFormat(rate: rate ?? codec.form.rate))
        scratch = MediaScratch(writer: writer, canonicalName: [])
        self.codec = codec
        coder = codec.isSampled ? nil : StreamCoder(codec, encoding)
        tap = RecordingTap(
            order: RecordingTapOrder(handle: handle, maximum: maximum, silence: silence), at: start, next: next.map { RTPTimestamp($0) })
    }

    /// 20 ms, each sample a thousand times `value`, that arrive so many ms after the start; the next `number`, or that one. Not `isLoud`:
    /// the noise of a room.
    func hear(_ value: Int, _ timestamp: UInt32, at milliseconds: Int, isLoud: Bool = true, count: Int = 160, number: Int? = nil) {
        let sample = UInt16(truncatingIfNeeded: isLoud ? 1_000 * value : value)
        let payload = (0..<count).flatMap { _ in [UInt8(sample >> 8), UInt8(sample & 255)] }
        self.number = number ?? self.number + 1
        take(payload, number: self.number, timestamp, at: milliseconds)
    }

    func take(_ payload: [UInt8], number: Int, _ timestamp: UInt32, at milliseconds: Int) {
        payload.withUnsafeBytes {
            tap.take(
                $0, header(number, timestamp), of: codec, coder, arrival: start + Int64(milliseconds) * 1_000_000, scratch: scratch)
        }
    }

    /// A packet of the peer's that is no sound.
    func pass(number: Int, _ timestamp: UInt32, at milliseconds: Int) {
        tap.take(nil, header(number, timestamp), of: codec, coder, arrival: start + Int64(milliseconds) * 1_000_000, scratch: scratch)
    }

    func header(_ number: Int, _ timestamp: UInt32) -> RTPHeader {
        RTPHeader(
            payloadType: 96, sequence: SequenceNumber(UInt16(truncatingIfNeeded: number)), timestamp: RTPTimestamp(timestamp), ssrc: SSRC(7)
        )
    }

    func turn(at milliseconds: Int) -> RecordingTapResult.End? {
        tap.turn(at: start + Int64(milliseconds) * 1_000_000, scratch: scratch)
    }

    func end(_ end: RecordingTapResult.End = .stopped) -> RecordingTapResult { tap.end(end, scratch: scratch) }

    /// All that was laid down; 0 is what nothing was laid on.
    func sound() throws -> [Int16] {
        var samples: [Int16] = []
        for (block, _) in scratch.filled {
            try block.forEachSegment { segment, values throws(AudioFileError) in
                let end = segment.fileOffset + segment.count
                if samples.count < end { samples += [Int16](repeating: 0, count: end - samples.count) }
                samples.replaceSubrange(segment.fileOffset..<end, with: values)
            }
        }
        return samples
    }

    /// It in runs of one value: `[first sample, count, value in thousands]`.
    func runs() throws -> [[Int]] {
        var runs: [[Int]] = []
        for (index, value) in try sound().enumerated() {
            if let last = runs.last, last[2] == Int(value) / 1_000 {
                runs[runs.count - 1][1] += 1
            } else {
                runs.append([index, 1, Int(value) / 1_000])
            }
        }
        return runs
    }
}
