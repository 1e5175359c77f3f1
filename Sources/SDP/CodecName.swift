/// A codec as SDP names it: encoding name and clock rate (RFC 8866 §6.6). Names are equal whatever the case of their letters.
package struct CodecName: Hashable, Sendable, CustomStringConvertible {
    /// Upper case.
    package let encodingName: String
    /// Hertz.
    package let clockRate: Int

    package init(_ encodingName: String, clockRate: Int) {
        self.encodingName = encodingName.uppercased()
        self.clockRate = clockRate
    }

    package static let pcmu = CodecName("PCMU", clockRate: 8_000)
    package static let pcma = CodecName("PCMA", clockRate: 8_000)
    package static let telephoneEvent = CodecName("telephone-event", clockRate: 8_000)

    /// Events share the time line of the audio, and so its clock (RFC 4733 §2.1): an offer with several codecs may have several of them.
    package static func telephoneEvent(besides codec: CodecName) -> CodecName {
        CodecName("telephone-event", clockRate: codec.clockRate)
    }

    package var isTelephoneEvent: Bool { encodingName == CodecName.telephoneEvent.encodingName }

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
        (isTelephoneEvent ? "telephone-event" : encodingName) + "/\(clockRate)"
    }
}
