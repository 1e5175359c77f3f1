import MediaPlane
import Timing

/// What a load run measured.
package struct LoadResult: Sendable, CustomStringConvertible {
    package var calls: Int
    package var up: Int
    package var failed: Int
    /// Answered, and gone before we hung up.
    package var lost: Int
    package var failures: [String: Int]
    /// Calls that came to be in each codec.
    package var codecs: [String: Int]
    package var window: Duration
    package var spacing: SpacingHistogram
    /// Sequence numbers that never came, over the whole of all calls.
    package var sequenceGaps: Int
    /// In ms.
    package var longestGap: Double
    /// Sorted.
    package var setUps: [Duration]

    /// At 50 packets a second for each call.
    package var expected: Double { Double(up) * 50 * window.inSeconds }
    package var received: UInt64 { spacing.count }

    package var isFlawless: Bool { failed == 0 && lost == 0 && sequenceGaps == 0 && Double(received) > expected * 0.995 }

    private func setUp(at quantile: Double) -> Double {
        guard !setUps.isEmpty else { return 0 }
        return setUps[min(setUps.count - 1, Int(Double(setUps.count) * quantile))].inSeconds * 1_000
    }

    /// `opus`, or `1 opus, 2 pcmu` where the calls differ.
    private var codecNames: String {
        let names = codecs.sorted { $0.key < $1.key }
        return names.count == 1 ? names[0].key : names.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    package var description: String {
        let share = expected > 0 ? 100 * Double(received) / expected : 0
        var lines = [
            "calls      \(calls): \(up) up, \(failed) failed, \(lost) lost; \(codecNames)",
            "packets    \(received) received of \(Int(expected)) expected (\(share.shown(2)) %) in \(window.inSeconds.shown(1)) s",
            "gaps       \(sequenceGaps) sequence numbers missing, longest pause \(longestGap.shown(1)) ms",
            "spacing    off 20 ms by p50 \(spacing.milliseconds(at: 0.5).shown(2)), p99 \(spacing.milliseconds(at: 0.99).shown(2)), "
                + "p99.9 \(spacing.milliseconds(at: 0.999).shown(2)), worst \(spacing.worst.shown(1)) ms",
            "set-up     p50 \(setUp(at: 0.5).shown(1)), p99 \(setUp(at: 0.99).shown(1)) ms",
        ]
        for (reason, count) in failures.sorted(by: { $0.value > $1.value }).prefix(5) { lines.append("ended      \(count) x \(reason)") }
        return lines.joined(separator: "\n")
    }

    package var json: String {
        let fields = [
            "\"calls\":\(calls)", "\"codec\":\"\(codecNames)\"", "\"up\":\(up)", "\"failed\":\(failed)", "\"lost\":\(lost)",
            "\"seconds\":\(window.inSeconds.shown(3))",
            "\"expected\":\(Int(expected))", "\"received\":\(received)", "\"sequence_gaps\":\(sequenceGaps)",
            "\"longest_gap_ms\":\(longestGap.shown(2))", "\"spacing_p50_ms\":\(spacing.milliseconds(at: 0.5).shown(2))",
            "\"spacing_p99_ms\":\(spacing.milliseconds(at: 0.99).shown(2))",
            "\"spacing_p999_ms\":\(spacing.milliseconds(at: 0.999).shown(2))",
            "\"setup_p50_ms\":\(setUp(at: 0.5).shown(2))", "\"setup_p99_ms\":\(setUp(at: 0.99).shown(2))",
        ]
        return "{" + fields.joined(separator: ",") + "}"
    }
}

extension Double {
    /// With so many decimals.
    fileprivate func shown(_ decimals: Int) -> String {
        let scale = decimals == 1 ? 10 : decimals == 2 ? 100 : 1_000
        let whole = Int((self * Double(scale)).rounded())
        let rest = String(abs(whole % scale))
        return "\(whole / scale).\(String(repeating: "0", count: decimals - rest.count))\(rest)"
    }
}
