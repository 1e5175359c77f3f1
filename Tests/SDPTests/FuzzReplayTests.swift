import Testing

/// What the fuzzer of Fuzz/ has kept and found, once more.
@Suite struct FuzzReplayTests {
    @Test func descriptions() {
        let corpus = FuzzCorpus("sdp")
        #expect(!corpus.files.isEmpty)
        for (name, bytes) in corpus.files {
            #expect(throws: Never.self, "Fuzz/corpus/sdp/\(name)") { try SDPFuzzing.check(bytes) }
        }
    }
}
