/// Sound made once and played to many, in the form that their sessions have. The octets never change after the initialiser, so any thread
/// may read them while it holds a reference.
package final class EncodedAudio: @unchecked Sendable {
    package let form: SoundForm
    /// Ticks of 8 kHz.
    package let count: Int
    /// `count * form.octetsPerTick` readable octets, valid as long as this object lives.
    package let bytes: UnsafePointer<UInt8>

    private init(form: SoundForm, count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Void) {
        let size = count * form.octetsPerTick
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(size, 1), alignment: 16).bindMemory(to: UInt8.self, capacity: size)
        write(memory)
        self.form = form
        self.count = count
        bytes = UnsafePointer(memory)
    }

    /// Copies octets that are in `form` already; what is less than a tick at the end is left out.
    package convenience init(copying source: UnsafeBufferPointer<UInt8>, form: SoundForm) {
        let count = source.count / form.octetsPerTick
        self.init(form: form, count: count) { memory in
            if let start = source.baseAddress { memory.update(from: start, count: count * form.octetsPerTick) }
        }
    }

    /// Encodes linear samples at `form.rate`.
    package convenience init(encoding samples: [Int16], form: SoundForm) {
        let count = samples.count / form.samplesPerTick
        self.init(form: form, count: count) { memory in
            samples.withUnsafeBufferPointer { source in
                if let start = source.baseAddress { form.encode(start, ticks: count, into: memory) }
            }
        }
    }

    package convenience init(copying source: UnsafeBufferPointer<UInt8>, codec: SampledCodec) {
        self.init(copying: source, form: .sampled(codec))
    }

    package convenience init(encoding samples: [Int16], codec: SampledCodec) {
        self.init(encoding: samples, form: .sampled(codec))
    }

    /// Linear samples at `form.rate`.
    package func decoded() -> [Int16] {
        [Int16](unsafeUninitializedCapacity: count * form.samplesPerTick) { samples, made in
            if let start = samples.baseAddress { form.decode(bytes, ticks: count, into: start) }
            made = count * form.samplesPerTick
        }
    }

    deinit {
        UnsafeRawPointer(bytes).deallocate()
    }
}
