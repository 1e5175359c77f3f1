/// What this side can do with audio.
package struct AudioCapabilities: Equatable, Sendable {
    /// In order of preference: the order of our offers. An answer goes by the offerer's order unless `prefersOwnOrder`.
    package var codecs: [CodecName]
    package var telephoneEvents: Bool
    /// Packet times we send, in milliseconds.
    package var packetTimes: ClosedRange<Int>
    package var preferredPacketTime: Int
    package var prefersOwnOrder: Bool
    /// Whether RTCP may share the RTP port when the peer offers it (RFC 5761).
    package var rtcpMux: Bool
    /// Whether comfort noise packets (RFC 3389) are taken and sent.
    package var comfortNoise: Bool
    /// What we say of our Opus: how we play it, and what we send.
    package var opus: OpusParameters
    package var encryption = MediaEncryption.off
    /// Whether peers are asked how we sound to them, and told where they ask (RFC 3611 §4.7).
    package var voipMetrics = false

    package init(
        codecs: [CodecName] = [.pcmu, .pcma], telephoneEvents: Bool = true, packetTimes: ClosedRange<Int> = 10...60,
        preferredPacketTime: Int = 20, prefersOwnOrder: Bool = false, rtcpMux: Bool = true,
        comfortNoise: Bool = false, opus: OpusParameters = .speech
    ) {
        self.codecs = codecs
        self.telephoneEvents = telephoneEvents
        self.packetTimes = packetTimes
        self.preferredPacketTime = preferredPacketTime
        self.prefersOwnOrder = prefersOwnOrder
        self.rtcpMux = rtcpMux
        self.comfortNoise = comfortNoise
        self.opus = opus
    }

    /// With a codec before all others, where it is one of them.
    package func preferring(_ codec: CodecName?) -> AudioCapabilities {
        guard let codec, let place = codecs.firstIndex(of: codec) else { return self }
        var capabilities = self
        capabilities.codecs.remove(at: place)
        capabilities.codecs.insert(codec, at: 0)
        return capabilities
    }

    /// The packet time to send, in whole tens of milliseconds (the media threads' grid), for the `a=ptime` and `a=maxptime` of the peer:
    /// the longest that the codec has and that is not longer.
    func packetTime(of codec: CodecName, asked: Int?, maximum: Int?) -> Int {
        var time = asked ?? preferredPacketTime
        if let maximum { time = min(time, maximum) }
        time = min(max(time, packetTimes.lowerBound), packetTimes.upperBound)
        return codec.packetTimes.last { $0 <= time } ?? 10
    }

    /// What we say of a codec behind `a=fmtp`.
    func parameters(of codec: CodecName) -> String? { codec == .opus ? opus.text : nil }
}

/// Our end of a call's media, for the `o=`, `c=` and `m=` lines.
package struct LocalMedia: Equatable, Sendable {
    /// A literal IPv4 or IPv6 address.
    package var address: String
    package var port: UInt16
    /// RTCP's port where it is not `port` + 1.
    package var rtcpPort: UInt16?
    package var sessionID: UInt64
    /// The version of the first description sent; later ones count on from the one before (RFC 3264 §8).
    package var sessionVersion: UInt64
    /// For encryption; nil where it is off.
    package var keys: LocalKeys?

    package init(address: String, port: UInt16, rtcpPort: UInt16? = nil, sessionID: UInt64, sessionVersion: UInt64) {
        self.address = address
        self.port = port
        self.rtcpPort = rtcpPort
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
    }
}
