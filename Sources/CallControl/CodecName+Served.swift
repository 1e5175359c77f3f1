import Codecs
import SDP

/// The codecs of the registry, as SDP and the configuration name them.
extension CodecName {
    package init(_ codec: AudioCodec) { self.init(codec.encodingName, clockRate: codec.clockRate) }

    /// All that this server has.
    package static let served: [CodecName] = AudioCodec.allCases.map { CodecName($0) }

    /// What calls are offered and answered where nothing else is set, in our order of preference: the best sound first.
    package static let usual: [CodecName] = [.opus, .g722, .pcmu, .pcma]

    /// The codec of a name as in SDP, letters in either case and with or without the clock rate: `opus`, `PCMU/8000`, `l16/8000`. Nil when
    /// the server has none of it.
    package init?(served name: String) {
        let upper = name.uppercased()
        guard let codec = Self.served.first(where: { $0.encodingName == upper || $0.description.uppercased() == upper }) else { return nil }
        self = codec
    }

    /// The shortest name that `init(served:)` reads: `opus`, `l16/8000`.
    package var shortName: String {
        let name = encodingName.lowercased()
        return CodecName(served: name) == self ? name : description.lowercased()
    }

    /// For whoever wrote a name that nobody knows.
    package static var servedNames: String { served.map(\.shortName).joined(separator: ", ") }
}
