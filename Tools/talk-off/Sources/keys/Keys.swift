import Audio
import Glibc

/// Prints what the project's detector finds in raw 16-bit samples at 8 kHz on standard input: `down 1 OFFSET`, `up 1 OFFSET DURATION`
/// (samples), and at the end how often it suspected a key and what a frame of 20 ms cost.
@main enum Keys {
    static func main() {
        let samples = input()
        var detector = ToneDetector()
        var suspected = 0
        var tellings: [ToneDetector.Event] = []
        tellings.reserveCapacity(1_000)
        let begin = now()
        samples.withUnsafeBufferPointer { samples in
            guard let start = samples.baseAddress else { return }
            for offset in stride(from: 0, to: samples.count, by: AudioFrame.samples) {
                detector.listen(start + offset, count: min(AudioFrame.samples, samples.count - offset)) { event in
                    switch event {
                    case .suspected: suspected += 1
                    case .dismissed: break
                    case .down, .up: tellings.append(event)
                    }
                }
            }
        }
        let spent = now() - begin
        for event in tellings {
            switch event {
            case .down(let key, let offset): print("down \(key) \(offset)")
            case .up(let key, let offset, let duration): print("up \(key) \(offset) \(duration)")
            case .suspected, .dismissed: break
            }
        }
        let frames = max(samples.count / AudioFrame.samples, 1)
        print("# frames \(frames) suspected \(suspected) ns/frame \(spent / Int64(frames))")
    }

    private static func input() -> [Int16] {
        var result: [Int16] = []
        var part = [Int16](repeating: 0, count: 1 << 16)
        while true {
            var filled = 0
            // A pipe hands over what it has: whole samples are waited for.
            while filled == 0 || filled % 2 != 0 {
                let count = part.withUnsafeMutableBytes { read(0, $0.baseAddress.map { $0 + filled }, $0.count - filled) }
                guard count > 0 else { return result }
                filled += count
            }
            result += part[..<(filled / 2)]
        }
    }

    private static func now() -> Int64 {
        var value = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &value)
        return Int64(value.tv_sec) * 1_000_000_000 + Int64(value.tv_nsec)
    }
}
