import SIP
import Testing

@testable import CallControl

@Suite struct MultipartBodyTests {
    private static let token =
        "Content-Type: multipart/signed;boundary=inner\r\nContent-ID: <20398823.2UWQFN309shb3@referrer.example>\r\n\r\n--inner\r\nabc\r\n--inner--"

    private func body(_ text: String, type: String = "multipart/mixed;boundary=one") -> Body {
        Body(contentType: type, bytes: Array(text.utf8))
    }

    private func part(_ body: Body, _ name: String = "20398823.2UWQFN309shb3@referrer.example") -> String? {
        MultipartBody.part(name, of: body).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func aPartIsFoundByItsNameAndKeptByteByByte() {
        let text = "preamble\r\n--one\r\nContent-Type: text/plain\r\n\r\nhello\r\n--one \t\r\n\(Self.token)\r\n--one--\r\nepilogue"
        #expect(part(body(text)) == Self.token)
        #expect(part(body(text), "somebody@else") == nil)
        #expect(part(body(text, type: "Multipart/Mixed; charset=utf-8; Boundary = \"one\"")) == Self.token)
        #expect(part(body(text, type: "application/sdp")) == nil)
    }

    @Test(arguments: [
        "", "--one", "--one\r\n", "--one--", "--one\r\n--one--", "--onetwo\r\nContent-ID: <a>\r\n\r\n--onetwo--", "\n\n\n--one\n",
    ])
    func whatIsBrokenHasNoPart(text: String) {
        #expect(MultipartBody.part("a", of: body(text)) == nil)
    }

    @Test(arguments: ["multipart/mixed", "multipart/mixed;boundary=", "multipart/mixed;boundary=\"\"", "multipart/mixed;xboundary=one"])
    func aTypeWithoutABoundaryHasNone(type: String) {
        #expect(MultipartBody.boundary(of: type) == nil)
    }

    /// The line break before a delimiter belongs to it; all others to the part.
    @Test func whatIsJoinedIsFoundAgain() {
        let sdp = Body(contentType: "application/sdp", bytes: Array("v=0\r\n".utf8))
        for token in [Self.token, Self.token + "\r\n", "Content-ID: <20398823.2UWQFN309shb3@referrer.example>\r\n\r\n"] {
            let joined = MultipartBody.joined(sdp, Array(token.utf8), boundary: "x1")
            #expect(joined.contentType == "multipart/mixed;boundary=x1")
            #expect(part(joined) == token)
            #expect(
                String(decoding: joined.bytes, as: UTF8.self).hasPrefix("--x1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--x1\r\n"))
        }
    }

    @Test func nothingFromTheNetworkTraps() {
        var random = SeededGenerator(seed: 3892)
        print("seed 3892")
        let pieces = ["--one", "--", "\r\n", "\n", "\r", "Content-ID: <a>", "a", " ", "--one--", ":"]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            _ = MultipartBody.part("a", of: body(text))
        }
    }
}
