import Audio
import Glibc

/// Reads a count of frames (32 bits), a byte for each that tells whether it is lost, and the frames (160 samples of 16 bits each);
/// writes what is heard.
@main struct Conceal {
    static func main() {
        var input: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(0, &chunk, chunk.count)
            guard count > 0 else { break }
            input += chunk[..<count]
        }
        guard input.count >= 4 else { exit(2) }
        let frames = input.withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
        guard input.count >= 4 + frames * 321 else { exit(2) }
        let isLost = input[4..<4 + frames].map { $0 != 0 }
        var samples = [Int16](repeating: 0, count: frames * 160)
        samples.withUnsafeMutableBytes { $0.copyBytes(from: input[(4 + frames)..<(4 + frames * 321)]) }
        var concealment = PacketLossConcealment()
        samples.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            for (index, lost) in isLost.enumerated() {
                let frame = start + index * 160
                if lost {
                    concealment.conceal(into: frame, count: 160)
                } else {
                    concealment.accept(frame, count: 160)
                }
            }
        }
        samples.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(1, bytes.baseAddress! + done, bytes.count - done)
                guard count > 0 else { exit(1) }
                done += count
            }
        }
    }
}
