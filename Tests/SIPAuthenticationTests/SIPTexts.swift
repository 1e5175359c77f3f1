import SIP
import Timing

/// Numbers that differ, the same in each run.
final class Counter: @unchecked Sendable {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    @Sendable func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

let stranger = Flow(listener: 0, transport: .udp, remote: SocketEndpoint(host: "198.51.100.7", port: 5060))

func seconds(_ count: Int64) -> MonotonicTime { .zero + .seconds(count) }

func request(
    _ method: String = "INVITE", uri: String = "sip:3001@voice.example", callID: String = "c1", sequence: Int = 1, headers: [String] = []
) throws -> (SIPMessage, Envelope) {
    var text = "\(method) \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK\(sequence)\r\nMax-Forwards: 70\r\n"
    text += "From: <sip:bob@voice.example>;tag=1\r\nTo: <\(uri)>\r\nCall-ID: \(callID)\r\nCSeq: \(sequence) \(method)\r\n"
    for header in headers { text += header + "\r\n" }
    let message = try SIPMessage.parse(Array((text + "Content-Length: 0\r\n\r\n").utf8))
    return (message, try message.envelope())
}

func response(
    _ status: Int = 401, callID: String = "c1", sequence: Int = 1, method: String = "INVITE", headers: [String] = []
) throws -> SIPMessage {
    var text = "SIP/2.0 \(status) X\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK\(sequence)\r\nFrom: <sip:us@h>;tag=1\r\n"
    text += "To: <sip:them@h>;tag=2\r\nCall-ID: \(callID)\r\nCSeq: \(sequence) \(method)\r\n"
    for header in headers { text += header + "\r\n" }
    return try SIPMessage.parse(Array((text + "Content-Length: 0\r\n\r\n").utf8))
}
