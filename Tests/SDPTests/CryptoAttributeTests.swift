import Testing

@testable import SDP

@Suite struct CryptoAttributeTests {
    /// 30 octets, 0 to 29.
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"

    private func parse(_ value: String) throws -> CryptoAttribute { try CryptoAttribute(parsing: value) }

    /// The forms of RFC 4568 §6 and §9, and what is seen in the field.
    @Test(
        arguments: [
            ("1 AES_CM_128_HMAC_SHA1_80 inline:\(key)", 1, nil, []),
            ("999999999 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^20|1:4", 999_999_999, 1 << 20, [0, 0, 0, 1]),
            ("2 AES_CM_128_HMAC_SHA1_32 inline:\(key)|2^48", 2, 1 << 48, []),
            ("3 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1066:4", 3, nil, [0, 0, 4, 42]),
            ("4 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1048576 WSH=128", 4, 1_048_576, []),
            ("5  aes_cm_128_hmac_sha1_80  INLINE:\(key) -PRIVATE=1", 5, nil, []),
            ("6 AES_CM_128_HMAC_SHA1_80 inline:\(key)|255:1", 6, nil, [255]),
            ("7 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^31|7:10", 7, 1 << 31, [0, 0, 0, 0, 0, 0, 0, 0, 0, 7]),
        ] as [(String, Int, UInt64?, [UInt8])])
    func linesAreRead(value: String, tag: Int, lifetime: UInt64?, identifier: [UInt8]) throws {
        let line = try parse(value)
        #expect(line.tag == tag && line.lifetime == lifetime && line.key.identifier == identifier)
        #expect(line.key.keyAndSalt == Array(0..<30))
    }

    @Test(arguments: [
        "", "1", "x AES_CM_128_HMAC_SHA1_80 inline:\(key)", "1 AES_CM_128_HMAC_SHA1_80", "1 AES_CM_128_HMAC_SHA1_80 \(key)",
        "1234567890 AES_CM_128_HMAC_SHA1_80 inline:\(key)", "-1 AES_CM_128_HMAC_SHA1_80 inline:\(key)",
        "1 AES_CM_128_HMAC_SHA1_80 inline:", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)AA",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key.dropLast(4))",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key.dropLast())*", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^49",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1:0",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1:129", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|256:1",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|1:4|2:4", "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|2^20|2^21",
        "1 AES_CM_128_HMAC_SHA1_80 inline:\(key)|99999999999999999999999", "1 AEAD_AES_128_GCM inline:\(key)",
    ])
    func whatIsNoSuchLineIsNot(value: String) {
        #expect(throws: CryptoFault.malformed) { try parse(value) }
    }

    @Test(arguments: [
        ("UNENCRYPTED_SRTP", "UNENCRYPTED_SRTP"), ("UNENCRYPTED_SRTCP", "UNENCRYPTED_SRTCP"),
        ("UNAUTHENTICATED_SRTP", "UNAUTHENTICATED_SRTP"), ("KDR=8", "KDR"), ("FEC_ORDER=SRTP_FEC", "FEC_ORDER"),
        ("WSH=64 FEC_KEY=inline:\(key)", "FEC_KEY"), ("SOMETHING_NEW", "SOMETHING_NEW"),
    ])
    func parametersThatWouldHaveToBeFollowedRuleALineOut(parameters: String, name: String) {
        #expect(throws: CryptoFault.unsupported(name)) { try parse("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key) \(parameters)") }
        #expect(throws: CryptoFault.unsupported("several keys")) {
            try parse("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|1:4;inline:\(Self.key)|2:4")
        }
        #expect(throws: CryptoFault.unknownSuite("F8_128_HMAC_SHA1_80")) { try parse("1 F8_128_HMAC_SHA1_80 inline:\(Self.key)") }
    }

    @Test(arguments: CryptoSuite.allCases) func whatIsWrittenIsRead(suite: CryptoSuite) throws {
        var seed: UInt64 = 3
        let keys = LocalKeys {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            return seed
        }
        let line = CryptoAttribute(tag: 7, key: keys.key(suite))
        #expect(try parse(line.value) == line)
        // Some leave the padding out.
        #expect(try parse(String(line.value.prefix { $0 != "=" })) == line)
    }

    @Test func eachSuiteHasAKeyOfItsOwn() {
        var number: UInt64 = 0
        let keys = LocalKeys {
            number += 1
            return number.byteSwapped
        }
        let all = CryptoSuite.allCases.map { keys.key($0) }
        #expect(zip(all, CryptoSuite.allCases).allSatisfy { $0.keyAndSalt.count == $1.keyAndSaltLength })
        #expect(Set(all.map { Array($0.keyAndSalt.prefix(8)) }).count == all.count)
    }

    @Test func base64IsThatOfTheRFC() {
        for (octets, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")] {
            #expect(Base64.text(of: Array(octets.utf8)) == text)
            let bytes = text.utf8.span
            #expect(Base64.octets(of: 0..<bytes.count, in: bytes) == Array(octets.utf8))
        }
        for text in ["Z", "Zg=", "Zg===", "=", "Zm9v=", "Z_8=", "Zm 9"] {
            let bytes = text.utf8.span
            #expect(Base64.octets(of: 0..<bytes.count, in: bytes) == nil, "\(text)")
        }
    }

    @Test func noKeyIsShown() {
        let key = LocalKeys(random: { 0x4141_4141_4141_4141 })
        let crypto = NegotiatedCrypto(outbound: key.key(.aes128SHA80), inbound: key.key(.aes128SHA80))
        var dumped = ""
        dump((key, crypto), to: &dumped)
        for text in ["\(key)", "\(crypto)", String(reflecting: crypto), dumped] {
            #expect(!text.contains("65, 65") && !text.contains("QUFB"), "\(text)")
        }
    }
}
