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
        } else {
            self.init(bytes.text(field), clockRate: clockRate)
        }
    }

    package static let pcmu = CodecName(upperCase: "PCMU", clockRate: 8_000)
    package static let pcma = CodecName(upperCase: "PCMA", clockRate: 8_000)
    package static let telephoneEvent = CodecName(upperCase: "TELEPHONE-EVENT", clockRate: 8_000)

    /// Events share the time line of the audio, and so its clock (RFC 4733 §2.1): an offer with several codecs may have several of them.
    package static func telephoneEvent(besides codec: CodecName) -> CodecName {
        CodecName(upperCase: "TELEPHONE-EVENT", clockRate: codec.clockRate)
    }

    package var isTelephoneEvent: Bool { encodingName == "TELEPHONE-EVENT" }

    /// The payload type that needs no `a=rtpmap` (RFC 3551 §6), of those that are ours.
    package var staticPayloadType: UInt8? {
        switch self {
        case .pcmu: 0
        case .pcma: 8
        default: nil
        }
    }

    static func assigned(to payloadType: UInt8) -> CodecName? {
        switch payloadType {
        case 0: .pcmu
        case 8: .pcma
        default: nil
        }
    }

    package var description: String {
        (isTelephoneEvent ? "telephone-event/" : encodingName + "/") + String(clockRate)
    }
}
