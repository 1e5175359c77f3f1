/// What a repair needs to know of a WAV file's header, and the few bytes it must change. Pure: bytes in, bytes out.
///
/// RIFF/WAVE as in Microsoft's and IBM's "Multimedia Programming Interface and Data Specifications 1.0": little-endian chunks
/// of a 4-byte name, a 4-byte length and content padded to an even length.
struct WAVHeader: Equatable {
    /// Longest header looked at; libsndfile's has 44 bytes (PCM) or 58 (G.711, with a `fact` chunk).
    static let searchLength = 4_096

    var rate: Int
    var bytesPerFrame: Int
    /// Where the sound begins in the file.
    var dataOffset: Int
    /// The length that the `data` chunk claims.
    var claimedLength: Int
    /// Where the `fact` chunk holds the number of samples, if there is one.
    var factOffset: Int?

    struct Patch: Equatable {
        var offset: Int
        var value: UInt32

        var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
    }

    /// How a file of `fileLength` bytes becomes whole.
    struct Repair: Equatable {
        var patches: [Patch]
        /// Bytes of sound that remain: whole frames.
        var dataLength: Int
        /// What the file's length must be: header, sound and the pad byte.
        var fileLength: Int
        var samples: Int
    }

    /// Reads the first bytes of a file. Nil when they are no WAV header, or not all of one.
    init?(_ bytes: [UInt8]) {
        guard Self.name(bytes, 0) == "RIFF", Self.name(bytes, 8) == "WAVE" else { return nil }
        var offset = 12
        var found: (rate: Int, bytesPerFrame: Int)?
        var fact: Int?
        while let name = Self.name(bytes, offset), let length = Self.number(bytes, offset + 4) {
            let content = offset + 8
            switch name {
            case "data":
                guard let found, found.rate > 0, found.bytesPerFrame > 0 else { return nil }
                self.init(
                    rate: found.rate, bytesPerFrame: found.bytesPerFrame, dataOffset: content, claimedLength: length, factOffset: fact)
                return
            case "fmt ":
                guard length >= 16, content + 16 <= bytes.count, let rate = Self.number(bytes, content + 4) else { return nil }
                found = (rate, Int(bytes[content + 12]) | Int(bytes[content + 13]) << 8)
            case "fact":
                if length >= 4 { fact = content }
            default:
                break
            }
            // A length from the file is at most 2^32: no overflow, and beyond `bytes` the loop ends.
            offset = content + length + length % 2
        }
        return nil
    }

    private init(rate: Int, bytesPerFrame: Int, dataOffset: Int, claimedLength: Int, factOffset: Int?) {
        self.rate = rate
        self.bytesPerFrame = bytesPerFrame
        self.dataOffset = dataOffset
        self.claimedLength = claimedLength
        self.factOffset = factOffset
    }

    /// The sound of a file cut short is all that stands after the header, whatever the header claims: it lags by half a second.
    func repair(fileLength: Int) -> Repair {
        let present = min(max(0, fileLength - dataOffset), Int(UInt32.max) - dataOffset - 1)
        var length = present - present % bytesPerFrame
        // Killed between the pad byte and the renaming: the file was complete already, and its pad is no sample.
        if bytesPerFrame == 1, claimedLength % 2 == 1, present == claimedLength + 1 { length = claimedLength }
        let padded = length + length % 2
        let samples = length / bytesPerFrame
        var patches = [
            Patch(offset: 4, value: UInt32(clamping: dataOffset + padded - 8)),
            Patch(offset: dataOffset - 4, value: UInt32(clamping: length)),
        ]
        if let factOffset { patches.append(Patch(offset: factOffset, value: UInt32(clamping: samples))) }
        return Repair(patches: patches, dataLength: length, fileLength: dataOffset + padded, samples: samples)
    }

    private static func name(_ bytes: [UInt8], _ offset: Int) -> String? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        return String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> Int? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        return (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
}
