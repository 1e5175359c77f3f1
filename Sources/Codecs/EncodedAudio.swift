/// Sound encoded once and played to many: one byte is one sample at 8 kHz. The bytes never change after the initialiser,
/// so any thread may read them while it holds a reference.
package final class EncodedAudio: @unchecked Sendable {
    package let codec: SampledCodec
    /// Samples, which are bytes.
    package let count: Int
    /// `count` readable bytes, valid as long as this object lives.
    package let bytes: UnsafePointer<UInt8>

    /// Copies bytes that are encoded already.
    package init(copying source: UnsafeBufferPointer<UInt8>, codec: SampledCodec) {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(source.count, 1))
        if let start = source.baseAddress { memory.initialize(from: start, count: source.count) }
        self.codec = codec
        count = source.count
        bytes = UnsafePointer(memory)
    }

    /// Encodes linear samples at 8 kHz.
    package init(encoding samples: [Int16], codec: SampledCodec) {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(samples.count, 1))
        samples.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { codec.encode(start, count: source.count, into: memory) }
        }
        self.codec = codec
        count = samples.count
        bytes = UnsafePointer(memory)
    }

    deinit {
        bytes.deallocate()
    }
}
