import Testing

@testable import Credentials

@Suite struct PINHashTests {
    private let secret = ServerSecret(octets: [UInt8](repeating: 7, count: 32))
    private let cheap = ScryptCost(logN: 4, blockSize: 1, parallelism: 1)

    private func pin(_ text: String) throws -> PIN { try #require(PIN(text)) }

    /// RFC 7914 §12; the fourth vector takes a gigabyte and is left out.
    @Test(arguments: [
        ("", "", ScryptCost(logN: 4, blockSize: 1, parallelism: 1), "77d6576238657b203b19ca42c18a0497", "e8d3e0fb2e0d3628cf35e20c38d18906"),
        (
            "password", "NaCl", ScryptCost(logN: 10, blockSize: 8, parallelism: 16), "fdbabe1c9d3472007856e7190d01e9fe",
            "c727afb94a83ee6d8360cbdfa2cc0640"
        ),
        ("pleaseletmein", "SodiumChloride", ScryptCost.standard, "7023bdcb3afd7348461c06cd81fd38eb", "e61e85dc0d651e40dfcf017b45575887"),
    ])
    func scryptGivesTheVectorsOfTheRFC(password: String, salt: String, cost: ScryptCost, start: String, end: String) throws {
        let key = try cost.derive(from: Array(password.utf8), salt: Array(salt.utf8), length: 64)
        let octets = key.withUnsafeBytes { Array($0) }
        let text = octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(octets.count == 64 && text.hasPrefix(start) && text.hasSuffix(end))
    }

    @Test func theRightPINIsRightAlsoAfterStorage() throws {
        let hash = try PINHash(pin("7391"), secret: secret)
        let stored = try #require(PINHash(stored: hash.stored))
        #expect(try stored.verify("7391", secret: secret))
        #expect(stored.stored == hash.stored && !stored.isOutdated())
        #expect(stored.stored.hasPrefix("$scrypt$ln=14,r=8,p=1,k="))
    }

    @Test(arguments: ["7392", "739", "73910", "", "7391 ", "seven", "٧٣٩١", String(repeating: "7391", count: 1_000)])
    func everyOtherIsWrong(text: String) throws {
        let hash = try PINHash(pin("7391"), secret: secret, cost: cheap)
        #expect(try !hash.verify(text, secret: secret))
    }

    @Test func withoutTheServersSecretTheRightPINIsWrong() throws {
        let hash = try PINHash(pin("7391"), secret: secret, cost: cheap)
        let other = ServerSecret(octets: [UInt8](repeating: 8, count: 32))
        #expect(try !hash.verify("7391", secret: other))
        #expect(hash.wasMade(with: secret) && !hash.wasMade(with: other))
    }

    @Test func twoHashesOfOnePINDiffer() throws {
        let one = try PINHash(pin("7391"), secret: secret, cost: cheap)
        let other = try PINHash(pin("7391"), secret: secret, cost: cheap)
        #expect(one.stored != other.stored)
    }

    @Test func lowerCostIsReadAndKnownAsOutdated() throws {
        let hash = try #require(PINHash(stored: PINHash(pin("7391"), secret: secret, cost: cheap).stored))
        #expect(try hash.isOutdated() && hash.verify("7391", secret: secret))
    }

    @Test func nothingPrintsThePINOrItsHash() throws {
        let pin = try pin("7391")
        let hash = try PINHash(pin, secret: secret, cost: cheap)
        let digits = try #require(hash.stored.split(separator: "$").last)
        var dumped = ""
        dump(pin, to: &dumped)
        dump(hash, to: &dumped)
        dump(secret, to: &dumped)
        for text in [
            "\(pin)", String(reflecting: pin), "\(hash)", String(reflecting: hash), dumped, "\(secret)", String(reflecting: secret),
        ] {
            #expect(!text.contains("7391") && !text.contains(digits) && !text.contains("070707"))
        }
    }

    @Test func whatIsNoStoredHashIsRefused() throws {
        let good = try PINHash(pin("7391"), secret: secret, cost: cheap).stored
        #expect(PINHash(stored: good) != nil)
        let bad = [
            "", "$", "7391", "$scrypt$", good + "$", String(good.dropLast()), good + "00", good.replacing("scrypt", with: "bcrypt"),
            good.replacing("ln=4", with: "ln=63"), good.replacing("ln=4", with: "ln=0"), good.replacing("ln=4", with: "ln=-4"),
            good.replacing("r=1", with: "r=99"), good.replacing("r=1", with: "r="), good.replacing("p=1", with: "p=0"),
            good.replacing("ln=4,r=1", with: "ln=16,r=16"), good.replacing(",", with: ";"), "g" + good,
            good.replacing("$scrypt", with: "$ scrypt"),
        ]
        for text in bad { #expect(PINHash(stored: text) == nil, "\(text)") }
    }

    /// Any change of a single character gives no hash, or one that the PIN does not open, except the fingerprint, which only names.
    @Test func aTamperedHashDoesNotOpen() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("aTamperedHashDoesNotOpen seed \(seed)")
        var random = SeededRandom(seed: seed)
        let good = try PINHash(pin("7391"), secret: secret, cost: cheap).stored
        for _ in 0..<300 {
            var octets = Array(good.utf8)
            let index = Int.random(in: 0..<octets.count, using: &random)
            let new = UInt8.random(in: 33...126, using: &random)
            if Character(Unicode.Scalar(octets[index])).lowercased() == Character(Unicode.Scalar(new)).lowercased() { continue }
            octets[index] = new
            let text = String(decoding: octets, as: UTF8.self)
            guard let hash = PINHash(stored: text), hash.wasMade(with: secret) else { continue }
            #expect(try !hash.verify("7391", secret: secret), "\(text)")
        }
    }
}
