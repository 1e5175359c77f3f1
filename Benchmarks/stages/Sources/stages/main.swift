import Audio
import CAllocationCount
import Codecs
@preconcurrency import Glibc
import MediaPlane
import RTP
import SRTP

// What each stage of a packet of 20 ms costs, by itself and with all it needs in the caches: nanoseconds of this thread's CPU, the best of
// several rounds, and octets allocated.

func processorTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

func measure(_ name: String, frames: Int = 1_000, rounds: Int = 9, _ frame: (Int) -> Void) {
    for number in 0..<frames { frame(number) }
    var best = Int64.max
    var octets: UInt64 = 0
    for round in 1...rounds {
        let (before, start) = (allocated_octets(), processorTime())
        for number in 0..<frames { frame(round * frames + number) }
        best = min(best, processorTime() - start)
        octets = allocated_octets() - before
    }
    let cost = Double(best) / Double(frames)
    let padded = name + String(repeating: " ", count: max(0, 52 - name.count))
    let figure = cost < 1_000 ? "\(Int(cost.rounded())) ns" : "\((cost / 100).rounded() / 10) us"
    print("\(padded) \(figure)\t\(Double(octets) / Double(frames)) octets")
}

/// Half a minute of something like a voice: a chirp with harmonics that comes and goes.
func voice(rate: Int) -> [Int16] {
    (0..<30 * rate).map { index in
        let time = Double(index) / Double(rate)
        let pitch = 2 * Double.pi * (120 * time + 6 * sin(2 * .pi * 0.7 * time))
        let sound = (1...8).reduce(0.0) { $0 + sin(pitch * Double($1)) / Double($1) }
        return Int16(4_000 * sound * max(0, sin(2 * .pi * 1.3 * time)))
    }
}

setlinebuf(stdout)
print("CPU and memory of one frame of 20 ms\n")
for codec in AudioCodec.allCases {
    let sound = voice(rate: codec.sampleRate)
    let count = codec.sampleRate / 50
    guard let encoder = AudioEncoder(codec), let decoder = AudioDecoder(codec) else { continue }
    let room = AudioEncoder.maximumOctets(codec, milliseconds: 20)
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
    let made = UnsafeMutableBufferPointer<Int16>.allocate(capacity: decoder.longestSamples)
    sound.withUnsafeBufferPointer { sound in
        let places = sound.count / count
        measure("\(codec.encodingName)/\(codec.sampleRate): encode") { number in
            _ = encoder.encode(sound.baseAddress! + number % places * count, count: count, into: bytes)
        }
        let packets = (0..<500).map { number -> [UInt8] in
            let octets = encoder.encode(sound.baseAddress! + number * count, count: count, into: bytes)
            return Array(UnsafeRawBufferPointer(rebasing: bytes[..<octets]))
        }
        packets[0].withUnsafeBytes { packet in
            measure("\(codec.encodingName)/\(codec.sampleRate): decode") { _ in _ = decoder.decode(packet, into: made) }
        }
        for loss in [0, 20] {
            guard var playout = OfflinePlayout.of(codec, maximumDelay: 200) else { continue }
            var heard: [Int16] = []
            heard.reserveCapacity(4_096)
            let step = codec.clockRate / 50
            measure("\(codec.encodingName)/\(codec.sampleRate): jitter buffer and playout" + (loss > 0 ? ", 1 of \(loss) lost" : "")) {
                number in
                if loss == 0 || number % loss != 7 {
                    let header = RTPHeader(
                        payloadType: 96, sequence: SequenceNumber(UInt16(truncatingIfNeeded: number)),
                        timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: number * step)), ssrc: SSRC(1))
                    packets[number % packets.count].withUnsafeBytes { _ = playout.insert(header, payload: $0) }
                }
                heard.removeAll(keepingCapacity: true)
                playout.tick(into: &heard) { _, _ in }
            }
        }
    }
}

print()
let narrow = voice(rate: 8_000)
let wide = voice(rate: 16_000)
let out = UnsafeMutablePointer<Int16>.allocate(capacity: 640)
narrow.withUnsafeBufferPointer { narrow in
    let places = narrow.count / 160
    func place(_ number: Int) -> UnsafePointer<Int16> { narrow.baseAddress! + number % places * 160 }
    var detector = ToneDetector()
    measure("keys among the sound") { detector.listen(place($0), count: 160) { _ in } }
    var doubler = RateDoubler()
    measure("8 kHz to 16 kHz") { doubler.write(place($0), count: 160, into: out) }
    for (rate, voices) in [(8_000, 3), (16_000, 3)] {
        let count = rate / 50
        var mix = MixMinus(capacity: voices, frame: count)
        var limiter = Limiter()
        measure("a room of \(voices) at \(rate / 1_000) kHz, mixed and heard") { number in
            mix.begin()
            for _ in 0..<voices {
                mix.place.update(from: place(number), count: 160)
                _ = mix.addVoice()
            }
            for voice in 0..<voices { mix.everybody(but: voice, into: out, &limiter) }
        }
    }
}
wide.withUnsafeBufferPointer { wide in
    let places = wide.count / 320
    var halver = RateHalver()
    measure("16 kHz to 8 kHz") { halver.write(wide.baseAddress! + $0 % places * 320, count: 320, into: out) }
}

let packet = UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 16)
let secret = [UInt8](repeating: 7, count: 30)
if let key = SRTPMasterKey(.aes128SHA80, keyAndSalt: secret), let context = try? SRTPContext(key, .outbound(ssrc: 1)) {
    measure("AES-128, HMAC-SHA1-80 of a packet of 172 octets") { number in
        RTPHeader(
            payloadType: 0, sequence: SequenceNumber(UInt16(truncatingIfNeeded: number)), timestamp: RTPTimestamp(0), ssrc: SSRC(1)
        ).write(into: packet)
        _ = try? context.protect(packet, count: 172)
    }
}
