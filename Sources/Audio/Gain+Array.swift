extension Gain {
    /// The samples, amplified: for what is prepared once, outside the packet path.
    package func applied(to samples: [Int16]) -> [Int16] {
        var result = samples
        result.withUnsafeMutableBufferPointer { buffer in
            if let start = buffer.baseAddress { apply(to: start, count: buffer.count) }
        }
        return result
    }
}
