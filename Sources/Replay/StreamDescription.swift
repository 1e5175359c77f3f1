import RTP

/// One stream of a capture, as it is listed.
package struct StreamDescription: Codable, Equatable, Sendable {
    /// Counted from 1 in the order of their first packets.
    package var number = 0
    package var source: String
    package var destination: String
    /// Of eight hexadecimal digits.
    package var ssrc: String
    package var payloadType: UInt8
    /// Those that share its sequence numbers: keys and comfort noise.
    package var besides: [UInt8]
    /// As in SDP; nil when nothing tells.
    package var codec: String?
    package var codecSource: CodecGuess.Source?
    /// Hertz, of the time stamps.
    package var clockRate: Int
    package var packets: Int
    package var seconds: Double
    /// Of the sender as a whole: packets that never came, by their sequence numbers.
    package var lost: Int
    package var lossPercent: Double
    package var duplicates: Int
    package var reordered: Int
    /// RFC 3550 §6.4.1, at the end.
    package var jitterMilliseconds: Double
    /// Whether this program decodes it.
    package var isPlayable: Bool

    /// Where it is found again; not part of the listing's JSON.
    var key: RTPSourceKey?

    private enum CodingKeys: String, CodingKey {
        case number, source, destination, ssrc, payloadType, besides, codec, codecSource, clockRate, packets, seconds, lost, lossPercent
        case duplicates, reordered, jitterMilliseconds, isPlayable
    }

    /// The streams of one sender: one for each payload type of sound, or its one of keys where it sends no sound.
    static func all(of source: inout RTPSource, key: RTPSourceKey, announcements: Announcements) -> [StreamDescription] {
        let (reception, clockRate) = source.settled()
        var guesses: [UInt8: CodecGuess] = [:]
        for (type, use) in source.uses {
            guesses[type] = announcements.codec(type, from: key.source, to: key.destination) ?? CodecGuess(payloadType: type)
            if guesses[type] == nil, use.isOfEvents {
                guesses[type] = CodecGuess(name: CodecGuess.telephoneEvent, clockRate: clockRate, source: .packets)
            }
        }
        let all = source.uses.keys.sorted()
        let sounding = all.filter { guesses[$0]?.isSound ?? true }
        let expected = max(reception.packets - reception.duplicates + reception.lost, 1)
        return (sounding.isEmpty ? Array(all.prefix(1)) : sounding).compactMap { type in
            guard let use = source.uses[type] else { return nil }
            let guess = guesses[type]
            let digits = String(key.ssrc.rawValue, radix: 16, uppercase: true)
            return StreamDescription(
                source: key.source.description, destination: key.destination.description,
                ssrc: String(repeating: "0", count: 8 - digits.count) + digits, payloadType: type,
                besides: all.filter { $0 != type && !sounding.contains($0) }, codec: guess?.name, codecSource: guess?.source,
                clockRate: guess?.clockRate ?? clockRate, packets: use.packets, seconds: Double(use.last - use.first) / 1e9,
                lost: reception.lost, lossPercent: 100 * Double(reception.lost) / Double(expected), duplicates: reception.duplicates,
                reordered: reception.reordered, jitterMilliseconds: reception.jitterMilliseconds, isPlayable: guess?.codec != nil, key: key)
        }
    }
}
