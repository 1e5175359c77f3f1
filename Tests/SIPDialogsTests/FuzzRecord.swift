/// Eight bytes of a fuzzer's input: one thing that happens. Fixed in size, so that a changed byte changes one thing only.
struct FuzzRecord {
    static let size = 8
    private let bytes: [UInt8]

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) + [UInt8](repeating: 0, count: max(0, Self.size - bytes.count)) }

    subscript(index: Int) -> Int { Int(bytes[index]) }

    /// One of a table's entries.
    func pick<Value>(_ index: Int, _ table: [Value]) -> Value { table[self[index] % table.count] }

    /// The last two bytes may spoil a message.
    func spoil(_ message: [UInt8]) -> [UInt8] {
        guard self[6] != 0, !message.isEmpty else { return message }
        var message = message
        let place = self[6] * message.count / 256
        switch self[7] {
        case 0x80...0xBF: message.removeSubrange(place..<min(message.count, place + self[7] - 0x7F))
        case 0xC0...0xFF: message.insert(contentsOf: message[place..<min(message.count, place + self[7] - 0xBF)], at: place)
        default: message[place] = bytes[7]
        }
        return message
    }
}
