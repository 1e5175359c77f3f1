extension CaptureSurvey {
    /// The streams as a table for people, and what was passed over.
    package var text: String {
        let heads = ["#", "from", "to", "SSRC", "type", "codec", "packets", "seconds", "loss", "jitter"]
        var rows = [heads]
        for stream in streams {
            let codec = stream.codec.map { stream.codecSource == .payloadType ? $0 : "\($0) (\(stream.codecSource?.rawValue ?? ""))" }
            rows.append([
                "\(stream.number)", stream.source, stream.destination, stream.ssrc, ([stream.payloadType] + stream.besides).types,
                codec ?? "unknown, \(stream.clockRate) Hz", "\(stream.packets)", stream.seconds.short, "\(stream.lossPercent.short) %",
                "\(stream.jitterMilliseconds.short) ms",
            ])
        }
        let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        // Numbers are held against each other by their ends.
        let isNumber = [true, false, false, false, false, false, true, true, true, true]
        var lines = rows.map { row in
            row.indices.map { column in
                let fill = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumber[column] ? fill + row[column] : row[column] + fill
            }.joined(separator: "  ").trimmedEnd
        }
        if streams.isEmpty { lines = ["no RTP stream in \(frames) frames"] }
        return (lines + notes).joined(separator: "\n")
    }

    /// What a person should know of the capture besides its streams.
    package var notes: [String] {
        counts.notes + (cutAt.map { ["the file ends within the record at byte \($0); what stands before it was read"] } ?? [])
    }
}

extension [UInt8] {
    fileprivate var types: String { map(String.init).joined(separator: "+") }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
