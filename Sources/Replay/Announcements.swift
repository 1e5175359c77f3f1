import Capture
import SDP

/// What the offers and answers in a capture say of payload types: SIP over UDP shows them in passing.
struct Announcements {
    private static let most = 10_000

    private var byEndpoint: [CapturedEndpoint: [UInt8: CodecName]] = [:]
    /// Behind address translation the address in the description is none of those in the capture; the port often is.
    private var byPort: [UInt16: [UInt8: CodecName]] = [:]

    /// Looks at a datagram that is no RTP.
    mutating func look(at datagram: CapturedDatagram) {
        guard byEndpoint.count < Self.most, let body = Self.description(in: datagram.payload),
            let session = try? SessionDescription(parsing: body)
        else { return }
        for media in session.media where media.kind == "audio" && media.port != 0 {
            let formats = Dictionary(media.payloadFormats.map { ($0.payloadType, $0.codec) }) { first, _ in first }
            byPort[media.port, default: [:]].merge(formats) { _, new in new }
            guard let bytes = session.connection(of: media)?.bytes, let address = CapturedAddress(bytes) else { continue }
            byEndpoint[CapturedEndpoint(address: address, port: media.port), default: [:]].merge(formats) { _, new in new }
        }
    }

    /// What `payloadType` means in a stream: by the receiver's own description, or by the sender's, who as a rule uses the same numbers.
    func codec(_ payloadType: UInt8, from source: CapturedEndpoint, to destination: CapturedEndpoint) -> CodecGuess? {
        let found =
            byEndpoint[destination]?[payloadType] ?? byEndpoint[source]?[payloadType] ?? byPort[destination.port]?[payloadType]
            ?? byPort[source.port]?[payloadType]
        return found.map { CodecGuess($0) }
    }

    /// The body of a SIP message, when it begins as a session description does (RFC 8866 §5.1).
    private static func description(in payload: [UInt8]) -> [UInt8]? {
        // Requests and answers begin with a capital letter; so nothing else is searched.
        guard let first = payload.first, (0x41...0x5A).contains(first), payload.count < SessionDescription.maximumLength else { return nil }
        let start = Array("\r\n\r\nv=0".utf8)
        guard payload.count > start.count else { return nil }
        for index in 0..<payload.count - start.count
        where payload[index] == 0x0D && payload[index..<index + start.count].elementsEqual(start) {
            return Array(payload[(index + 4)...])
        }
        return nil
    }
}
