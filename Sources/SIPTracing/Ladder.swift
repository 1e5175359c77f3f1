/// Messages as a ladder: our side and the peers as upright lines, each message an arrow between two of them.
///
///     10:02:11.034  192.0.2.7:5060                  antiphon
///                        │ INVITE sip:100@192.0.2.10   │
///                        │────────────────────────────►│
///                        │        100 Trying           │
///                        │◄────────────────────────────│
package enum Ladder {
    /// Columns between two lines.
    static let width = 44

    /// One block of lines for each call, in the order of their first messages.
    package static func text(_ messages: [TracedMessage]) -> String {
        var calls: [String] = []
        for message in messages where !calls.contains(message.callID) { calls.append(message.callID) }
        return calls.map { call in
            let own = messages.filter { $0.callID == call }
            return ([heading(of: own)] + own.map { line($0, peers: peers(own)) }).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// The call, and what is at the head of each line.
    package static func heading(of messages: [TracedMessage]) -> String {
        let names = peers(messages).map { centred($0, in: width) }.joined()
        return "call \(messages.first?.callID ?? "")\n" + indent + names + "antiphon"
    }

    /// One message as one line, for a live trace: `peers` are those of its call so far.
    package static func line(_ message: TracedMessage, peers: [String]) -> String {
        let place = peers.firstIndex(of: message.peer) ?? 0
        let span = width * (max(peers.count, 1) - place) - 1
        let label = " " + String(summary(message).prefix(span - 6)) + " "
        let stroke = max(span - label.count - 2, 0)
        let half = stroke / 2
        let left = String(repeating: "─", count: half)
        let right = String(repeating: "─", count: stroke - half)
        let arrow = message.direction == .received ? "─\(left)\(label)\(right)►" : "◄\(left)\(label)\(right)─"
        let before = String(repeating: " ", count: width / 2 - 1)
        let quiet = (0..<place).map { _ in "│" + String(repeating: " ", count: width - 1) }.joined()
        return clock(message.time) + before + quiet + "│" + arrow + "│"
    }

    package static func peers(_ messages: [TracedMessage]) -> [String] {
        var peers: [String] = []
        for message in messages where !peers.contains(message.peer) { peers.append(message.peer) }
        return peers
    }

    private static let indent = String(repeating: " ", count: 14)

    /// `INVITE sip:…` or `200 OK (INVITE)`, and whether there is a description with it.
    static func summary(_ message: TracedMessage) -> String {
        let start = message.summary
        let hasSDP = message.header("content-type")?.lowercased().contains("sdp") == true || message.header("c") != nil
        let method = message.header("cseq")?.split(separator: " ").last.map(String.init) ?? ""
        var text: String
        if start.hasPrefix("SIP/2.0 ") {
            text = start.dropFirst(8) + " (\(method))"
        } else {
            text = start.hasSuffix(" SIP/2.0") ? String(start.dropLast(8)) : start
        }
        if hasSDP { text += " SDP" }
        return text
    }

    /// Time of day in UTC, to the millisecond.
    private static func clock(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000 % 86_400
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let milliseconds = microseconds / 1_000 % 1_000
        let padded = String(repeating: "0", count: 3 - "\(milliseconds)".count) + "\(milliseconds)"
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(padded)  "
    }

    private static func centred(_ text: String, in width: Int) -> String {
        let space = max(width - text.count, 0)
        return String(repeating: " ", count: space / 2) + text + String(repeating: " ", count: space - space / 2)
    }
}
