import SIP
import SIPDialogs
import SIPEvents

/// The other side of a fuzzed notifier: a small grammar of requests, responses and states, each part of which may be right, odd or
/// missing.
struct FuzzSubscriber {
    static let flows = [
        Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "192.0.2.1", port: 5061)),
        Flow(listener: 1, transport: .tcp, remote: SocketEndpoint(host: "192.0.2.1", port: 40_000), connection: 7),
        Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "2001:db8::1", port: 5060)),
        Flow(listener: 1, transport: .tcp, remote: SocketEndpoint(host: "192.0.2.3", port: 40_001), connection: 8),
    ]
    static let durations = [
        1, 100, 500, 999, 1_000, 2_000, 4_000, 5_000, 30_000, 32_000, 59_000, 60_000, 64_000, 300_000, 3_600_000, 86_400_000,
    ]
    static let resources = ["1001@h", "1002@h", "600@h", "a b\r\n<&>@h"]
    private static let methods = [
        "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "REFER", "REFER", "REFER", "INVITE",
        "ACK", "BYE", "NOTIFY", "OPTIONS", "UPDATE",
    ]
    private static let events = [
        "Event: message-summary\r\n", "Event: conference\r\n", "Event: conference;id=1\r\n", "o: message-summary;id=x\r\n",
        "Event: refer\r\n", "Event: refer;id=2\r\n", "Event: presence\r\n", "", "Event: conference;id=\"\r\n", "Event: Conference\r\n",
        "Event: message-summary;id=\r\n", "Event: conference, refer\r\n", "Event: refer;id=99999999999999999999\r\n",
        "Event: conference;id=2\r\n", "Event: conference.winfo\r\n", "Event: message-summary\r\nEvent: conference\r\n",
    ]
    private static let expiries = [
        "", "0", "60", "59", "90", "600", "3600", "86400", "86401", "4294967295", "4294967296", "99999999999999999999", "-1", "x",
        "60, 61", "00000060",
    ]
    private static let accepts = [
        "", "", "Accept: application/*\r\n", "Accept: */*;q=0\r\n", "Accept: text/plain\r\n", "Accept: \r\n",
        "Accept: application/simple-message-summary, application/conference-info+xml\r\n", "Accept: \",\r\n",
    ]
    private static let contacts = [
        "Contact: <sip:u@192.0.2.1:5061>\r\n", "Contact: <sip:u@192.0.2.1:5061>\r\n", "Contact: <sip:u@192.0.2.9;transport=tcp>\r\n", "",
        "Contact: *\r\n", "Contact: <tel:1>\r\n", "Contact: <sips:u@h.example>, <sip:b@h>\r\n",
        "Contact: sip:a%00@[2001:db8::9]:0?x=y\r\n",
    ]
    private static let routes = [
        "", "", "Record-Route: <sip:192.0.2.7;lr>\r\n", "Record-Route: <sip:192.0.2.7>, <sips:p.example;lr>\r\n",
        "Record-Route: x\r\n", "Record-Route: <tel:1>\r\n", "Record-Route: \"\u{E9}\" <sip:p;lr>;x=\u{E9}\r\n",
        "Route: <sip:192.0.2.10;lr>\r\n",
    ]
    private static let others = [
        "", "Refer-Sub: false\r\n", "Refer-Sub: true\r\n", "Refer-Sub: x\r\nSupported: norefersub\r\n", "Require: norefersub\r\n",
        "Require: x\r\n", "Max-Forwards: 0\r\n", "Subscription-State: active;expires=0\r\n",
    ]
    private static let answers = [
        "", "Retry-After: 3\r\n", "Retry-After: 0\r\n", "Retry-After: 4294967296\r\n", "Contact: <sip:moved@192.0.2.44>\r\n",
        "Contact: *\r\n", "Retry-After: 1;duration=x (why)\r\n", "Contact: <tel:1>\r\nRetry-After: 300\r\n",
    ]
    private static let statuses = [200, 200, 202, 481, 503, 500, 404, 408, 489, 401, 302, 299, 100, 180, 603, 699]

    let number: Int
    private var sequence = 0
    private var localTag: String?
    private var serial = 0

    init(number: Int) { self.number = number }

    static func flow(_ choice: Int) -> Flow { flows[[0, 0, 0, 0, 1, 1, 2, 3][choice & 7]] }

    private var callID: String { number == 3 ? "c\u{E9}3" : "c\(number)" }

    /// Reads our tag off the answers.
    mutating func learn(_ message: SIPMessage) {
        guard message.status != nil, let envelope = try? message.envelope(), envelope.callID == callID else { return }
        if let tag = envelope.toTag { localTag = tag }
    }

    mutating func request(_ record: FuzzRecord) -> [UInt8] {
        let method = record.pick(1, Self.methods)
        switch record[3] >> 6 {
        case 0, 1: sequence += 1
        case 2: break
        default: sequence = sequence == 2_147_483_647 ? 1 : 2_147_483_647
        }
        serial += 1
        var text = "\(method) sip:1001@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/\(Self.flow(record[4] >> 5).transport.viaName) 192.0.2.1:5061"
        text += ";rport;branch=z9hG4bK\(number)x\(method == "ACK" ? "INVITE\(sequence)" : "\(serial)")\r\n"
        text += "From: <sip:u@example.com>;tag=\(record[1] >> 6 == 3 ? "other" : "s\(number)")\r\nTo: <sip:1001@192.0.2.10>"
        text += [localTag.map { ";tag=\($0)" } ?? "", localTag.map { ";tag=\($0)" } ?? "", "", ";tag=wrong"][record[1] >> 4 & 3]
        text += "\r\nCall-ID: \(callID)\r\nCSeq: \(sequence) \(method)\r\nMax-Forwards: 70\r\n"
        text += Self.contacts[record[3] >> 3 & 7] + Self.routes[record[4] & 7] + Self.others[record[4] >> 2 & 7]
        if method == "REFER" { text += "Refer-To: <sip:1002@example.com>\r\n" } else { text += record.pick(2, Self.events) }
        if method == "SUBSCRIBE" {
            let seconds = Self.expiries[record[2] >> 4]
            text += (seconds.isEmpty ? "" : "Expires: \(seconds)\r\n") + Self.accepts[record[3] & 7]
        }
        return record.spoil(Array("\(text)Content-Length: 0\r\n\r\n".utf8))
    }

    static func response(to request: SIPMessage, _ record: FuzzRecord) -> [UInt8] {
        func line(_ id: HeaderID) -> String { "\(id.name): \(request.value(of: id) ?? "")" }
        var text = "SIP/2.0 \(record.pick(2, statuses)) X\r\n\(line(.via))\r\n\(line(.from))\r\n\(line(.to))"
        text += "\r\n\(line(.callID))\r\n\(line(.cseq))\r\n\(answers[record[3] & 7])Content-Length: 0\r\n\r\n"
        return record.spoil(Array(text.utf8))
    }

    static func state(_ package: EventPackage, _ choice: Int) -> EventState {
        guard package == .conference else {
            let account = [nil, "sip:1001@h", "x\r\nMessages-Waiting: no", "\u{0}\u{FFFD}<&"][choice >> 6]
            return .messageSummary(
                MessageSummary(new: choice & 3, old: (choice >> 2 & 3) - 1, newUrgent: choice >> 4 & 3, account: account))
        }
        let count = [0, 1, 2, 3, 5, 9, 60, 400][choice & 7]
        let first = choice >> 4 & 3
        let members = (first..<first + count).map { id in
            ConferenceState.Member(
                id: UInt64(id), caller: choice & 0x80 == 0 ? "\(id % 300)" : ["", "a\"<\r\n", "\u{0}\u{1F600}", "]]>"][id & 3],
                role: id & 1 == 0 ? "" : "chair&", isMuted: choice & 0x40 != 0)
        }
        return .conference(ConferenceState(room: "600", domain: "h", members: members, isLocked: choice & 8 != 0))
    }
}
