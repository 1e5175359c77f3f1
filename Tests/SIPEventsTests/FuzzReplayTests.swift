import Testing

/// What the fuzzer of Fuzz/ has kept and found, once more.
@Suite struct FuzzReplayTests {
    @Test func notifier() {
        let corpus = FuzzCorpus("notifier")
        #expect(!corpus.files.isEmpty)
        for (name, bytes) in corpus.files {
            #expect(throws: Never.self, "Fuzz/corpus/notifier/\(name)") { try NotifierFuzzing.check(bytes) }
        }
    }
}
