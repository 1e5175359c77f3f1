/// What a replay came to.
package struct ReplayReport: Codable, Equatable, Sendable {
    package var stream: StreamDescription
    package var codec: String
    /// Milliseconds; the bound on playout delay that was asked for.
    package var delayLimit: Int
    package var seconds = 0.0
    package var expected = 0
    package var received = 0
    package var lost = 0
    package var lossPercent = 0.0
    /// Packets lost in a row at most.
    package var longestLoss = 0
    /// Came after their time and were thrown away.
    package var late = 0
    package var latePercent = 0.0
    package var duplicates = 0
    package var reordered = 0
    /// Empty, too long, or too far ahead.
    package var refused = 0
    /// Milliseconds: 95 of 100 packets came no later than this after the fastest of the last ten seconds.
    package var jitterP95 = 0.0
    package var highestDelay = 0.0
    /// RFC 3550 §6.4.1, at the end; milliseconds.
    package var interarrivalJitter = 0.0
    /// Milliseconds, from when the fastest packet could have come until its samples play.
    package var meanPlayoutDelay = 0.0
    package var highestPlayoutDelay = 0.0
    package var concealedMilliseconds = 0.0
    package var concealedPercent = 0.0
    /// Milliseconds by which the delay was changed while sound played.
    package var skippedMilliseconds = 0.0
    package var heldMilliseconds = 0.0
    /// Times that the sender began a new time line.
    package var timeLineSteps = 0
    /// Parts per million that the sender's clock is fast; nil where it cannot be told.
    package var driftPPM: Double?
    /// Estimated listening quality, 1 to 4.5 (ITU-T G.107); nil for codecs without figures.
    package var listeningQuality: Double?
    /// Why it is poor; nil when it is not.
    package var cause: String?

    package init(stream: StreamDescription, codec: String, delayLimit: Int) {
        self.stream = stream
        self.codec = codec
        self.delayLimit = delayLimit
    }

    /// Lines for people.
    package var text: String {
        var lines = [
            "stream \(stream.number): \(stream.source) -> \(stream.destination), SSRC \(stream.ssrc), \(codec)",
            "arrival: \(received) of \(expected) packets in \(seconds.short) s, \(lost) lost (\(lossPercent.short) %, longest burst \(longestLoss)), "
                + "\(duplicates) duplicated, \(reordered) reordered",
            "jitter: 95 % within \(jitterP95.short) ms, highest delay \(highestDelay.short) ms, RFC 3550 \(interarrivalJitter.short) ms",
            "playout: delay \(meanPlayoutDelay.short) ms in the mean, \(highestPlayoutDelay.short) ms at most (limit \(delayLimit)), "
                + "\(late) packets too late (\(latePercent.short) %)",
            "concealed: \(concealedMilliseconds.short) ms (\(concealedPercent.short) %); skipped \(skippedMilliseconds.short) ms, held "
                + "\(heldMilliseconds.short) ms",
        ]
        if let driftPPM {
            lines.append("clock: the sender's is \(abs(driftPPM).short) ppm \(driftPPM > 0 ? "fast" : "slow") against the capture's")
        }
        if timeLineSteps > 0 { lines.append("the sender began a new time line \(timeLineSteps == 1 ? "once" : "\(timeLineSteps) times")") }
        if let listeningQuality { lines.append("quality: MOS \(listeningQuality.short) estimated" + (cause.map { ": \($0)" } ?? "")) }
        return lines.joined(separator: "\n")
    }
}

extension Double {
    /// One decimal below a hundred, none above; never an exponent.
    var short: String {
        guard isFinite, abs(self) < 1e12 else { return "-" }
        let tenths = Int((self * 10).rounded())
        if abs(tenths) >= 1_000 { return String(Int(rounded())) }
        let sign = tenths < 0 ? "-" : ""
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(sign)\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
