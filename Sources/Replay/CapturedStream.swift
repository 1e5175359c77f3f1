import Capture
import RTP

/// The packets of one stream, in the order in which they came.
struct CapturedStream {
    struct Packet {
        /// Nanoseconds since 1970.
        var arrival: Int64
        var header: RTPHeader
        /// Where its payload lies in `payloads`.
        var payload: Range<Int>
        /// Of the payload type that is replayed. The others count for what is lost, since they share its sequence numbers.
        var isSound: Bool
    }

    /// Two days of packets of 20 ms.
    private static let mostPackets = 8_640_000
    private static let mostBytes = 1 << 30
    /// Hours that are replayed at most.
    static let longestHours = 4

    private(set) var packets: [Packet] = []
    private(set) var payloads: [UInt8] = []

    /// Reads the file once more, for this stream alone.
    init(_ stream: StreamDescription, reader opened: consuming CaptureReader) throws(CaptureError) {
        var reader = opened
        var counts = SkippedFrames()
        while let frame = try reader.next() {
            guard let datagram = counts.datagram(in: frame), let header = RTPHeader.capturedPacket(datagram.payload),
                stream.key == RTPSourceKey(source: datagram.source, destination: datagram.destination, ssrc: header.ssrc)
            else { continue }
            let isSound = header.payloadType == stream.payloadType
            let start = payloads.count
            if isSound { payloads += datagram.payload[header.payloadOffset..<header.payloadOffset + header.payloadLength] }
            packets.append(Packet(arrival: frame.time, header: header, payload: start..<payloads.count, isSound: isSound))
            guard packets.count <= Self.mostPackets, payloads.count <= Self.mostBytes else {
                throw CaptureError(
                    at: frame.offset, "the stream has more packets than are replayed",
                    remedy: "cut the capture by time, for instance with editcap -A and -B")
            }
        }
        // Captures of several interfaces, and merged ones, are not always in order. Stable, so that equal times keep the file's order.
        var order = Array(packets.indices)
        order.sort { (packets[$0].arrival, $0) < (packets[$1].arrival, $1) }
        packets = order.map { packets[$0] }
        if let first = packets.first, let last = packets.last {
            let (span, overflow) = last.arrival.subtractingReportingOverflow(first.arrival)
            guard !overflow, span <= Int64(Self.longestHours) * 3_600_000_000_000 else {
                throw CaptureError(
                    "the stream lasts longer than the \(Self.longestHours) hours that are replayed",
                    remedy: "cut the capture by time, for instance with editcap -A and -B")
            }
        }
    }
}
