/// The noise behind a voice: how loud it is and roughly how it is coloured, learned from the quietest moments, and more of the same.
///
/// The quietest 30 ms heard so far are the background; the measure rises by 3 dB for each second listened to, so that it follows
/// a background that grows. All memory is taken by the initialiser.
package struct BackgroundNoise: ~Copyable, @unchecked Sendable {
    /// The loudest background believed in, as a mean magnitude's square: about -40 dBFS. Before a pause was heard it is speech.
    private static let loudest: Float = 230 * 230
    /// Blocks to hear before anything is believed: 150 ms.
    private static let patience = 5

    /// The quietest moment of a noise is about 2 dB quieter than the noise.
    private static let typical: Float = 1.25

    private var envelope: LinearPrediction
    /// Mean square of the quietest block, and the root mean square of its residual.
    private var energy: Float = loudest
    private var excitation: Float = 0
    private var heard = 0
    private let tail: UnsafeMutablePointer<Float>
    private var seed: UInt32 = 0x2545_F491
    private let rise: Float

    /// `rate` in Hz.
    package init(rate: Int) {
        envelope = LinearPrediction(rate: rate, expansion: 0.96)
        rise = 1.021
        tail = .allocate(capacity: LinearPrediction.highestOrder + Self.most)
        tail.initialize(repeating: 0, count: LinearPrediction.highestOrder + Self.most)
    }

    deinit { tail.deallocate() }

    /// The most samples made at once.
    private static let most = 256

    /// Samples in a block.
    package var block: Int { envelope.window }

    /// The background's root mean square; 0 while none is known.
    package var level: Float { heard < Self.patience ? 0 : energy.squareRoot() }

    package mutating func reset() {
        energy = Self.loudest
        excitation = 0
        heard = 0
        tail.update(repeating: 0, count: LinearPrediction.highestOrder)
        envelope.reset()
    }

    /// Learns from samples that were played, in whole blocks; what is left over is not looked at.
    package mutating func listen(_ samples: UnsafePointer<Int16>, count: Int) {
        var start = 0
        while start + block <= count {
            let mean = Float(Decibels.energy(of: samples + start, count: block)) / Float(block)
            heard = min(heard + 1, Self.patience)
            if mean <= energy {
                // A smooth fall, but for the first time: one block of digital silence between words is no background.
                energy = excitation == 0 ? mean : max(mean, energy * 0.5)
                let root = envelope.analyse(samples + start)
                excitation = mean > 0 ? root * (energy / mean).squareRoot() : root
            } else {
                let risen = min(energy * rise, Self.loudest)
                if energy > 0 { excitation *= (risen / energy).squareRoot() }
                energy = max(risen, 1)
            }
            start += block
        }
    }

    /// Adds `count` samples of the background to `sound`, each times the same of `weights`.
    mutating func add(to sound: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>, count: Int) {
        guard heard >= Self.patience, excitation > 0 else { return }
        var done = 0
        let order = LinearPrediction.highestOrder
        while done < count {
            let part = min(count - done, Self.most)
            for index in 0..<part { tail[order + index] = white() * excitation * Self.typical }
            envelope.synthesise(tail + order, count: part)
            for index in 0..<part { sound[done + index] += tail[order + index] * weights[done + index] }
            tail.update(from: tail + part, count: order)
            done += part
        }
    }

    /// Uniform, of mean square 1.
    private mutating func white() -> Float {
        // Numerical Recipes' quick generator: its upper bits are white enough for a hiss.
        seed = seed &* 1_664_525 &+ 1_013_904_223
        return Float(Int32(bitPattern: seed)) * (1.732_050_8 / 2_147_483_648)
    }
}
