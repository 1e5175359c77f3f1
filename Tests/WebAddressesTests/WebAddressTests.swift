import Testing
import WebAddresses

@Suite struct WebAddressTests {
    @Test(arguments: [
        ("https://media.example/a.wav", "https://media.example/a.wav"),
        ("HTTPS://Media.Example/A.wav", "https://media.example/A.wav"),
        ("http://media.example", "http://media.example/"),
        ("http://media.example?a=/../b", "http://media.example/?a=/../b"),
        ("https://media.example:443/a", "https://media.example/a"),
        ("http://media.example:443/a", "http://media.example:443/a"),
        ("https://media.example:08443/a#part", "https://media.example:8443/a"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("https://media.example/a%20b/~c/(d);e=1,2", "https://media.example/a%20b/~c/(d);e=1,2"),
        ("https://media.example/@/a:b", "https://media.example/@/a:b"),
    ])
    func theFormIsOne(text: String, form: String) throws {
        let address = try WebAddress(text)
        #expect(address.description == form)
        #expect(try WebAddress(form) == address)
    }

    /// What two programs could read as two hosts, and what is no address at all.
    @Test(arguments: [
        "", "media.example/a", "//media.example/a", "ftp://media.example/a", "file:///etc/passwd", "https:media.example", "https:///a",
        "https://", "https://?a", "https://user@media.example/", "https://user:secret@media.example/",
        "https://media.example:80@evil.example/",
        "https://media.example\\@evil.example/", "https://media.example\u{2044}a", "https://m\u{E4}rz.example/", "https://media%2eexample/",
        "https://media.example:/a", "https://media.example:0/a", "https://media.example:65536/a", "https://media.example:+80/a",
        "https://media.example:8\u{0660}/", "https://.example/", "https://media..example/", "https://media.example./", "https://[::1/",
        "https://[fe80::1%25eth0]/", "https://[127.0.0.1]/", "https://[::1]a/", "https://media.example/a b",
        "https://media.example/\r\nX: y",
        "https://media.example/a%2", "https://media.example/%zz", "https://media.example/../a", "https://media.example/a/%2E./b",
        "https://media.example/a/.", "https://media.example/[a]", "https://media.example/<a>", "https://media.example/{a}",
        "https://" + String(repeating: "a", count: 64) + ".example/", "https://media.example/" + String(repeating: "a", count: 2_048),
    ])
    func whatIsRefused(text: String) {
        #expect(throws: WebAddress.Mistake.self, "\(text)") { try WebAddress(text) }
    }

    /// RFC 3986 §5.4, as far as it is about http.
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"), ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q"), ("g#s", "http://a/b/c/g"),
        ("g?y#s", "http://a/b/c/g?y"), (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"), ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"),
        ("../..", "http://a/"), ("../../", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"),
        ("../../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."), ("..g", "http://a/b/c/..g"), ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"), ("g?y/../x", "http://a/b/c/g?y/../x"), ("HTTPS://B:444/x/../y?z", "https://b:444/y?z"),
    ])
    func whereARedirectLeads(reference: String, target: String) throws {
        #expect(try WebAddress("http://a/b/c/d;p?q").following(reference).description == target)
    }

    @Test(arguments: ["ftp://a/b", "mailto:a@b", "http://u@a/", "//", "http:///x", "a b", "http:g"])
    func redirectsToNowhere(reference: String) {
        #expect(throws: WebAddress.Mistake.self) { try WebAddress("http://a/b/c/d;p?q").following(reference) }
    }

    @Test func aValueIsOnePartOfAPath() {
        #expect(WebAddress.escaped("a-b_c.d~0") == "a-b_c.d~0")
        #expect(WebAddress.escaped("../a?b#c d%") == "..%2Fa%3Fb%23c%20d%25")
        #expect(WebAddress.escaped("\u{E4}\u{0}") == "%C3%A4%00")
    }

    @Test func nobodyReadsTheQueryInALog() throws {
        #expect(try WebAddress("https://media.example/a?token=secret").loggable == "https://media.example/a?…")
        #expect(try WebAddress("https://media.example/a").loggable == "https://media.example/a")
    }

    /// Whatever bytes come: a refusal, or a form that stays as it is and leads to one host.
    @Test func anyTextIsReadOrRefused() throws {
        let seed = UInt64.random(in: 0...(.max))
        var generator = SeededGenerator(seed)
        let pieces = [
            "http://", "https://", "a", "media.example", ":", "80", "@", "/", "\\", "..", ".", "%2e", "%", "?", "#", "[", "::1", "]", " ",
            "\u{301}",
        ]
        var read = 0
        for _ in 0..<20_000 {
            let start = Bool.random(using: &generator) ? "https://media.example" : ""
            let text =
                start + (0..<Int.random(in: 1...8, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            guard let address = try? WebAddress(text) else { continue }
            read += 1
            #expect(try WebAddress(address.description) == address, "seed \(seed): \(text)")
            #expect(address.origin.host.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789.:[]".contains($0) }, "seed \(seed): \(text)")
        }
        #expect(read > 100, "seed \(seed)")
    }
}

private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
