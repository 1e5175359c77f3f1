import Testing
import WebAddresses

@testable import Fetching

@Suite struct KeptResponseTests {
    private func kept(_ headers: [(String, String)] = [], body: String = "sound") throws -> (KeptResponse, WebAddress) {
        let address = try WebAddress("https://media.example/a?b")
        let response = WebResponse(status: 200, headers: headers.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8))
        return (KeptResponse(response, from: address, at: 1_000), address)
    }

    @Test func itIsReadAsItWasWritten() throws {
        let (kept, address) = try kept([
            ("ETag", "\"1\""), ("cache-control", "max-age=9"), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ])
        let bytes = try #require(kept.bytes)
        let read = try #require(KeptResponse(bytes, of: address))
        #expect(read == kept && read.body == Array("sound".utf8))
        #expect(read.isFresh(at: 1_008) && !read.isFresh(at: 1_009))
        #expect(!read.isFresh(at: 999), "the clock was set back")
    }

    @Test func anyDamageIsFound() throws {
        let (kept, address) = try kept([("ETag", "\"1\"")])
        let bytes = try #require(kept.bytes)
        for length in bytes.indices { #expect(KeptResponse(Array(bytes[..<length]), of: address) == nil, "\(length) bytes") }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x01
            // A damaged validator or time asks the server once more, no worse; the body is never another one.
            if let read = KeptResponse(damaged, of: address) { #expect(read.body == kept.body, "byte \(index)") }
        }
        #expect(KeptResponse(bytes + [0], of: address) == nil)
        #expect(KeptResponse(bytes, of: try WebAddress("https://media.example/a?c")) == nil, "of another address")
        #expect(KeptResponse([UInt8](repeating: 0x20, count: 100_000), of: address) == nil)
    }

    @Test(arguments: [
        ([("ETag", "W/\"a\""), ("Last-Modified", "x")], "If-None-Match: W/\"a\""), ([("Last-Modified", "x")], "If-Modified-Since: x"),
        ([], ""),
        // Nothing that would end a header line, or fill the record.
        ([("ETag", "a\r\nX: y")], ""), ([("ETag", String(repeating: "a", count: 1_025))], ""), ([("ETag", "\u{E4}")], ""),
    ])
    func howItIsAskedForAgain(headers: [(String, String)], condition: String) throws {
        #expect(try kept(headers).0.conditions.map { "\($0.name): \($0.value)" }.joined() == condition)
    }

    @Test func anEmptyBodyIsKept() throws {
        let (kept, address) = try kept(body: "")
        let bytes = try #require(kept.bytes)
        #expect(KeptResponse(bytes, of: address) == kept)
    }
}
