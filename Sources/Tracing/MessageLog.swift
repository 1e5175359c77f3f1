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
        var peer: String
        var bytes: [UInt8]
    }

    private let limits: Limits
    private var calls: [String: [Entry]] = [:]
    /// Calls by the number of their latest message; an entry that is no longer the latest is skipped.
    private var order: [(number: UInt64, callID: String)] = []
    private var octets = 0
    private var lastNumber: UInt64 = 0

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    package var callCount: Int { calls.count }
    package var octetCount: Int { octets }
    package var latest: UInt64 { lastNumber }

    /// `time` in microseconds of Unix time.
    package mutating func note(_ bytes: [UInt8], _ direction: TracedMessage.Direction, transport: String, peer: String, time: Int64) {
        guard let callID = CallIDScan.callID(in: bytes) else { return }
        lastNumber += 1
        var entries = calls[callID] ?? []
        if entries.count >= limits.messagesOfACall {
            // The first ones tell how it began; the oldest of the rest go.
            let gone = entries.remove(at: min(4, entries.count - 1))
            octets -= gone.bytes.count
        }
        entries.append(Entry(number: lastNumber, time: time, direction: direction, transport: transport, peer: peer, bytes: bytes))
        octets += bytes.count
        calls[callID] = entries
        order.append((lastNumber, callID))
        while calls.count > limits.calls || octets > limits.octets { dropOldest() }
        if order.count > 2 * limits.calls * limits.messagesOfACall { tidy() }
    }

    private mutating func dropOldest() {
        var index = 0
        defer { order.removeFirst(index) }
        while index < order.count {
            let (number, callID) = order[index]
            index += 1
            guard let entries = calls[callID], entries.last?.number == number else { continue }
            for entry in entries { octets -= entry.bytes.count }
            calls[callID] = nil
            return
        }
    }

    private mutating func tidy() {
        order = order.filter { calls[$0.callID]?.last?.number == $0.number }
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
        let end = min(bytes.count, 8_192)
        var line = 0
        while line < end {
            let next = bytes[line..<end].firstIndex(of: 0x0A) ?? end
            if line > 0, let value = value(bytes[line..<next]) { return value }
            // The end of the header.
            if next - line <= 1, line > 0 { return nil }
            line = next + 1
        }
        return nil
    }

    private static func value(_ line: ArraySlice<UInt8>) -> String? {
        guard let first = line.first, let colon = line.prefix(16).firstIndex(of: 0x3A) else { return nil }
        // `c`, `C`, `i` and `I`: all else need not be looked at.
        guard first | 0x20 == 0x63 || first | 0x20 == 0x69 else { return nil }
        let name = line[line.startIndex..<colon].filter { $0 != 0x20 && $0 != 0x09 }.map { $0 | 0x20 }
        guard name.elementsEqual("call-id".utf8.map { $0 | 0x20 }) || name.elementsEqual([0x69]) else { return nil }
        let value = line[(colon + 1)...].filter { $0 > 0x20 }
        return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
    }
}
