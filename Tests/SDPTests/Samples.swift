@testable import SDP

/// Offers as real clients make them (shape and order of lines; addresses changed).
enum Samples {
    static func parse(_ text: String) throws -> SessionDescription {
        try SessionDescription(parsing: Array(text.utf8))
    }

    static let local = LocalMedia(address: "192.0.2.10", port: 20_000, sessionID: 42, sessionVersion: 1)

    /// A server that speaks all it can.
    static let wide = AudioCapabilities(codecs: [.opus, .g722, .l16, .pcmu, .pcma, .l16Narrowband], comfortNoise: true)

    static let sipp = """
        v=0
        o=user1 53655765 2353687637 IN IP4 127.0.0.1
        s=-
        c=IN IP4 127.0.0.1
        t=0 0
        m=audio 6000 RTP/AVP 8 101
        a=rtpmap:8 PCMA/8000
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-11,16

        """

    static let baresip = """
        v=0\r
        o=- 1805293127 1073121894 IN IP4 198.51.100.7\r
        s=-\r
        c=IN IP4 198.51.100.7\r
        t=0 0\r
        a=tool:baresip 1.0.0\r
        m=audio 10096 RTP/AVP 96 97 9 0 8 98\r
        a=rtpmap:96 opus/48000/2\r
        a=fmtp:96 stereo=1;sprop-stereo=1\r
        a=rtpmap:97 G722/16000\r
        a=rtpmap:9 G722/8000\r
        a=rtpmap:0 PCMU/8000\r
        a=rtpmap:8 PCMA/8000\r
        a=rtpmap:98 telephone-event/8000\r
        a=fmtp:98 0-15\r
        a=rtcp:10097\r
        a=sendrecv\r
        a=label:1\r
        a=rtcp-rsize\r
        a=ssrc:4187812385 cname:sip:a@198.51.100.7\r
        a=ptime:20\r

        """

    static let linphone = """
        v=0\r
        o=anna 3522 1789 IN IP4 203.0.113.9\r
        s=Talk\r
        c=IN IP4 203.0.113.9\r
        b=AS:380\r
        t=0 0\r
        a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics\r
        m=audio 7078 RTP/AVP 96 97 98 0 8 18 101 99 100\r
        a=rtpmap:96 opus/48000/2\r
        a=fmtp:96 useinbandfec=1\r
        a=rtpmap:97 speex/16000\r
        a=fmtp:97 vbr=on\r
        a=rtpmap:98 speex/8000\r
        a=fmtp:18 annexb=yes\r
        a=rtpmap:101 telephone-event/48000\r
        a=rtpmap:99 telephone-event/16000\r
        a=rtpmap:100 telephone-event/8000\r
        m=video 9078 RTP/AVP 96\r
        a=rtpmap:96 VP8/90000\r
        a=rtcp-fb:* trr-int 5000\r

        """

    static let asterisk = """
        v=0\r
        o=- 978530213 978530213 IN IP4 203.0.113.20\r
        s=Asterisk\r
        c=IN IP4 203.0.113.20\r
        t=0 0\r
        m=audio 14550 RTP/AVP 8 0 3 101\r
        a=rtpmap:8 PCMA/8000\r
        a=rtpmap:0 PCMU/8000\r
        a=rtpmap:3 GSM/8000\r
        a=rtpmap:101 telephone-event/8000\r
        a=fmtp:101 0-16\r
        a=ptime:20\r
        a=maxptime:150\r
        a=sendrecv\r

        """

    static let browser = """
        v=0\r
        o=- 4611731400430051336 2 IN IP4 127.0.0.1\r
        s=-\r
        t=0 0\r
        a=group:BUNDLE 0\r
        a=extmap-allow-mixed\r
        a=msid-semantic: WMS stream\r
        m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r
        c=IN IP4 0.0.0.0\r
        a=rtcp:9 IN IP4 0.0.0.0\r
        a=ice-ufrag:4ZcD\r
        a=ice-pwd:2/1muCWoOi3uLifh0NuRHlZx\r
        a=fingerprint:sha-256 75:74:5A:A6\r
        a=setup:actpass\r
        a=mid:0\r
        a=sendrecv\r
        a=rtcp-mux\r
        a=rtpmap:111 opus/48000/2\r
        a=rtpmap:0 PCMU/8000\r
        a=rtpmap:8 PCMA/8000\r
        a=rtpmap:126 telephone-event/8000\r

        """

    static let all = [sipp, baresip, linphone, asterisk, browser]

    /// An offer with one audio stream, as short as can be.
    static func offer(
        _ lines: String = "", connection: String = "IN IP4 198.51.100.1", media: String = "audio 4000 RTP/AVP 0 8"
    ) throws -> SessionDescription {
        try parse("v=0\no=- 1 1 IN IP4 198.51.100.1\ns=-\nc=\(connection)\nt=0 0\nm=\(media)\n\(lines)\n")
    }
}
