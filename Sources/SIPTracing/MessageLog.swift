/// The last messages of the last calls, as raw bytes with who and when; bounded in calls, in messages of one call and in octets.
///
/// Taking a message down costs no more than finding its Call-ID: text is made, and secrets taken out, when somebody looks.
package struct MessageLog: Sendable {
    package struct Limits: Sendable {
        package var calls: Int
        package var messagesOfACall: Int
        package var octets: Int

        package init(calls: Int = 2_000, messagesOfACall: Int = 60, octets: Int = 16 << 20) {
            self.calls = max(calls, 1)
            self.messagesOfACall = max(messagesOfACall, 1)
            self.octets = max(octets, 65_536)
        }
    }

    private struct Entry: Sendable {
        var number: UInt64
        var time: Int64
        var direction: TracedMessage.Direction
        var transport: String
        var host: String
        var port: UInt16
        var bytes: [UInt8]

        var peer: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    private let limits: Limits
    private var calls: [String: [Entry]] = [:]
    /// Calls by the number of their latest message; an entry that is no longer the latest is skipped.
    private var order: [(number: UInt64, callID: String)] = []
    /// What stands before it in `order` is done with: taking from the front one by one would move all the rest each time.
    private var oldest = 0
    private var octets = 0
    private var lastNumber: UInt64 = 0

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    package var callCount: Int { calls.count }
    package var octetCount: Int { octets }
    package var latest: UInt64 { lastNumber }

    /// `host` and `port` are the other side's; `time` in microseconds of Unix time.
    package mutating func note(
        _ bytes: [UInt8], _ direction: TracedMessage.Direction, transport: String, host: String, port: UInt16, time: Int64
    ) {
        guard let callID = CallIDScan.callID(in: bytes) else { return }
        lastNumber += 1
        let entry = Entry(number: lastNumber, time: time, direction: direction, transport: transport, host: host, port: port, bytes: bytes)
        octets += bytes.count - Self.add(entry, to: &calls[callID, default: []], limit: limits.messagesOfACall)
        order.append((lastNumber, callID))
        while calls.count > limits.calls || octets > limits.octets { dropOldest() }
        if order.count - oldest > 2 * limits.calls * limits.messagesOfACall { tidy() }
    }

    /// Returns the octets that had to go for it: the first messages tell how a call began, so the oldest of the rest.
    private static func add(_ entry: Entry, to entries: inout [Entry], limit: Int) -> Int {
        var gone = 0
        if entries.count >= limit { gone = entries.remove(at: min(4, entries.count - 1)).bytes.count }
        entries.append(entry)
        return gone
    }

    private mutating func dropOldest() {
        defer { if oldest > 1_024, oldest > order.count / 2 { tidy() } }
        while oldest < order.count {
            let (number, callID) = order[oldest]
            oldest += 1
            guard let entries = calls[callID], entries.last?.number == number else { continue }
            for entry in entries { octets -= entry.bytes.count }
            calls[callID] = nil
            return
        }
    }

    private mutating func tidy() {
        order = order[oldest...].filter { calls[$0.callID]?.last?.number == $0.number }
        oldest = 0
    }

    /// The messages after `number`, in the order in which they came; of one call when it is named. At most `limit` of them.
    package func messages(after number: UInt64 = 0, callID: String? = nil, limit: Int = 1_000) -> [TracedMessage] {
        let chosen = callID.map { [($0, calls[$0] ?? [])] } ?? Array(calls.map { ($0.key, $0.value) })
        var found: [(String, Entry)] = []
        for (callID, entries) in chosen { for entry in entries where entry.number > number { found.append((callID, entry)) } }
        found.sort { $0.1.number < $1.1.number }
        return found.prefix(limit).map { callID, entry in
            TracedMessage(
                number: entry.number, time: entry.time, direction: entry.direction, transport: entry.transport, peer: entry.peer,
                callID: callID, text: Redaction.text(of: entry.bytes))
        }
    }
}

/// Finds the Call-ID without parsing the message.
enum CallIDScan {
    /// Nil when there is none within the first 8 KiB.
    static func callID(in bytes: [UInt8]) -> String? {
        bytes.withUnsafeBufferPointer { bytes in
            let end = min(bytes.count, 8_192)
            var line = 0
            while line < end {
                var next = line
                while next < end, bytes[next] != 0x0A { next += 1 }
                // `c`, `C`, `i` and `I`: all else need not be looked at.
                if line > 0, next > line, bytes[line] | 0x20 == 0x63 || bytes[line] | 0x20 == 0x69,
                    let value = value(bytes[line..<next])
                {
                    return value
                }
                // The end of the header.
                if next - line <= 1, line > 0 { return nil }
                line = next + 1
            }
            return nil
        }
    }

    private static let name = Array("call-id".utf8)

    private static func value(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> String? {
        var place = line.startIndex
        var length = 0
        var isName = true
        var isShort = false
        while place < line.endIndex, line[place] != 0x3A {
            let byte = line[place]
            place += 1
            guard byte != 0x20, byte != 0x09 else { continue }
            isShort = length == 0 && byte | 0x20 == 0x69
            // A hyphen has that bit set already.
            isName = isName && length < name.count && byte | 0x20 == name[length]
            length += 1
        }
        guard place < line.endIndex, (isName && length == name.count) || (isShort && length == 1) else { return nil }
        var start = place + 1
        var end = line.endIndex
        while start < end, line[start] <= 0x20 { start += 1 }
        while end > start, line[end - 1] <= 0x20 { end -= 1 }
        guard start < end else { return nil }
        let value = line[start..<end]
        // A fold or a blank within is no part of it.
        if value.contains(where: { $0 <= 0x20 }) { return String(decoding: value.filter { $0 > 0x20 }, as: UTF8.self) }
        return String(decoding: UnsafeBufferPointer(rebasing: value), as: UTF8.self)
    }
}
