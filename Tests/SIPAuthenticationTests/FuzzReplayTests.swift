import Testing

/// What the fuzzer of Fuzz/ has kept and found, once more.
@Suite struct FuzzReplayTests {
    @Test func digest() {
        let corpus = FuzzCorpus("digest")
        #expect(!corpus.files.isEmpty)
        for (name, bytes) in corpus.files {
            #expect(throws: Never.self, "Fuzz/corpus/digest/\(name)") { try DigestFuzzing.check(bytes) }
        }
    }
}
