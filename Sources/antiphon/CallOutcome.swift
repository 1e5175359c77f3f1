import AudioFiles
import MediaPlane
import Timing

/// What became of one test call.
struct CallOutcome: CustomStringConvertible {
    var uri: String
    var isAnswered = false
    var setUp = Duration.zero
    var length = Duration.zero
    var keys = ""
    /// `opus`; nil when there was no answer.
    var codec: String?
    /// The suite; nil in the clear.
    var encryption: String?
    var end = ""
    var statistics: SessionStatistics?
    var recorded: FinishedRecording?

    init(uri: String) {
        self.uri = uri
    }

    var description: String {
        var lines = ["ended: \(end)"]
        if let statistics, isAnswered {
            lines.append(
                "sent \(statistics.packetsSent) packets, received \(statistics.packetsReceived), lost \(statistics.packetsLost), "
                    + "jitter \(statistics.jitterMilliseconds.printed) ms, longest gap \(statistics.longestGapMilliseconds.printed) ms")
        }
        if let recorded { lines.append("heard \(recorded.seconds.printed) s: \(recorded.path)") }
        return lines.joined(separator: "\n")
    }

    var json: String {
        var fields = [
            "\"uri\":\"\(uri)\"", "\"answered\":\(isAnswered)", "\"setup_ms\":\(setUp.wholeMilliseconds)",
            "\"length_ms\":\(length.wholeMilliseconds)",
            "\"keys\":\"\(keys)\"", "\"end\":\"\(end.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline })\"",
        ]
        if let codec { fields.append("\"codec\":\"\(codec)\"") }
        if let encryption { fields.append("\"srtp\":\"\(encryption)\"") }
        if let statistics {
            fields += [
                "\"sent\":\(statistics.packetsSent)", "\"received\":\(statistics.packetsReceived)", "\"lost\":\(statistics.packetsLost)",
                "\"duplicates\":\(statistics.duplicates)", "\"jitter_ms\":\(statistics.jitterMilliseconds.printed)",
                "\"longest_gap_ms\":\(statistics.longestGapMilliseconds.printed)", "\"unauthenticated\":\(statistics.unauthenticated)",
            ]
        }
        if let recorded { fields.append("\"heard_seconds\":\(recorded.seconds.printed)") }
        return "{" + fields.joined(separator: ",") + "}"
    }
}

extension Double {
    /// With two decimals, for people.
    var printed: String {
        let hundredths = Int((self * 100).rounded())
        let rest = abs(hundredths % 100)
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
