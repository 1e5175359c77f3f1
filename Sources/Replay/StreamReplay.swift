import AudioFiles
import Capture
import Codecs
import MediaPlane
import RTP
import Timing

/// Plays a captured stream through the receive path of a call, as if its packets came in now: a virtual clock ticks every 20 ms.
struct StreamReplay {
    private static let tick: Int64 = 20_000_000
    /// Where the first tick falls behind the first packet. In a call it falls anywhere; half a tick favours nobody.
    private static let phase: Int64 = 10_000_000
    /// Ticks after the last packet at most: more than any playout delay.
    private static let afterlife: Int64 = 2_000_000_000

    private let stream: CapturedStream
    private let codec: AudioCodec
    private let line: TimeLine
    private let losses: LossRuns
    private(set) var report: ReplayReport
    private(set) var trace = ReplayTrace()
    private var playoutDelays = 0.0
    private var playoutFrames = 0
    private var lateIndices: Set<Int> = []

    init(_ stream: CapturedStream, codec: AudioCodec, report: ReplayReport) {
        self.stream = stream
        self.codec = codec
        self.report = report
        let sound = stream.packets.filter(\.isSound)
        line = TimeLine(stamps: sound.map(\.header.timestamp), arrivals: sound.map(\.arrival), clockRate: codec.clockRate)
        losses = LossRuns(stream.packets)
    }

    /// Runs it all. `sink` is given the sound in order, at the rate of `playout`.
    mutating func run(
        _ playout: inout OfflinePlayout, sink: (UnsafeBufferPointer<Int16>) throws(AudioFileError) -> Void
    ) throws(AudioFileError) {
        guard let first = stream.packets.first?.arrival, let last = stream.packets.last?.arrival else { return }
        var samples: [Int16] = []
        samples.reserveCapacity(playout.sampleRate)
        var now = first + Self.phase
        var (next, heard) = (0, 0)
        var reception = ReceptionStatistics(clockRate: codec.clockRate)
        while next < stream.packets.count || now - last < Self.afterlife {
            while next < stream.packets.count, stream.packets[next].arrival <= now {
                insert(next, heard: &heard, into: &playout, since: first, &reception)
                next += 1
            }
            let isOver = next == stream.packets.count && isPlayedOut(playout, heard: heard, now: now)
            if isOver { break }
            let start = samples.count
            turn(&playout, into: &samples, at: now, since: first, heard: heard)
            notePeaks(samples[start...], rate: playout.sampleRate)
            now += Self.tick
            if samples.count >= playout.sampleRate {
                try samples.withUnsafeBufferPointer(sink)
                samples.removeAll(keepingCapacity: true)
            }
        }
        try samples.withUnsafeBufferPointer(sink)
        trace.duration = now - first - Self.phase
        finish(playout, reception: reception, first: first, last: last)
    }

    private mutating func insert(
        _ index: Int, heard: inout Int, into playout: inout OfflinePlayout, since first: Int64, _ reception: inout ReceptionStatistics
    ) {
        let packet = stream.packets[index]
        reception.receive(packet.header, at: MonotonicTime(nanoseconds: packet.arrival - first))
        guard packet.isSound else { return }
        let fate = stream.payloads[packet.payload].withUnsafeBytes { playout.insert(packet.header, payload: $0) }
        trace.arrivals.append(ReplayTrace.Arrival(time: packet.arrival - first, delay: line.delays[heard], fate: fate))
        heard += 1
        switch fate {
        case .accepted: break
        case .late:
            report.late += 1
            lateIndices.insert(index)
        case .duplicate: break
        case .refused: report.refused += 1
        }
    }

    /// Nothing that came is left to be played.
    private func isPlayedOut(_ playout: borrowing OfflinePlayout, heard: Int, now: Int64) -> Bool {
        guard let place = playout.playoutTimestamp, let final = stream.packets.last(where: \.isSound) else { return true }
        let length = stream.payloads[final.payload].withUnsafeBytes { playout.duration(of: $0) }
        return final.header.timestamp.distance(to: place) >= length - playout.grain
    }

    private mutating func turn(
        _ playout: inout OfflinePlayout, into samples: inout [Int16], at now: Int64, since first: Int64, heard: Int
    ) {
        let rate = Int64(playout.sampleRate)
        var (received, concealed, done) = (0, 0, Int64(0))
        var spans: [Range<Int64>] = []
        playout.tick(into: &samples) { sound, count in
            switch sound {
            case .received: received += count
            case .concealed:
                concealed += count
                let start = now - first + done * 1_000_000_000 / rate
                spans.append(start..<start + Int64(count) * 1_000_000_000 / rate)
            case .idle: break
            }
            done += Int64(count)
        }
        for span in spans { trace.conceal(span) }
        report.concealedMilliseconds += Double(concealed) * 1_000 / Double(rate)
        guard received > 0, let place = playout.playoutTimestamp else { return }
        let end = now + Self.tick
        guard let due = line.schedule(of: place, heard: heard, near: end) else { return }
        trace.playout.append(ReplayTrace.Playout(time: now - first, delay: end - due))
        playoutDelays += Double(end - due) / 1e6
        playoutFrames += 1
        report.highestPlayoutDelay = max(report.highestPlayoutDelay, Double(end - due) / 1e6)
    }

    private mutating func notePeaks(_ samples: ArraySlice<Int16>, rate: Int) {
        let step = max(rate / 100, 1)
        for start in stride(from: samples.startIndex, to: samples.endIndex, by: step) {
            let piece = samples[start..<min(start + step, samples.endIndex)]
            trace.peaks.append(Int16(clamping: piece.map { abs(Int($0)) }.max() ?? 0))
        }
    }

    private mutating func finish(_ playout: borrowing OfflinePlayout, reception: ReceptionStatistics, first: Int64, last: Int64) {
        let sound = stream.packets.filter(\.isSound)
        report.seconds = Double(last - first) / 1e9
        report.expected = losses.expected
        report.received = losses.received
        report.lost = losses.lost
        report.lossPercent = 100 * Double(losses.lost) / Double(max(losses.expected, 1))
        report.longestLoss = losses.longest
        report.latePercent = 100 * Double(report.late) / Double(max(losses.expected, 1))
        report.duplicates = reception.duplicates
        report.reordered = reception.reordered
        report.interarrivalJitter = reception.jitterMilliseconds
        report.skippedMilliseconds = Double(playout.skippedSamples) * 1_000 / Double(playout.sampleRate)
        report.heldMilliseconds = Double(playout.heldSamples) * 1_000 / Double(playout.sampleRate)
        let duration = Double(trace.duration) / 1e6
        report.concealedPercent = duration > 0 ? 100 * report.concealedMilliseconds / duration : 0
        report.meanPlayoutDelay = playoutFrames > 0 ? playoutDelays / Double(playoutFrames) : 0
        report.timeLineSteps = max(line.segments.count - 1, 0)
        report.driftPPM = line.drift(arrivals: sound.map(\.arrival))
        report.highestDelay = Double(line.delays.max() ?? 0) / 1e6
        report.jitterP95 = Self.jitter(arrivals: sound.map(\.arrival), delays: line.delays)
        rate()
        trace.steps = line.segments.dropFirst().map { sound[$0.start].arrival - first }
        trace.losses = losses.runs.map { run in
            let (start, end) = (min(run.after, run.before) - first, max(run.after, run.before) - first)
            // Half a packet's time on either side belongs to those that came.
            let margin = (end - start) / Int64(2 * (run.count + 1))
            return start + margin..<end - margin
        }.sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Rates what was heard; delay stands for nothing in a capture of one side, so it is the quality of listening.
    private mutating func rate() {
        var missing = BurstGapStatistics()
        for place in losses.inOrder {
            missing.note(place.map { lateIndices.contains($0) ? .discarded : .received } ?? .lost)
        }
        let quality = DirectionQuality(codec: codec.encodingName, missing: missing, jitterMilliseconds: report.jitterP95)
        report.listeningQuality = quality.rating?.listeningScore
        report.cause = quality.cause(from: report.stream.source)
    }

    /// The 95th percentile of each packet's delay above the fastest of the ten seconds up to it, in ms: what a jitter buffer faces.
    private static func jitter(arrivals: [Int64], delays: [Int64]) -> Double {
        guard !delays.isEmpty else { return 0 }
        var above: [Int64] = []
        above.reserveCapacity(delays.count)
        // The places of ever slower packets; the first is the fastest of the window.
        var fastest: [Int] = []
        var head = 0
        for index in delays.indices {
            while fastest.count > head, delays[fastest[fastest.count - 1]] >= delays[index] { fastest.removeLast() }
            fastest.append(index)
            while arrivals[index] - arrivals[fastest[head]] > 10_000_000_000 { head += 1 }
            above.append(delays[index] - delays[fastest[head]])
        }
        above.sort()
        return Double(above[min(above.count * 95 / 100, above.count - 1)]) / 1e6
    }
}
