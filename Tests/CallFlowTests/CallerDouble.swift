import AudioFiles
import SIP

/// The requests of one caller, for tests whose subject is not the SIP messages.
struct CallerDouble {
    let number: String
    var user = "alice"
    var callID = "call-1"
    var toTag: String?
    var sequence = 1

    static let offer = """
        v=0\r
        o=alice 1 1 IN IP4 192.0.2.1\r
        s=-\r
        c=IN IP4 192.0.2.1\r
        t=0 0\r
        m=audio 4000 RTP/AVP 0 101\r
        a=rtpmap:101 telephone-event/8000\r

        """

    func request(
        _ method: String, branch: String? = nil, headers: [String] = [], body: String = "", type: String = "application/sdp"
    ) -> String {
        let type = body.isEmpty ? "" : "Content-Type: \(type)\r\n"
        return """
            \(method) sip:\(number)@192.0.2.10 SIP/2.0\r
            Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK\(callID)-\(branch ?? "\(method)-\(sequence)")\r
            Max-Forwards: 70\r
            From: <sip:\(user.isEmpty ? "" : user + "@")example.com>;tag=\(callID)-tag\r
            To: <sip:\(number)@192.0.2.10>\(toTag.map { ";tag=\($0)" } ?? "")\r
            Call-ID: \(callID)\r
            CSeq: \(sequence) \(method)\r
            Contact: <sip:192.0.2.1:5060>\r
            \(headers.map { $0 + "\r\n" }.joined())\(type)Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
    }
}

/// Whoever a call out reaches, for tests whose subject is not the SIP messages.
struct CalleeDouble {
    let invite: SIPMessage
    var tag = "callee"
    var contact = "sip:bob@192.0.2.2:5060"

    static let answer = CallerDouble.offer.replacing("o=alice", with: "o=bob").replacing("192.0.2.1", with: "192.0.2.2")

    /// A request of his own in the dialog that he answered.
    func request(
        _ method: String, sequence: Int = 1, headers: [String] = [], body: String = "", type: String = "application/sdp"
    ) -> String {
        """
        \(method) sip:192.0.2.10 SIP/2.0\r
        Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-\(tag)-\(method)-\(sequence)\r
        Max-Forwards: 70\r
        From: \(invite.value(named: "To") ?? "");tag=\(tag)\r
        To: \(invite.value(named: "From") ?? "")\r
        Call-ID: \(invite.value(of: .callID) ?? "")\r
        CSeq: \(sequence) \(method)\r
        Contact: <\(contact)>\r
        \(headers.map { $0 + "\r\n" }.joined())\(body.isEmpty ? "" : "Content-Type: \(type)\r\n")Content-Length: \(body.utf8.count)\r
        \r
        \(body)
        """
    }

    func response(_ status: Int, to request: SIPMessage? = nil, headers: [String] = [], body: String = "") -> String {
        let request = request ?? invite
        func lines(_ name: String) -> String { request.values(named: name).map { "\(name): \($0)\r\n" }.joined() }
        let to = request.value(named: "To") ?? ""
        let type = body.isEmpty ? "" : "Content-Type: application/sdp\r\n"
        return "SIP/2.0 \(status) Whatever\r\n\(lines("Via"))\(lines("From"))To: \(to.contains("tag=") ? to : "\(to);tag=\(tag)")\r\n"
            + "\(lines("Call-ID"))\(lines("CSeq"))Contact: <\(contact)>\r\n"
            + "\(headers.map { $0 + "\r\n" }.joined())\(type)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

extension SwitchboardBench {
    /// Messages that were sent since the last look.
    func takeSent() -> [SIPMessage] {
        takeOutputs().compactMap { if case .sent(let bytes, _) = $0.output { try? SIPMessage.parse(bytes) } else { nil } }
    }

    /// Orders (but for what was negotiated) and messages since the last look.
    func takeBoth() -> (orders: [String], sent: [SIPMessage]) {
        var (orders, sent): ([String], [SIPMessage]) = ([], [])
        for (_, output) in takeOutputs() {
            switch output {
            case .ordered(let text): if !text.hasPrefix("use") { orders.append(text) }
            case .sent(let bytes, _): if let message = try? SIPMessage.parse(bytes) { sent.append(message) }
            }
        }
        return (orders, sent)
    }

    /// Calls, waits for the answer and acknowledges it; nil when there is no 200 within a second. The orders until then are dropped.
    func call(_ start: CallerDouble) -> CallerDouble? {
        var caller = start
        receive(caller.request("INVITE", body: CallerDouble.offer))
        pass(.seconds(1))
        guard let answer = takeSent().last(where: { $0.status == .ok }) else { return nil }
        caller.toTag = try? answer.envelope().toTag
        receive(caller.request("ACK", branch: "ack"))
        caller.sequence += 1
        return caller
    }

    /// Puts samples into the recording that runs, as the media thread would.
    func speak(_ samples: [Int16]) -> Bool {
        guard let session, let handle = session.recording?.handle else { return false }
        var blocks: [RecordingBlock] = []
        while blocks.isEmpty { _ = recorder.takeBlocks(1, into: &blocks) }
        let isStored = samples.withUnsafeBufferPointer { blocks[0].append($0, at: session.recordedSamples) }
        session.recordedSamples += samples.count
        session.recordedSpeech = session.recordedSamples
        var batch = [(block: blocks[0], recording: handle)]
        while !recorder.submit(&batch) {}
        return isStored
    }
}
