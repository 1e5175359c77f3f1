import Testing

/// What the fuzzer of Fuzz/ has kept and found, once more.
@Suite struct FuzzReplayTests {
    @Test func events() {
        let corpus = FuzzCorpus("events")
        #expect(!corpus.files.isEmpty)
        for (name, bytes) in corpus.files {
            withKnownIssue(isIntermittent: true) {
                #expect(throws: Never.self, "Fuzz/corpus/events/\(name)") { try UserAgentFuzzing.check(bytes) }
            } when: {
                // A fault that is not mended yet.
                name.hasPrefix("open-")
            }
        }
    }
}
