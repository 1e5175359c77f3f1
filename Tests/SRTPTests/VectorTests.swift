import Testing

@testable import SRTP

/// Packets that a second implementation made, which was itself held to the vectors of RFC 3711 appendix B and RFC 7714 §16: the key
/// derivation, the session keys and the packets follow from the master key alone.
@Suite struct VectorTests {
    struct Vector: Sendable {
        var suite: SRTPSuite
        var rtp: String
        /// The same packet when the sequence numbers have wrapped once.
        var rolledOver: String
        var report: String
    }

    private static let plain = octets("800f1234decafbadcafebabe abababababababababababababababab")
    private static let report = octets("81c8000bcafebabe abababababababababababababababab")

    static let vectors = [
        Vector(
            suite: .aes128SHA80, rtp: "800f1234decafbadcafebabe6865aa119c34fee2f0623e902e7851511e439f999cc75c692923",
            rolledOver: "800f1234decafbadcafebabe0459853a528c0e69da4426b826ad526686a0727f8cea2729ae88",
            report: "81c8000bcafebabee7bd5205af223c4e3f55eb72285eb52a800000018badece7e8d76b697f20"),
        Vector(
            suite: .aes128SHA32, rtp: "800f1234decafbadcafebabe6865aa119c34fee2f0623e902e7851511e439f99",
            rolledOver: "800f1234decafbadcafebabe0459853a528c0e69da4426b826ad526686a0727f",
            report: "81c8000bcafebabee7bd5205af223c4e3f55eb72285eb52a800000018badece7e8d76b697f20"),
        Vector(
            suite: .aes256SHA80, rtp: "800f1234decafbadcafebabe4d85695ba0ef672aa55d6ef6c24b66af8edda6bf4319191760d8",
            rolledOver: "800f1234decafbadcafebabe1a2557488278ef50a2a8eedca300aa9a5cc2936553d5a8045df3",
            report: "81c8000bcafebabe7dffbfe8ae50eb367a63198c6b923bf68000000129fddcbbde99c9cc0041"),
        Vector(
            suite: .aes256SHA32, rtp: "800f1234decafbadcafebabe4d85695ba0ef672aa55d6ef6c24b66af8edda6bf",
            rolledOver: "800f1234decafbadcafebabe1a2557488278ef50a2a8eedca300aa9a5cc29365",
            report: "81c8000bcafebabe7dffbfe8ae50eb367a63198c6b923bf68000000129fddcbbde99c9cc0041"),
        Vector(
            suite: .aeadAES128GCM,
            rtp: "800f1234decafbadcafebabe7620ca09b3ce07d0a374788f0baf8d6339ec7269269d57b6fe4a1292cc2b2e37",
            rolledOver: "800f1234decafbadcafebabeda34eec40d659b4b2e41a9f1d6b989f3686e25ae00774cdd7fc68824a31a6647",
            report: "81c8000bcafebabed61ef9bf3ee47321b1e6a3645958c6e1ed9e16506a9d46610cd1f6da685e5f4d80000001"),
        Vector(
            suite: .aeadAES256GCM,
            rtp: "800f1234decafbadcafebabe6f3a3eee9a63089beade13b97ea0711790848687f117b4488a6707b68b34cecb",
            rolledOver: "800f1234decafbadcafebabec5c6f9e46113cd9e36c848689653b0ee8b41d172ff11d1b2d459599f7696e0b9",
            report: "81c8000bcafebabea1003b9db0304ccf8a1b2d21ab1a85d114c04b2cd1d0c42c5adf1a2101caaffa80000001"),
    ]

    private func key(_ suite: SRTPSuite) throws -> SRTPMasterKey {
        let key = (0x10..<0x10 + UInt8(suite.keyLength))
        return try #require(SRTPMasterKey(suite, keyAndSalt: Array(key) + Array(0xA0..<0xA0 + UInt8(suite.saltLength))))
    }

    @Test(arguments: vectors) func packetsAreThoseOfTheSecondImplementation(vector: Vector) throws {
        let sender = try SRTPContext(key(vector.suite), .outbound(ssrc: 0xCAFE_BABE))
        #expect(try sender.protected(Self.plain) == octets(vector.rtp))
        #expect(try sender.protectedReport(Self.report) == octets(vector.report))
        let later = try SRTPContext(key(vector.suite), .outbound(ssrc: 0xCAFE_BABE))
        try later.setRollOver(1, of: 0xCAFE_BABE)
        #expect(try later.protected(Self.plain) == octets(vector.rolledOver))
    }

    @Test(arguments: vectors) func andAreReadBack(vector: Vector) throws {
        let receiver = try SRTPContext(key(vector.suite), .inbound)
        #expect(try receiver.unprotected(octets(vector.rtp)) == Self.plain)
        #expect(try receiver.unprotectedReport(octets(vector.report)) == Self.report)
        #expect(receiver.knownSources == 1)
    }

    /// The key and salt of RFC 3711 appendix B.3; and those of the first AEAD key in use with them.
    @Test(arguments: [
        (
            SRTPSuite.aes128SHA80, "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6",
            "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"
        ),
        (
            .aeadAES128GCM, "000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab",
            "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392"
        ),
    ])
    func keysOfTheDocuments(suite: SRTPSuite, key: String, packet: String) throws {
        let key = try #require(SRTPMasterKey(suite, keyAndSalt: octets(key)))
        #expect(try SRTPContext(key, .outbound(ssrc: 0xCAFE_BABE)).protected(Self.plain) == octets(packet))
    }

    @Test func keysOfAnotherLengthAreNone() {
        for suite in SRTPSuite.allCases {
            let length = suite.keyLength + suite.saltLength
            for count in [0, length - 1, length + 1] {
                #expect(SRTPMasterKey(suite, keyAndSalt: [UInt8](repeating: 1, count: count)) == nil)
            }
            #expect(SRTPMasterKey(suite, keyAndSalt: [UInt8](repeating: 1, count: length), identifier: Array(0...128)) == nil)
        }
    }

    @Test func aKeyIsNotShown() {
        let key = Packets.key(.aes128SHA80)
        let keys = MediaKeys(outbound: key, inbound: key)
        var dumped = ""
        dump(keys, to: &dumped)
        for text in ["\(key)", "\(keys)", String(reflecting: key), String(reflecting: keys), dumped] {
            #expect(!text.contains("29, 36") && !text.lowercased().contains("1d24"), "\(text)")
        }
    }
}
