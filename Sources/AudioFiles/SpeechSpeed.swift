import CSonic

/// Speech slower or faster at its own pitch, by libsonic, which leaves out or repeats whole pitch periods.
package enum SpeechSpeed {
    /// What can be asked for: 1 is as it was.
    package static let speeds = 0.5...3.0
    /// Samples that are handed over at a time.
    private static let block = 16_384

    /// `samples` at `rate` Hz, so many times as fast. As they are where the library has no memory.
    package static func changed(_ samples: [Int16], rate: Int, speed: Double) -> [Int16] {
        let speed = Float(min(max(speed, speeds.lowerBound), speeds.upperBound))
        guard speed != 1, !samples.isEmpty, let stream = sonicCreateStream(Int32(rate), 1) else { return samples }
        defer { sonicDestroyStream(stream) }
        sonicSetSpeed(stream, speed)
        var changed: [Int16] = []
        changed.reserveCapacity(Int(Float(samples.count) / speed) + block)
        var room = [Int16](repeating: 0, count: block)
        func take() {
            while true {
                let count = room.withUnsafeMutableBufferPointer { sonicReadShortFromStream(stream, $0.baseAddress, Int32($0.count)) }
                guard count > 0 else { return }
                changed += room[..<Int(count)]
            }
        }
        let isWhole = samples.withUnsafeBufferPointer { samples in
            for start in stride(from: 0, to: samples.count, by: block) {
                let part = UnsafeMutablePointer(mutating: samples.baseAddress! + start)  // it is only read; not empty, so it has an address
                guard sonicWriteShortToStream(stream, part, Int32(min(block, samples.count - start))) != 0 else { return false }
                take()
            }
            return sonicFlushStream(stream) != 0
        }
        guard isWhole else { return samples }
        take()
        return changed
    }
}
