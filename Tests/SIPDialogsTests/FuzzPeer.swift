import SIP
import SIPDialogs

/// The other side of a fuzzed user agent: a small grammar of requests and responses, each part of which may be right, odd or missing.
struct FuzzPeer {
    static let flows = [
        Bench.peer, Bench.stream,
        Flow(listener: 1, transport: .tcp, remote: SocketEndpoint(host: "192.0.2.3", port: 40_001), connection: 8),
        Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "2001:db8::1", port: 5060)),
    ]
    static let durations = [
        1, 100, 500, 1_000, 2_000, 4_000, 5_000, 16_000, 30_000, 32_000, 33_000, 45_000, 60_000, 64_000, 90_000, 180_000,
    ]
    static let statuses = [
        200, 180, 183, 100, 486, 487, 491, 481, 408, 401, 407, 422, 500, 503, 302, 202, 404, 413, 415, 420, 421, 603, 699, 199, 299, 400,
        405, 423, 488, 504, 513, 580,
    ]
    static let methods = [
        "INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "OPTIONS", "INFO", "REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "REGISTER",
        "FOO", "INVITE", "UPDATE",
    ]
    static let targets = [
        "sip:601@192.0.2.1:5061", "sip:601@192.0.2.10", "sips:601@192.0.2.1", "tel:+123", "sip:[2001:db8::1];transport=tcp",
        "sip:a@h.example;maddr=192.0.2.9;lr", "sip:a%20b@192.0.2.1?Subject=x", "sip:192.0.2.1:0;method=BYE",
    ]
    private static let options = [
        "", "Supported: 100rel, timer\r\n", "Require: 100rel\r\n", "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n",
        "Session-Expires: 1800;refresher=uac\r\nSupported: timer\r\n", "Session-Expires: 10\r\nMin-SE: 5\r\n",
        "Require: timer\r\nSession-Expires: 4294967296\r\n", "Min-SE: 7200\r\n", "Require: replaces\r\n", "Supported: 100rel\r\n",
        "Session-Expires: x\r\n", "Min-SE: 99999999999999999999\r\n", "Proxy-Require: x\r\n", "Supported: \"\r\n",
        "Allow: UPDATE, INVITE\r\n",
        "Require: 100rel, timer\r\nSession-Expires: 91\r\n",
    ]
    private static let others = [
        "", "Record-Route: <sip:192.0.2.7;lr>\r\n", "Record-Route: <sip:192.0.2.7>, <sip:192.0.2.8;lr>\r\n", "Max-Forwards: 0\r\n",
        "Expires: 1\r\n", "Retry-After: 5\r\n", "Event: refer;id=1\r\n", "Route: <sip:192.0.2.10;lr>\r\n", "Record-Route: x\r\n",
        "Content-Encoding: gzip\r\n", "Accept: text/plain\r\n", "Refer-To: <sip:a@b?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n",
        "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\n", "Content-Disposition: session;handling=required\r\n",
        "Subscription-State: active\r\n", "Record-Route: <tel:1>\r\n",
    ]
    private static let contacts = [
        "Contact: <sip:alice@192.0.2.1:5061>\r\n", "Contact: <sip:alice@192.0.2.1:5061;transport=tcp>\r\n", "", "Contact: *\r\n",
        "Contact: <sips:alice@h.example>;q=0.5, <sip:b@h>\r\n", "Contact: <tel:1>\r\n", "Contact: <sip:a%00@[2001:db8::9]:0?x=y>\r\n",
        "Contact: sip:a@192.0.2.44;method=BYE\r\n",
    ]
    private static let bodies = [
        "", "Content-Type: application/sdp\r\n|offer", "Content-Type: application/dtmf-relay\r\n|Signal=5",
        "Content-Type: application/sdp\r\nContent-Disposition: render\r\n|other",
    ]

    let number: Int
    private var sequence = 0
    private var inviteSequence = 1
    private var localTag: String?
    private var responseNumber = 1
    private var serial = 0

    init(number: Int) { self.number = number }

    /// Reads our tag and the number of a reliable provisional off the agent's answers.
    mutating func learn(_ message: SIPMessage) {
        guard message.status != nil, let envelope = try? message.envelope(), envelope.callID == "c\(number)" else { return }
        if let tag = envelope.toTag { localTag = tag }
        if let reliable = message.reliableNumber { responseNumber = Int(reliable) }
    }

    func flow(_ record: FuzzRecord) -> Flow { Self.flows[[0, 0, 0, 1, 1, 2, 3, 0][record[4] >> 5]] }

    // MARK: Requests

    mutating func request(_ record: FuzzRecord) -> [UInt8] {
        let method = Self.methods[record[1] >> 2 & 15]
        let sequence = nextSequence(method, record[2] & 7)
        var text = "\(method) \(Self.targets[record[5] >> 6]) SIP/2.0\r\n"
        let transport = flow(record).transport.viaName
        let host = ["192.0.2.1:5061", "h.example", "[2001:db8::1]", "192.0.2.1:5061;received=192.0.2.5;maddr=192.0.2.6"][record[5] >> 4 & 3]
        text += "Via: SIP/2.0/\(transport) \(host);rport\(branch(method, sequence, record[2] >> 3 & 7))\r\n"
        text += "From: <sip:alice@example.com>\([";tag=a\(number)", ";tag=other", "", ";tag"][record[5] >> 2 & 3])\r\n"
        text += "To: <sip:601@192.0.2.10>\(toTag(record[5] & 3))\r\n"
        text += "Call-ID: c\(number)\r\nCSeq: \(sequence) \(method)\r\nMax-Forwards: 70\r\n"
        if method == "PRACK" { text += "RAck: \(responseNumber + record[2] >> 6) \(inviteSequence) INVITE\r\n" }
        if method == "SUBSCRIBE" || method == "NOTIFY" { text += "Event: presence\r\n" }
        text += Self.contacts[record[4] >> 2 & 7] + Self.options[record[3] & 15] + Self.others[record[3] >> 4]
        return record.spoil(Self.finish(text, Self.bodies[record[4] & 3]))
    }

    private mutating func nextSequence(_ method: String, _ choice: Int) -> Int {
        switch choice {
        case 0...3:
            guard method != "ACK", method != "CANCEL" else { return inviteSequence }
            sequence += 1
        case 4: break
        case 5: return max(0, sequence - 1)
        case 6: return inviteSequence
        default: return 2_147_483_647
        }
        if method == "INVITE" { inviteSequence = sequence }
        return sequence
    }

    private mutating func branch(_ method: String, _ sequence: Int, _ choice: Int) -> String {
        serial += 1
        switch choice {
        // A CANCEL, and the ACK of a failure, have the INVITE's branch.
        case 0...3: return ";branch=z9hG4bK\(number)\(["ACK", "CANCEL"].contains(method) ? "INVITE" : method)\(sequence)"
        case 4: return ";branch=z9hG4bKf\(number)\(serial)"
        case 5: return ";branch=old"
        case 6: return ""
        default: return ";branch=z9hG4bKsame"
        }
    }

    private func toTag(_ choice: Int) -> String {
        switch choice {
        case 0, 1: localTag.map { ";tag=\($0)" } ?? ""
        case 2: ""
        default: ";tag=wrong"
        }
    }

    // MARK: Responses

    static func response(to request: SIPMessage, _ record: FuzzRecord) -> [UInt8] {
        func line(_ id: HeaderID) -> String { "\(id.name): \(request.value(of: id) ?? "")" }
        var text = "SIP/2.0 \(record.pick(2, statuses)) X\r\n\(line(.via))\r\n\(line(.from))\r\n\(line(.to))"
        if (try? request.envelope())?.toTag == nil { text += ["", ";tag=t1", ";tag=t2", ";tag=t3"][record[3] & 3] }
        text += "\r\n\(line(.callID))\r\n\(line(.cseq))\r\n"
        text += contacts[record[3] >> 2 & 7] + options[record[4] & 15] + others[record[4] >> 4]
        if record[5] & 0xF0 != 0 { text += "RSeq: \(record[5] >> 4)\r\n" }
        return record.spoil(finish(text, bodies[record[5] & 3]))
    }

    private static func finish(_ head: String, _ body: String) -> [UInt8] {
        let parts = body.split(separator: "|", maxSplits: 1)
        let content = parts.count == 2 ? parts[1] : ""
        return Array("\(head)\(parts.first ?? "")Content-Length: \(content.utf8.count)\r\n\r\n\(content)".utf8)
    }
}
