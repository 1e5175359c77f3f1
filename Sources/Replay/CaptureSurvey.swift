import Capture
import RTP

/// What a capture holds: its RTP streams, and what of it could not be looked at.
package struct CaptureSurvey: Encodable, Sendable {
    private static let mostSources = 10_000

    package private(set) var streams: [StreamDescription] = []
    package private(set) var frames = 0
    package private(set) var counts = SkippedFrames()
    /// Where the file ends within a record; nil when it is whole.
    package private(set) var cutAt: Int?

    /// Reads the file once.
    package init(path: String) throws(CaptureError) {
        try self.init(CaptureReader(path: path))
    }

    package init(bytes: [UInt8]) throws(CaptureError) {
        try self.init(CaptureReader(bytes: bytes))
    }

    private init(_ opened: consuming CaptureReader) throws(CaptureError) {
        var reader = opened
        var sources: [RTPSourceKey: RTPSource] = [:]
        var order: [RTPSourceKey] = []
        var announcements = Announcements()
        while let frame = try reader.next() {
            frames += 1
            guard let datagram = counts.datagram(in: frame) else { continue }
            guard let header = RTPHeader.capturedPacket(datagram.payload) else {
                announcements.look(at: datagram)
                continue
            }
            let key = RTPSourceKey(source: datagram.source, destination: datagram.destination, ssrc: header.ssrc)
            if sources[key] == nil {
                guard sources.count < Self.mostSources else {
                    counts.surplus += 1
                    continue
                }
                let guess =
                    announcements.codec(header.payloadType, from: key.source, to: key.destination)
                    ?? CodecGuess(payloadType: header.payloadType)
                sources[key] = RTPSource(clockRate: guess?.clockRate)
                order.append(key)
            }
            sources[key]?.note(header, at: frame.time)
        }
        counts.untimed = reader.untimed
        cutAt = reader.cutAt
        for key in order {
            guard var source = sources[key], source.isLikely else { continue }
            streams += StreamDescription.all(of: &source, key: key, announcements: announcements)
        }
        for index in streams.indices { streams[index].number = index + 1 }
    }

    /// The longest stream that can be replayed; the longest of all when none can.
    package var longest: StreamDescription? {
        streams.max { ($0.isPlayable ? 1 : 0, $0.seconds) < ($1.isPlayable ? 1 : 0, $1.seconds) }
    }
}

/// Frames of a capture that were passed over, by why.
package struct SkippedFrames: Equatable, Sendable, Codable {
    /// Parts of fragmented datagrams, which are not put together.
    package var fragments = 0
    /// The capture kept less than the whole packet (snap length).
    package var cutShort = 0
    package var unknownLinks = 0
    /// Records without a time.
    package var untimed = 0
    /// RTP of more senders than are told apart.
    package var surplus = 0
    /// The first link type that is not known.
    package var unknownLink: UInt16?

    mutating func datagram(in frame: CapturedFrame) -> CapturedDatagram? {
        switch Dissection(frame) {
        case .datagram(let datagram): return datagram
        case .fragment: fragments += 1
        case .cut: cutShort += 1
        case .unknownLink:
            unknownLinks += 1
            unknownLink = unknownLink ?? frame.link.rawValue
        case .other: break
        }
        return nil
    }

    /// A line for each kind that there is, with what can be done about it.
    package var notes: [String] {
        var notes: [String] = []
        if fragments > 0 { notes.append("\(fragments) IP fragments passed over: they are not put together") }
        if cutShort > 0 {
            notes.append("\(cutShort) datagrams passed over: the capture kept only their beginning (tcpdump -s 0 keeps all)")
        }
        if unknownLinks > 0 {
            let link = unknownLink.map { " \($0)" } ?? ""
            notes.append("\(unknownLinks) frames passed over: link type\(link) is not known (capture on an IP interface)")
        }
        if untimed > 0 { notes.append("\(untimed) packets passed over: their records tell no time (simple packet blocks)") }
        if surplus > 0 { notes.append("\(surplus) RTP packets passed over: too many senders") }
        return notes
    }
}

extension RTPHeader {
    /// The header of a captured datagram that may be RTP.
    static func capturedPacket(_ payload: [UInt8]) -> RTPHeader? {
        payload.withUnsafeBytes { bytes in
            guard !isRTCP(bytes), let header = parse(bytes), header.payloadType < 35 || header.payloadType >= 96 else { return nil }
            return header
        }
    }
}
