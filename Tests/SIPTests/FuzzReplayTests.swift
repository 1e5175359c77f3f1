import Testing

/// What the fuzzers of Fuzz/ have kept and found, once more.
@Suite struct FuzzReplayTests {
    @Test func messages() throws { try replay("message", MessageFuzzing.check) }
    @Test func uris() throws { try replay("uri", URIFuzzing.check) }
    @Test func headers() throws { try replay("headers", HeaderFuzzing.check) }
    @Test func streams() throws { try replay("framing", FramingFuzzing.check) }

    private func replay(_ target: String, _ check: ([UInt8]) throws(Surprise) -> Void) throws {
        let corpus = FuzzCorpus(target)
        #expect(!corpus.files.isEmpty)
        for (name, bytes) in corpus.files {
            #expect(throws: Never.self, "Fuzz/corpus/\(target)/\(name)") { try check(bytes) }
        }
    }
}
