import Testing

@testable import Scenarios

@Suite struct CommaSeparatedTests {
    private func fields(_ text: String) throws -> [[String]] { try CommaSeparated.read(text, limit: 100).map(\.fields) }

    @Test func fieldsAndQuotes() throws {
        #expect(try fields("a,b\r\n1,2\r\n") == [["a", "b"], ["1", "2"]])
        #expect(try fields("a,b\n1,2") == [["a", "b"], ["1", "2"]])
        #expect(try fields("\"a,\"\"b\"\"\r\nc\",\"\"\n,\n") == [["a,\"b\"\r\nc", ""], ["", ""]])
        #expect(try fields("\u{FEFF}a\n\n\"\"\nb\n") == [["a"], [""], ["b"]])
        #expect(try fields("") == [])
    }

    @Test func rowsKnowTheirLine() throws {
        #expect(try CommaSeparated.read("a\n\"b\nc\"\n\nd\n", limit: 100).map(\.line) == [1, 2, 5])
    }

    @Test func theNumberOfRowsIsBounded() throws {
        #expect(try CommaSeparated.read(String(repeating: "a\n", count: 1000), limit: 10).count == 11)
    }

    @Test(arguments: [("a\n\"b", 2), ("a\nb\"c\"", 2), ("\"a\"b", 1), ("a\n\"b\nc", 2)])
    func mistakes(text: String, line: Int) {
        let mistake = #expect(throws: CommaSeparated.Mistake.self) { try CommaSeparated.read(text, limit: 100) }
        #expect(mistake?.line == line)
    }

    /// Reading what was written by the rules gives back what was meant.
    @Test func writtenAndReadIsTheSame() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = RandomCallTests.Random(state: seed)
        let signs = Array("ab,\"\n é;")
        for _ in 0..<300 {
            let width = Int.random(in: 2...4, using: &random)
            let rows = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                (0..<width).map { _ in
                    String((0..<Int.random(in: 0...6, using: &random)).map { _ in signs.randomElement(using: &random) ?? "a" })
                }
            }
            let text = rows.map { row in
                row.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
            }.joined(separator: "\r\n")
            #expect(try fields(text) == rows, "seed \(seed)")
        }
    }
}
