import Testing
import WebAddresses

@Suite struct ListedOriginsTests {
    private let listed = ListedOrigins(
        ["media.example", "Other.Example:8443", "http://10.0.0.5:8080", "http://[::1]"].compactMap { WebOrigin(written: $0) })

    @Test(arguments: [
        ("https://media.example/a", true), ("https://media.example:443/a", true), ("https://MEDIA.example", true),
        ("http://media.example/a", false), ("https://media.example:8443/a", false), ("https://sub.media.example/a", false),
        ("https://media.example.evil.example/a", false), ("https://other.example:8443/a", true), ("https://other.example/a", false),
        ("http://10.0.0.5:8080/a", true), ("http://10.0.0.5/a", false), ("https://10.0.0.5:8080/a", false), ("http://[::1]/a", true),
        // Other spellings of 10.0.0.5, which some resolvers take.
        ("http://167772165:8080/a", false), ("http://0x0a000005:8080/a", false), ("http://10.5:8080/a", false),
        ("http://127.0.0.1/a", false), ("http://localhost/a", false), ("http://169.254.169.254/latest", false),
    ])
    func whoIsListed(text: String, isListed: Bool) throws {
        #expect(listed.contains(try WebAddress(text).origin) == isListed)
        #expect(listed.canBegin(text) == isListed || !text.dropFirst(8).contains("/"))
        #expect(!ListedOrigins().contains(try WebAddress(text).origin) && !ListedOrigins().canBegin(text))
    }

    @Test(arguments: [
        ("", true), ("https://", true), ("https://med", true), ("https://media.example", true), ("https://media.example:4", true),
        ("https://media.example/", true), ("https://media.example/x/", true), ("http://10.", true), ("HTTPS://MEDIA", true),
        ("https://media.example?", true), ("ftp://", false), ("https://evil", false), ("https://media.example.", false),
        ("http://media", false), ("https://x@media.example", false), ("https://evil.example/media.example", false), ("/", false),
        ("https://media.example@evil.example/", false),
    ])
    func whatMayFollow(beginning: String, canLead: Bool) {
        #expect(listed.canBegin(beginning) == canLead)
    }

    @Test(arguments: [
        "", "http://", "media.example/a", "*.example", "user@media.example", "ftp://media.example", "https://media.example/", "a b",
    ])
    func whatIsNoHost(text: String) {
        #expect(WebOrigin(written: text) == nil)
    }
}
