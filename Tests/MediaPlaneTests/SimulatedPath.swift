import Codecs
import Testing

@testable import MediaPlane
@testable import RTP

/// A network with faults, the same for the same seed.
struct SimulatedNetwork: Sendable, CustomTestStringConvertible {
    var name: String
    var loss = 0.0
    /// Uniform delay up to so many milliseconds.
    var jitter = 0.0
    /// The share of packets that come 45 ms later than they would.
    var reordering = 0.0
    var duplication = 0.0
    /// Parts in a million by which the sender's clock is fast.
    var drift = 0.0
    /// Every so many packets the path stalls for so many milliseconds.
    var stall: (every: Int, milliseconds: Double) = (.max, 0)
    /// From the packet of this number on everything takes so much longer, ms.
    var step: (from: Int, milliseconds: Double) = (.max, 0)
    /// Where in our tick packets are sent, ms.
    var phase = 3.7
    var testDescription: String { name }

    struct Arrival {
        var time: Double
        var number: Int
    }

    /// When the sender sends packet `number`, in our milliseconds.
    func sending(_ number: Int) -> Double { Double(number) * 20 / (1 + drift / 1e6) + phase }

    func arrivals(packets: Int, seed: UInt64) -> [Arrival] {
        var random = SeededGenerator(seed: seed)
        var result: [Arrival] = []
        var stalledUntil = 0.0
        for number in 0..<packets {
            let sent = sending(number)
            if number % stall.every == stall.every - 1 { stalledUntil = sent + stall.milliseconds }
            let delay = Double.random(in: 0...max(jitter, 1e-9), using: &random) + (number >= step.from ? step.milliseconds : 0)
            let isLost = Double.random(in: 0..<1, using: &random) < loss
            let isReordered = Double.random(in: 0..<1, using: &random) < reordering
            let isDoubled = Double.random(in: 0..<1, using: &random) < duplication
            guard !isLost else { continue }
            let time = max(sent + delay, stalledUntil) + (isReordered ? 45 : 0)
            result.append(Arrival(time: time, number: number))
            if isDoubled { result.append(Arrival(time: time + 5, number: number)) }
        }
        result.sort { ($0.time, $0.number) < ($1.time, $1.number) }
        return result
    }
}

/// A sound sent through a simulated network into the real `PlayoutPath`, one turn each 20 ms.
struct SimulatedPath {
    enum Kind { case received, blended, concealed, idle }

    var heard: [Int16] = []
    var kinds: [Kind] = []
    /// From a sample's sending to its playing, ms: one figure for each undisturbed run.
    var delays: [Double] = []
    var statistics = JitterBuffer.Statistics()
    var lost = 0

    /// Plays `seconds` of `sound` (linear samples by their number), through `network`.
    init(_ network: SimulatedNetwork, seconds: Double, seed: UInt64, codec: SampledCodec = .pcmu, sound: (Int) -> Int16) {
        let base: UInt32 = 4_294_900_000
        let arrivals = network.arrivals(packets: Int(seconds * 50), seed: seed)
        var path = PlayoutPath()
        var bytes = [UInt8](repeating: 0, count: 160)
        var linear = [Int16](repeating: 0, count: 2_048)
        var history = [UInt8](repeating: 0, count: PlayoutPath.memory)
        var payload = [UInt8](repeating: 0, count: 160)
        var samples = [Int16](repeating: 0, count: 160)
        var next = 0
        for tick in 0..<Int(seconds * 50) {
            while next < arrivals.count, arrivals[next].time <= Double(tick) * 20 {
                let number = arrivals[next].number
                for index in 0..<160 { samples[index] = sound(number * 160 + index) }
                codec.encode(samples, count: 160, into: &payload)
                let header = RTPHeader(
                    payloadType: codec.rawValue, sequence: SequenceNumber(65_000).advanced(by: number),
                    timestamp: RTPTimestamp(base).advanced(by: 160 * number), ssrc: SSRC(1))
                _ = payload.withUnsafeBytes { path.insert(header, payload: $0) }
                next += 1
            }
            var done = 0
            while done < 160 {
                let place = Int(path.buffer.playhead - (Int64(base) + 1 << 33))
                let run = path.next(160 - done, codec: codec, into: &bytes, linear: &linear, history: &history)
                let count: Int
                switch run {
                case .received(let some):
                    count = some
                    codec.decode(bytes, count: count, into: &linear)
                    let sent = network.sending(place / 160) + Double(place % 160) / 8
                    delays.append(Double(tick) * 20 + Double(done) / 8 - sent)
                    kinds += repeatElement(.received, count: count)
                case .blended(let some):
                    count = some
                    kinds += repeatElement(.blended, count: count)
                case .concealed(let some):
                    count = some
                    kinds += repeatElement(.concealed, count: count)
                case .idle(let some):
                    count = some
                    for index in 0..<count { linear[index] = 0 }
                    kinds += repeatElement(.idle, count: count)
                }
                heard += linear[..<count]
                done += count
            }
        }
        statistics = path.statistics
        lost = path.buffer.lost
    }

    func count(_ kind: Kind) -> Int { kinds.count { $0 == kind } }
    var meanDelay: Double { delays.reduce(0, +) / Double(max(delays.count, 1)) }
}
