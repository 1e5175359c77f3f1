import Codecs
import Glibc
import RTP
import SRTP
import Testing

@testable import MediaPlane

/// One caller of a room: sends a tone of its own in packets of its own length, and keeps what it hears.
final class RoomPeer {
    /// Of each tone, in dBFS.
    static let level = -22.0

    let socket: LoopbackSocket
    let session: any MediaSessionOrders
    let frequency: Double
    private(set) var stream: MediaStream
    let target: SocketAddress
    private var phase = 0
    var sequence: UInt16
    var timestamp: UInt32
    /// At the rate of the stream's form.
    private(set) var heard: [Int16] = []
    private(set) var headers: [RTPHeader] = []
    /// All RTP that came, keys included, and all sound that was sent.
    private(set) var packets: [LoopbackSocket.Packet] = []
    private(set) var said: [[UInt8]] = []
    /// The sender reports that came.
    private(set) var reports: [SenderReport] = []
    /// What it was told of how it sounds.
    private(set) var metrics: [VoIPMetrics] = []
    /// Sends silence.
    var isQuiet = false
    /// Sends nothing at all.
    var isMute = false

    init(plane: MediaThreads, frequency: Double, codec: AudioCodec, packetTime: Int) throws {
        socket = try LoopbackSocket(host: "127.0.77.5")
        session = try plane.open()
        target = try #require(SocketAddress(host: RoomBench.host, port: session.port))
        self.frequency = frequency
        sequence = UInt16(truncatingIfNeeded: Int(frequency) * 97)
        timestamp = UInt32(truncatingIfNeeded: Int(frequency) * 1_234_567)
        stream = MediaStream(
            remote: socket.address, remoteRTCP: nil, codec: codec, payloadType: codec.staticPayloadType ?? 96,
            receivePayloadType: codec.staticPayloadType ?? 96,
            telephoneEventPayloadType: 101, receiveTelephoneEventPayloadType: 101, packetTime: packetTime, sends: true, receives: true)
        session.use(stream)
    }

    /// Coders for the codec of the moment.
    private lazy var coders = (encoder: AudioEncoder(stream.codec), decoder: AudioDecoder(stream.codec))

    /// A re-INVITE.
    func change(_ change: (inout MediaStream) -> Void) {
        let codec = stream.codec
        change(&stream)
        if stream.codec != codec { coders = (AudioEncoder(stream.codec), AudioDecoder(stream.codec)) }
        session.use(stream, keys: socket.secret?.keys)
    }

    /// A re-INVITE with these keys; nil: in the clear from now on.
    func encrypt(with keys: MediaKeys?) throws {
        socket.secret = try keys.map { try SecretPeer($0) }
        session.use(stream, keys: keys)
    }

    /// Takes what has come, and sends a packet for each, so that both run by the media thread's clock. Gives the number of packets.
    @discardableResult func answer() -> Int {
        let count = listen()
        for _ in 0..<count { speak() }
        return count
    }

    /// Takes what has come. Gives the number of packets of sound.
    @discardableResult func listen() -> Int {
        var count = 0
        while let packet = socket.receive() {
            if packet.header != nil {
                packets.append(packet)
            } else {
                _ = packet.bytes.withUnsafeBytes { bytes in
                    RTCPCompound.parse(bytes) { item in
                        switch item {
                        case .senderReport(let report): reports.append(report)
                        case .voipMetrics(let block, from: let ssrc): if ssrc == reports.last?.ssrc { metrics.append(block) }
                        default: break
                        }
                    }
                }
            }
            guard let header = packet.header, header.payloadType == stream.payloadType else { continue }
            guard let decoder = coders.decoder else { continue }
            var samples = [Int16](repeating: 0, count: decoder.longestSamples)
            let made = packet.payload.withUnsafeBytes { payload in
                samples.withUnsafeMutableBufferPointer { decoder.decode(payload, into: $0) }
            }
            heard += samples[..<made]
            headers.append(header)
            count += 1
        }
        return count
    }

    /// The next packet is lost on its way.
    func lose() {
        sequence &+= 1
        timestamp &+= UInt32(stream.packetTime * 8 * stream.clockScale)
        phase += stream.packetTime * 8
    }

    /// Sends the next packet.
    func speak() {
        let samples = stream.packetTime * 8
        defer {
            phase += samples
            timestamp &+= UInt32(samples * stream.clockScale)
        }
        guard !isMute else { return }
        let amplitude = isQuiet ? 0 : 32_767 * pow(10, Self.level / 20)
        let (perTick, rate) = (stream.form.samplesPerTick, stream.form.rate)
        let sound = (phase * perTick..<(phase + samples) * perTick).map {
            Int16(amplitude * sin(2 * .pi * frequency * Double($0 % rate) / Double(rate)))
        }
        var bytes = [UInt8](repeating: 0, count: AudioEncoder.maximumOctets(stream.codec, milliseconds: stream.packetTime))
        let octets = bytes.withUnsafeMutableBytes { coders.encoder?.encode(sound, count: sound.count, into: $0) ?? 0 }
        bytes.removeLast(bytes.count - octets)
        said.append(bytes)
        socket.send(packet(bytes, type: stream.payloadType, sequence: sequence, timestamp: timestamp, ssrc: UInt32(frequency)), to: target)
        sequence &+= 1
    }

    /// Sends a packet of these octets, whatever they are.
    func say(_ octets: [UInt8], type: UInt8? = nil) {
        let type = type ?? stream.payloadType
        socket.send(packet(octets, type: type, sequence: sequence, timestamp: timestamp, ssrc: UInt32(frequency)), to: target)
        sequence &+= 1
        rest(stream.packetTime * 8)
    }

    func press(_ key: UInt8) {
        socket.send(
            packet([key, 0x8A, 3, 32], type: 101, sequence: sequence, timestamp: timestamp, ssrc: UInt32(frequency), marker: true),
            to: target)
        sequence &+= 1
    }

    /// Samples of 800 ms.
    private var window: Int { stream.form.rate * 4 / 5 }

    /// The level of a tone in the last 800 ms, dBFS; nil while there is less.
    func hears(_ frequency: Double) -> Double? {
        heard.count >= window ? MediaPlaneTests.level(of: frequency, in: heard.suffix(window), rate: stream.form.rate) : nil
    }

    /// One packet of a key that went down so many samples ago; the time line of the sound stands still until `rest`.
    func hold(_ key: UInt8, for duration: UInt16, isEnd: Bool = false, marker: Bool = false) {
        let event: [UInt8] = [key, isEnd ? 0x8A : 10, UInt8(duration >> 8), UInt8(duration & 255)]
        let type = stream.receiveTelephoneEventPayloadType ?? 101
        socket.send(
            packet(event, type: type, sequence: sequence, timestamp: timestamp, ssrc: UInt32(frequency), marker: marker), to: target)
        sequence &+= 1
    }

    /// Time passes in which nothing is sent.
    func rest(_ samples: Int) {
        timestamp &+= UInt32(samples * stream.clockScale)
        phase += samples
    }

    func forget() {
        heard.removeAll()
        headers.removeAll()
        packets.removeAll()
        said.removeAll()
    }

    /// Whether tones at `present` are heard within 1 dB of their level and those at `absent` not above -60 dB.
    func hears(_ present: [Double], not absent: [Double]) -> Bool {
        present.allSatisfy { abs((hears($0) ?? -200) - Self.level) < 1 } && heard.count >= window
            && absent.allSatisfy { (hears($0) ?? 0) < -60 }
    }
}
