@testable import Codecs

extension AudioEncoder {
    /// One packet, nil when there is nothing to send.
    func packet(_ samples: [Int16], room: Int = 1_500) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0xA5, count: room)
        let count = bytes.withUnsafeMutableBytes { encode(samples, count: samples.count, into: $0) }
        return count > 0 ? Array(bytes[..<count]) : nil
    }
}

extension AudioDecoder {
    func samples(_ payload: [UInt8], room: Int? = nil) -> [Int16] {
        made(room ?? longestSamples) { place in payload.withUnsafeBytes { decode($0, into: place) } }
    }

    func concealed(_ count: Int) -> [Int16]? {
        var isMade = false
        let samples = made(count) { place in
            // A buffer of at least one sample has an address.
            isMade = conceal(count, into: place.baseAddress!)
            return count
        }
        return isMade ? samples : nil
    }

    func recovered(_ count: Int, from next: [UInt8]) -> [Int16]? {
        var isMade = false
        let samples = made(count) { place in
            isMade = next.withUnsafeBytes { recover(count, from: $0, into: place.baseAddress!) }
            return count
        }
        return isMade ? samples : nil
    }

    func duration(_ payload: [UInt8]) -> Int? { payload.withUnsafeBytes { duration(of: $0) } }
    func canRecover(_ payload: [UInt8]) -> Bool { payload.withUnsafeBytes { canRecover(from: $0) } }

    /// What `work` leaves in a buffer between two guards, which must stay as they are.
    private func made(_ room: Int, _ work: (UnsafeMutableBufferPointer<Int16>) -> Int) -> [Int16] {
        let guards = 64
        let memory = UnsafeMutableBufferPointer<Int16>.allocate(capacity: room + 2 * guards)
        memory.initialize(repeating: 0x5A5A)
        defer { memory.deallocate() }
        let count = work(UnsafeMutableBufferPointer(rebasing: memory[guards..<guards + room]))
        precondition((0...room).contains(count))
        precondition(memory[..<guards].allSatisfy { $0 == 0x5A5A } && memory[(guards + room)...].allSatisfy { $0 == 0x5A5A })
        return Array(memory[guards..<guards + count])
    }
}
