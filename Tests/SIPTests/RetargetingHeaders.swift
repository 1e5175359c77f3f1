import SIP

/// An INVITE with the given header lines, for tests of what a proxy adds.
func retargeted(_ headers: [String], uri: String = "sip:voicemail@192.0.2.10") -> [UInt8] {
    let lines =
        [
            "INVITE \(uri) SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1:5061;rport;branch=z9hG4bKPj6f1c3a0d9e", "Max-Forwards: 69",
            "From: <sip:bob@example.com>;tag=a48s", "To: <sip:1001@example.com>", "Call-ID: 384@example.com", "CSeq: 1 INVITE",
            "Contact: <sip:bob@192.0.2.1:5061>",
        ] + headers + ["Content-Length: 0", "", ""]
    return bytes(lines.joined(separator: "\n"))
}
