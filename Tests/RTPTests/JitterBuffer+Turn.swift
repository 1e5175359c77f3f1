@testable import RTP

extension JitterBuffer {
    /// The next run as a path without an ear would give it: changes of the delay are made at once, wherever they fall.
    mutating func turn(samples: Int, into bytes: UnsafeMutableRawBufferPointer) -> Playout {
        // A buffer of no size is asked for nothing.
        let start = bytes.baseAddress!
        let overlap = 80
        if samples >= overlap, let (wish, _) = wish() {
            var all = [UInt8](repeating: 0, count: 480)
            let shift: Int? = all.withUnsafeMutableBytes { memory in
                switch wish {
                case .shorter(let most, _):
                    guard let there = look(behind: 0, ahead: 240, into: memory.baseAddress!), there.ahead > overlap else { return nil }
                    return min(most, there.ahead - overlap)
                case .longer(let most):
                    guard let there = look(behind: 160, ahead: overlap, into: memory.baseAddress!), there.ahead == overlap else {
                        return nil
                    }
                    return there.behind > 0 ? -min(most, there.behind) : nil
                }
            }
            if let shift {
                _ = look(behind: 0, ahead: overlap, into: start)
                splice(overlap: overlap, shift: shift)
                return .audio(overlap, joined: true)
            }
        }
        return playout(samples: samples, into: start)
    }
}
