extension SDPExplanation {
    /// Lines for people.
    package var text: String {
        var lines: [String] = []
        if let refusal {
            let code = warning.map { " with Warning \($0)" } ?? ""
            lines.append("refused with \(status)\(code): \(refusal.sentence)")
        } else {
            lines.append("answered")
        }
        lines += session.map { "  " + $0.sentence }
        for stream in streams {
            lines.append("m=\(stream.media.printable)\(stream.line.map { "  (line \($0))" } ?? "")")
            lines.append(stream.isTaken ? "  taken" : "  refused")
            for format in stream.formats {
                let name = format.format.printable.padded(to: 4) + (format.codec?.printable ?? "?").padded(to: 24)
                lines.append("  \(format.isTaken ? "*" : " ") \(name)\(Remark(format.why, format.reference).sentence)")
            }
            lines += stream.remarks.map { "    " + $0.sentence }
        }
        if let answer {
            lines.append("answer")
            lines += answer.split(separator: "\r\n").map { "  " + String($0).printable }
        }
        return lines.joined(separator: "\n")
    }
}

extension SDPExplanation.Remark {
    fileprivate var sentence: String {
        // A fault that was found while reading names its line itself.
        let place = text.hasPrefix("SDP") ? "" : line.map { "line \($0): " } ?? ""
        return place + text.printable + (reference.map { " [\($0)]" } ?? "")
    }
}

extension String {
    /// Without what would move a terminal's cursor, and bounded whatever the peer wrote.
    fileprivate var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(400).map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : $0 }))
    }

    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
