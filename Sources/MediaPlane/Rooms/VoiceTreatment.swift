import Audio
import Codecs
import Glibc

/// What is done to a member's voice before it is mixed: noise taken out, brought to the loudness of the others, made louder or softer. It
/// stands on memory of its own, taken when the member joins; most members have none.
struct VoiceTreatment: ~Copyable {
    /// At which of the two rates it works: that of the member's sound.
    let isWide: Bool
    private let suppression: NoiseSuppression?
    private var automatic: AutomaticGain?
    /// The member's own gain, dB.
    var gain: Double
    /// The factor at the end of the frame before.
    private var factor: Float = 1
    private var limiter = Limiter()
    private var doubler = RateDoubler()
    private var halver = RateHalver()
    /// The frame before was sound, whose end has not left the suppression yet.
    private var hasRest = false

    init(_ settings: MediaRoomSettings, gain: Double, isWide: Bool) {
        self.isWide = isWide
        self.gain = gain
        suppression = settings.suppressesNoise ? NoiseSuppression(rate: isWide ? 16_000 : 8_000) : nil
        automatic = settings.levelsVoices ? AutomaticGain() : nil
    }

    /// Writes the member's next frame at the rates that are asked for, as `PlayoutPath.voice` does; false when there is nothing to hear.
    mutating func voice(
        of playout: UnsafeMutablePointer<PlayoutPath>, _ stream: borrowing MediaStream, _ coder: StreamCoder?,
        narrow: UnsafeMutablePointer<Int16>, wide: UnsafeMutablePointer<Int16>?, scratch: MediaScratch
    ) -> Bool {
        guard isWide == (stream.form == .wide), !isWide || wide != nil else {
            // His form changed in the middle of a round.
            return playout.pointee.voice(of: stream, coder, narrow: narrow, wide: wide, scratch: scratch)
        }
        let own = isWide ? wide ?? narrow : narrow
        let count = isWide ? RoomMix.wideFrame : AudioFrame.samples
        let isSound = playout.pointee.voice(
            of: stream, coder, narrow: isWide ? nil : narrow, wide: isWide ? wide : nil, scratch: scratch)
        guard shape(own, count: count, isSound: isSound) else { return false }
        if isWide {
            halver.write(own, count: count, into: narrow)
        } else if let wide {
            doubler.write(narrow, count: count, into: wide)
        }
        return true
    }

    /// In place. False when there is nothing to hear.
    mutating func shape(_ samples: UnsafeMutablePointer<Int16>, count: Int, isSound: Bool) -> Bool {
        guard isSound || hasRest else { return false }
        if !isSound { samples.update(repeating: 0, count: count) }
        hasRest = isSound && suppression != nil
        suppression?.apply(to: samples, count: count)
        let decibels = gain + Double(automatic?.follow(samples, count: count) ?? 0)
        let wanted: Float = decibels == 0 ? 1 : decibels < -60 ? 0 : Float(pow(10, decibels / 20))
        if wanted != 1 || factor != 1 || !limiter.isOpen { amplify(samples, count: count, to: wanted) }
        return true
    }

    /// From the factor before to this one in a straight line: no step is heard.
    private mutating func amplify(_ samples: UnsafeMutablePointer<Int16>, count: Int, to wanted: Float) {
        guard count > 0 else { return }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { products in
            guard let products = products.baseAddress else { return }
            let slope = (wanted - factor) / Float(count)
            // 16 bits by at most 15 + 24 dB: far from the end of 32.
            for index in 0..<count {
                products[index] = Int32(Float(samples[index]) * (factor + slope * Float(index + 1)))
            }
            limiter.limit(products, count: count, into: samples)
        }
        factor = wanted
    }
}
