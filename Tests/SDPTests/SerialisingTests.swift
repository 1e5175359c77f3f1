import Testing

@testable import SDP

@Suite struct SerialisingTests {
    private func text(_ session: SessionDescription) -> String { String(decoding: session.serialised(), as: UTF8.self) }

    @Test func everyLine() {
        let address = ConnectionAddress("2001:db8::1")
        var audio = MediaDescription(
            kind: "audio", port: 65_535, transport: "RTP/AVP", formats: ["0", "101"], connection: ConnectionAddress("192.0.2.1"),
            attributes: [SessionAttribute("rtcp-mux"), SessionAttribute("fmtp", "101 0-15"), SessionAttribute("x", "")])
        audio.portCount = 2
        let session = SessionDescription(
            origin: .init(username: "ä b", sessionID: "1", sessionVersion: "2", address: address), sessionName: "", connection: address,
            timing: ["0 0", "1 2"], attributes: [SessionAttribute("tool", "x:y")],
            media: [audio, MediaDescription(kind: "video", port: 0, transport: "RTP/AVP", formats: ["96"])])
        #expect(
            text(session)
                == [
                    "v=0", "o=ä b 1 2 IN IP6 2001:db8::1", "s=", "c=IN IP6 2001:db8::1", "t=0 0", "t=1 2", "a=tool:x:y",
                    "m=audio 65535/2 RTP/AVP 0 101", "c=IN IP4 192.0.2.1", "a=rtcp-mux", "a=fmtp:101 0-15", "a=x:", "m=video 0 RTP/AVP 96",
                    "",
                ].joined(separator: "\r\n"))
    }

    /// The room for the text is reckoned beforehand: whatever is long or short, nothing may be missing.
    @Test(arguments: [0, 1, 15, 16, 5_000]) func nothingIsLeftOut(length: Int) {
        let long = String(repeating: "é", count: length)
        let address = ConnectionAddress(family: .ipv6, text: long)
        var stream = MediaDescription(
            kind: long, port: .max, transport: long, formats: Array(repeating: long, count: length % 100), connection: address,
            attributes: Array(repeating: SessionAttribute(long, long), count: 20) + Array(repeating: SessionAttribute(""), count: 20))
        stream.portCount = .min
        let session = SessionDescription(
            origin: .init(username: long, sessionID: long, sessionVersion: long, address: address), sessionName: long, connection: address,
            timing: Array(repeating: long, count: 16), attributes: stream.attributes, media: Array(repeating: stream, count: 64))
        let attributes = String(repeating: "a=\(long):\(long)\r\n", count: 20) + String(repeating: "a=\r\n", count: 20)
        let formats = stream.formats.joined(separator: " ")
        let head = "v=0\r\no=\(long) \(long) \(long) IN IP6 \(long)\r\ns=\(long)\r\nc=IN IP6 \(long)\r\n"
        let media = "m=\(long) 65535/\(Int.min) \(long) \(formats)\r\nc=IN IP6 \(long)\r\n\(attributes)"
        let times = String(repeating: "t=\(long)\r\n", count: 16)
        #expect(text(session) == head + times + attributes + String(repeating: media, count: 64))
    }
}
