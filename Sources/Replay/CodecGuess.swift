import Codecs
import SDP

/// What a payload type stands for, and how that is known.
package struct CodecGuess: Equatable, Sendable {
    package enum Source: String, Sendable, Codable {
        /// A static assignment (RFC 3551 §6).
        case payloadType = "payload type"
        /// An offer or answer in the capture.
        case description = "SDP"
        /// The look of its packets.
        case packets
        /// Whoever asked for the replay.
        case given
    }

    /// The name as in SDP.
    package var name: String
    /// Hertz.
    package var clockRate: Int
    package var source: Source

    /// The static assignments (RFC 3551 §6) of audio, and comfort noise.
    init?(payloadType: UInt8) {
        let known: (String, Int)? =
            switch payloadType {
            case 0: ("PCMU", 8_000)
            case 3: ("GSM", 8_000)
            case 4: ("G723", 8_000)
            case 5: ("DVI4", 8_000)
            case 6: ("DVI4", 16_000)
            case 7: ("LPC", 8_000)
            case 8: ("PCMA", 8_000)
            case 9: ("G722", 8_000)
            case 10, 11: ("L16", 44_100)
            case 12: ("QCELP", 8_000)
            case 13, 19: ("CN", 8_000)
            case 14: ("MPA", 90_000)
            case 15: ("G728", 8_000)
            case 16: ("DVI4", 11_025)
            case 17: ("DVI4", 22_050)
            case 18: ("G729", 8_000)
            case 25...34: ("video", 90_000)
            default: nil
            }
        guard let known else { return nil }
        self.init(name: known.0, clockRate: known.1, source: .payloadType)
    }

    init(name: String, clockRate: Int, source: Source) {
        self.name = name
        self.clockRate = clockRate
        self.source = source
    }

    init(_ codec: AudioCodec) {
        self.init(name: codec.encodingName, clockRate: codec.clockRate, source: .given)
    }

    init(_ codec: CodecName) {
        // SDP's names are kept in upper case; this one is not written so.
        let name = codec.isTelephoneEvent ? Self.telephoneEvent : codec.encodingName == "OPUS" ? "opus" : codec.encodingName
        self.init(name: name, clockRate: codec.clockRate, source: .description)
    }

    static let telephoneEvent = "telephone-event"

    /// Whether it is sound: keys and comfort noise go along with some.
    var isSound: Bool { name != Self.telephoneEvent && name != "CN" && name != "video" }

    /// The codec, where it is one of ours.
    package var codec: AudioCodec? { AudioCodec(encodingName: name, clockRate: clockRate) }
}
