/// A linear fade over one stretch of samples, so that a voice that is taken into a mix or out of it does not click.
package enum Ramp {
    package enum Direction: Sendable { case up, down }

    package static func apply(_ direction: Direction, to samples: UnsafeMutablePointer<Int16>, count: Int) {
        guard count > 0, count <= 32_768 else { return }
        let length = Int32(count)
        for index in 0..<count {
            let weight = direction == .up ? Int32(index) : length - 1 - Int32(index)
            samples[index] = Int16(truncatingIfNeeded: Int32(samples[index]) &* weight / length)
        }
    }
}
