import SIP
import Testing

/// A small generator with a seed, so that a failure can be played again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    /// splitmix64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func mutated(_ original: [UInt8], using random: inout SeededRandom) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] = Array(";,:<>\"\\@ \r\n?=&[]%0".utf8).randomElement(using: &random) ?? 0
        case 2: bytes.insert(Array(";,:<>\"\\@ \r\n?=&[]%9".utf8).randomElement(using: &random) ?? 0, at: index)
        case 3: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...12, using: &random)))
        default: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0...40, using: &random)))
        }
    }
    return bytes
}

@Suite struct MutationTests {
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func nothingTraps(_ seed: UInt64) {
        print("mutation seed \(seed)")
        var random = SeededRandom(seed: seed)
        let corpus = TortureVector.all.map(\.bytes) + [bytes(typicalInvite)]
        for _ in 0..<10_000 {
            let input = mutated(corpus.randomElement(using: &random) ?? [], using: &random)
            if let message = try? SIPMessage.parse(input) {
                _ = try? message.envelope()
                _ = try? message.requestURI().isEquivalent(to: SIPURI(user: "a", host: "b"))
                for id in [HeaderID.via, .from, .to, .contact, .recordRoute, .route, .other] {
                    _ = try? message.addresses(of: id)
                    _ = try? message.elements(of: id)
                    _ = message.values(of: id)
                }
                _ = message.body
            }
            var framer = SIPStreamFramer()
            let cut = Int.random(in: 0...input.count, using: &random)
            framer.append(input[..<cut])
            var frames = 0
            while (try? framer.next()) != nil { frames += 1 }
            framer.append(input[cut...])
            while (try? framer.next()) != nil { frames += 1 }
            #expect(frames <= input.count)
        }
    }

    /// What was read and is written again reads the same.
    @Test func writingIsTheInverseOfReading() throws {
        for vector in TortureVector.all where vector.isValid {
            let envelope = try SIPMessage.parse(vector.bytes).envelope()
            for address in [envelope.from, envelope.to] { #expect(try NameAddress.parse(address.text) == address) }
        }
    }
}
