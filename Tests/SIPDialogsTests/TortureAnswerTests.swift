import FoundationEssentials
import SIP
import SIPDialogs
import Testing

/// What a user agent answers to the messages of RFC 4475 that Tests/SIPTests/Vectors holds.
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
                return Vector(name: columns[0], answer: columns[3], bytes: read(columns[0] + ".sip"))
            }
        }()
    }

    /// The Via of badinv01 cannot be read, so nobody knows whom to answer.
    private static let unmet: Set<String> = ["badinv01"]

    @Test(arguments: Vector.all)
    func firstAnswer(_ vector: Vector) {
        let bench = Bench()
        bench.receive(vector.bytes)
        let bytes = bench.sent.first?.message.bytes ?? bench.unreadable.first
        let answer = bytes.map { String(decoding: $0.dropFirst(8).prefix(3), as: UTF8.self) } ?? "none"
        withKnownIssue(isIntermittent: false) {
            #expect(answer == vector.answer)
        } when: {
            Self.unmet.contains(vector.name)
        }
        bench.pass(.seconds(100))
        #expect(bench.agent.tableCounts.transactions <= 1)
    }
}
