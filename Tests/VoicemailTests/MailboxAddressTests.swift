import Testing

@testable import Voicemail

@Suite struct MailboxAddressTests {
    @Test(arguments: [
        "1001@example.com", "alice.b-c_d+e@pbx", "*97@127.0.0.1", "#1@a-b.example", "A@x", "1001@[::1]", "1001@[2001:db8::7]",
    ])
    func anAddressIsReadAndWrittenAlike(text: String) throws {
        let address = try #require(MailboxAddress(text))
        #expect(address.description == text && MailboxAddress(address.description) == address)
    }

    @Test func theDomainKnowsNoCaseAndTheNameDoes() throws {
        #expect(MailboxAddress("Alice@EXAMPLE.Com") == MailboxAddress("Alice@example.com"))
        #expect(MailboxAddress("Alice@example.com") != MailboxAddress("alice@example.com"))
    }

    @Test(arguments: [
        "", "@", "1001", "1001@", "@example.com", "../x@example.com", "..@example.com", ".@example.com", ".hidden@example.com",
        "a/b@example.com", "a\\b@example.com", "a@..", "a@.", "a@../..", "a@x/y", "a@.x", "a@x.", "a@x..y", "a@b@c", "a b@x", "a@x y",
        "a\u{0}@x", "a@x\u{0}", "a\n@x", "ä@x", "a@ä.example", "a%2Fb@x", "a:b@x", "a;b@x", "١٠٠١@x", "a@[]", "a@[1]", "a@[../:]", "a@[::1",
        "a@::1", "a@index.sqlite", "a@index.sqlite-wal", "a@INDEX.sqlite.damaged-1", "~@x", "a'b@x", "a\"@x", "a$@x",
    ])
    func whatIsHostileIsNoAddress(text: String) {
        #expect(MailboxAddress(text) == nil)
    }

    @Test func lengthsAreBounded() {
        #expect(MailboxAddress(String(repeating: "a", count: 64) + "@x") != nil)
        #expect(MailboxAddress(String(repeating: "a", count: 65) + "@x") == nil)
        #expect(MailboxAddress("a@" + String(repeating: "b", count: 63)) != nil)
        #expect(MailboxAddress("a@" + String(repeating: "b", count: 64)) == nil)
        #expect(MailboxAddress("a@" + String(repeating: "b.", count: 126) + "b") != nil)
        #expect(MailboxAddress("a@" + String(repeating: "b.", count: 127) + "b") == nil)
    }

    /// Whatever comes in: no address leads out of the store's folder, or to a name that it does not bear.
    @Test func noAddressLeavesTheFolder() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("noAddressLeavesTheFolder seed \(seed)")
        var random = SeededRandom(seed: seed)
        let alphabet = Array("aab11./\\@@@*#+-_[]:%\u{0}ä~ ".unicodeScalars)
        var read = 0
        for _ in 0..<100_000 {
            let length = Int.random(in: 1...10, using: &random)
            var text = String.UnicodeScalarView()
            for _ in 0..<length { text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)]) }
            guard let address = MailboxAddress(String(text)) else { continue }
            read += 1
            let path = MailFolder(root: "/r").box(address)
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            #expect(parts.count == 4 && !parts.contains("..") && !parts.contains(".") && !parts[1...].contains(""), "\(path)")
            #expect(path.utf8.allSatisfy { $0 > 32 && $0 < 127 })
        }
        #expect(read > 100)
    }
}

@Suite struct MessageIDTests {
    @Test func anIDTellsWhenItsMessageCame() throws {
        let id = MessageID(receivedAt: StoreFixture.noon, random: 0xAB)
        #expect(id.text == "1800000000-00000000000000ab" && id.receivedAt == StoreFixture.noon)
        #expect(MessageID(id.text) == id)
        #expect(MessageID(receivedAt: StoreFixture.noon) != MessageID(receivedAt: StoreFixture.noon))
    }

    @Test(arguments: [
        "", "-", "1-2", "1800000000-00000000000000AB", "1800000000-00000000000000a", "1800000000-00000000000000abc", "-1-00000000000000ab",
        "99999999999999999999-00000000000000ab", "9999999999999999999-00000000000000ab", "../1-00000000000000ab", "1 -00000000000000ab",
        "1800000000-00000000000000ab-1", "+1-00000000000000ab",
    ])
    func whatIsNoIDIsRefused(text: String) {
        #expect(MessageID(text) == nil)
    }
}
