/// A codec as SDP names it: encoding name and clock rate (RFC 8866 §6.6). Names are equal whatever the case of their letters.
package struct CodecName: Hashable, Sendable, CustomStringConvertible {
    /// Upper case.
    package let encodingName: String
    /// Hertz.
    package let clockRate: Int

    package init(_ encodingName: String, clockRate: Int) {
        self.init(upperCase: encodingName.uppercased(), clockRate: clockRate)
    }

    private init(upperCase encodingName: String, clockRate: Int) {
        self.encodingName = encodingName
        self.clockRate = clockRate
    }

    /// The name in a field of an `a=rtpmap`. Those that are in nearly every offer are known by sight.
    init(_ field: Range<Int>, in bytes: Span<UInt8>, clockRate: Int) {
        if bytes.holds("PCMU", at: field) {
            self.init(upperCase: "PCMU", clockRate: clockRate)
        } else if bytes.holds("PCMA", at: field) {
            self.init(upperCase: "PCMA", clockRate: clockRate)
        } else if bytes.holds("telephone-event", at: field) {
            self.init(upperCase: "TELEPHONE-EVENT", clockRate: clockRate)
        } else if bytes.holds("opus", at: field) {
            self.init(upperCase: "OPUS", clockRate: clockRate)
        } else if bytes.holds("G722", at: field) {
            self.init(upperCase: "G722", clockRate: clockRate)
        } else {
            self.init(bytes.text(field), clockRate: clockRate)
        }
    }

    package static let pcmu = CodecName(upperCase: "PCMU", clockRate: 8_000)
    package static let pcma = CodecName(upperCase: "PCMA", clockRate: 8_000)
    /// 8,000 for the clock, though it samples at 16,000 (RFC 3551 §4.5.2).
    package static let g722 = CodecName(upperCase: "G722", clockRate: 8_000)
    /// 48,000 at whatever rate it is coded (RFC 7587 §4.1).
    package static let opus = CodecName(upperCase: "OPUS", clockRate: 48_000)
    package static let l16 = CodecName(upperCase: "L16", clockRate: 16_000)
    package static let l16Narrowband = CodecName(upperCase: "L16", clockRate: 8_000)
    package static let telephoneEvent = CodecName(upperCase: "TELEPHONE-EVENT", clockRate: 8_000)
    package static let comfortNoise = CodecName(upperCase: "CN", clockRate: 8_000)

    /// Events share the time line of the audio, and so its clock (RFC 4733 §2.1): an offer with several codecs may have several of them.
    package static func telephoneEvent(besides codec: CodecName) -> CodecName {
        CodecName(upperCase: "TELEPHONE-EVENT", clockRate: codec.clockRate)
    }

    /// Comfort noise shares the clock of the audio too (RFC 3389 §4). Opus has its own: nil.
    package static func comfortNoise(besides codec: CodecName) -> CodecName? {
        codec == .opus ? nil : CodecName(upperCase: "CN", clockRate: codec.clockRate)
    }

    package var isTelephoneEvent: Bool { encodingName == "TELEPHONE-EVENT" }
    package var isComfortNoise: Bool { encodingName == "CN" }

    /// Whether it is sound by itself, and no format that goes with another.
    package var isSound: Bool { !isTelephoneEvent && !isComfortNoise }

    /// Channels in `a=rtpmap`: Opus says 2 whatever is sent (RFC 7587 §7).
    package var channels: Int { self == .opus ? 2 : 1 }

    /// Whether an `a=rtpmap` with so many channels is ours. Opus says in each packet how many it has: who writes 1 means the same.
    func takes(channels: Int) -> Bool { channels == self.channels || (channels == 1 && self == .opus) }

    /// The payload type that needs no `a=rtpmap` (RFC 3551 §6), of those that are ours.
    package var staticPayloadType: UInt8? {
        switch self {
        case .pcmu: 0
        case .pcma: 8
        case .g722: 9
        case .comfortNoise: 13
        default: nil
        }
    }

    /// The number in our offers: the static one, else the one that most others use as well, which makes their traces easy to read.
    var usualPayloadType: UInt8 {
        if let staticPayloadType { return staticPayloadType }
        return switch (encodingName, clockRate) {
        case ("OPUS", _): 111
        case ("TELEPHONE-EVENT", 8_000): 101
        case ("TELEPHONE-EVENT", 48_000): 110
        case ("TELEPHONE-EVENT", _): 113
        case ("CN", _): 105
        case ("L16", 8_000): 117
        default: 118
        }
    }

    static func assigned(to payloadType: UInt8) -> CodecName? {
        switch payloadType {
        case 0: .pcmu
        case 8: .pcma
        case 9: .g722
        case 13: .comfortNoise
        default: nil
        }
    }

    /// Milliseconds that a packet of ours may hold, ascending. Opus has frames of 20, 40 and 60 ms but none of 30 or 50 (RFC 6716 §2.1.4);
    /// 50 ms of L16 at 16 kHz are more than a packet of Ethernet takes.
    var packetTimes: [Int] {
        switch self {
        case .opus: [10, 20, 40, 60]
        case .l16: [10, 20, 30, 40]
        default: [10, 20, 30, 40, 50, 60]
        }
    }

    package var description: String {
        let name = isTelephoneEvent ? "telephone-event/" : self == .opus ? "opus/" : encodingName + "/"
        return name + String(clockRate)
    }
}
