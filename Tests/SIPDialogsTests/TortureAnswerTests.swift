import FoundationEssentials
import SIP
import SIPDialogs
import Testing

/// What a user agent answers to the messages of RFC 4475 and RFC 5118 that Tests/SIPTests/Vectors holds.
@Suite struct TortureAnswerTests {
    struct Vector: Sendable, CustomStringConvertible {
        let name: String
        let answer: String
        let bytes: [UInt8]
        var description: String { name }

        static let all: [Vector] = {
            let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/SIPTests/Vectors/"
            func read(_ name: String) -> [UInt8] { FileManager.default.contents(atPath: folder + name).map(Array.init) ?? [] }
            return String(decoding: read("manifest.txt"), as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
                let columns = line.split(separator: "|").map { $0.filter { $0 != " " } }
                return Vector(name: columns[0], answer: columns[4], bytes: read(columns[0] + ".sip"))
            }
        }()
    }

    @Test(arguments: Vector.all)
    func firstAnswer(_ vector: Vector) {
        let bench = Bench()
        bench.receive(vector.bytes)
        bench.pass(.milliseconds(200))
        let bytes = bench.sent.first?.message.bytes ?? bench.unreadable.first
        let answer = bytes.map { String(decoding: $0.dropFirst(8).prefix(3), as: UTF8.self) } ?? "none"
        #expect(answer == vector.answer)
        bench.pass(.seconds(100))
        #expect(bench.agent.tableCounts.transactions <= 1)
    }

    /// A Via that cannot be read says nothing of where to go: the answer goes back by the way the request came, with what stood there.
    @Test func anUnreadableViaIsGivenBack() throws {
        let bench = Bench()
        bench.receive(Caller(via: "SIP/2.0/UDP ;;,;,,").request("INVITE", body: "offer"))
        bench.receive(Caller(via: "SIP/2.0/UDP ;;,;,,").request("ACK"))
        #expect(bench.sent.first?.flow == Bench.peer)
        let bytes = try #require(bench.sent.first?.message.bytes)
        #expect(String(decoding: bytes, as: UTF8.self).contains("\r\nVia: SIP/2.0/UDP ;;,;,,;branch=z9hG4bKc1INVITE1\r\n"))
        #expect(bench.takeSent() == "400" && bench.agent.tableCounts.isEmpty)
    }
}
