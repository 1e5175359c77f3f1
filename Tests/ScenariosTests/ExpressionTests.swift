import Testing

@testable import Scenarios

@Suite struct ExpressionTests {
    private let types: [String: ScenarioType] = [
        "n": .int, "x": .decimal, "t": .text, "d": .digits, "b": .bool, "w": .duration, "rec": .recording,
        "r": .record(["a": .int, "s": .text]),
    ]
    private let values: [String: ScenarioValue] = [
        "n": .int(7), "x": .decimal(1.5), "t": .text("Hello"), "d": .digits("012"), "b": .bool(true), "w": .duration(.seconds(3)),
        "rec": .recording(RecordingResult(id: "i", duration: .seconds(4), path: "/p", heardSpeech: true)),
        "r": .record(["a": .int(1), "s": .text("z")]),
    ]

    private func evaluate(_ text: String) throws -> ScenarioValue {
        let (expression, type) = try ExpressionParser.parse(text, types: types)
        let value = expression.evaluate { values[$0] }
        #expect(value.type == type, "\(text)")
        return value
    }

    @Test(arguments: [
        ("n + 1", 8), ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 2 - 3", 5), ("-n", -7), ("-2 - -3", 1), ("7 / 2", 3), ("n / (n - 7)", 0),
        ("len(t)", 5),
        ("len(d)", 3), ("int(d)", 12), ("int('x')", 0), ("int(2.9)", 2), ("r.a + 1", 2), ("9223372036854775807 + n", Int.max),
        ("-9223372036854775807 - n", Int.min), ("9223372036854775807 * -2", Int.min), ("len(rec.path)", 2),
    ])
    func integers(text: String, value: Int) throws {
        #expect(try evaluate(text) == .int(value))
    }

    @Test(arguments: [
        ("n == 7", true), ("n != 7", false), ("n < 8 and n >= 7", true), ("not b or n > 6", true), ("not n == 7", false),
        ("d == '012'", true),
        ("'12' == d", false), ("t in ['a', 'Hello']", true), ("n in [1, 2]", false), ("not n in [1]", true), ("starts_with(t, 'He')", true),
        ("ends_with(d, '12')", true), ("contains(t, 'ell')", true), ("lower(t) == 'hello'", true), ("upper(t) + '!' == \"HELLO!\"", true),
        ("w > 2s", true),
        ("w + 500ms == 3500ms", true), ("x * 2 == 3", true), ("rec.duration >= 4s", true), ("true", true), ("b == false", false),
        ("text(n) == '7'", true),
        ("1 < 2 == true", true), ("d + '3' == '0123'", true),
    ])
    func truths(text: String, value: Bool) throws {
        #expect(try evaluate(text) == .bool(value))
    }

    @Test(arguments: [
        ("", "expression"), ("n +", "expression"), ("(n", "expression"), ("n n", "expression"), ("n = 1", "expression"),
        ("'abc", "expression"), ("{n}", "expression"),
        ("nn", "undefined-variable"), ("n + 'a'", "type-mismatch"), ("n and b", "type-mismatch"), ("not n", "type-mismatch"),
        ("d == 12", "type-mismatch"),
        ("t < d", "type-mismatch"), ("b < true", "type-mismatch"), ("n / 0", "type-mismatch"), ("r.zz", "unknown-field"),
        ("n.a", "unknown-field"),
        ("foo(1)", "expression"), ("now(1)", "type-mismatch"), ("weekday() == 1", "type-mismatch"), ("len(n)", "type-mismatch"),
        ("len()", "type-mismatch"), ("t * 2", "type-mismatch"),
        ("5x", "expression"),
        ("n in ['a']", "type-mismatch"), ("99999999999999999999", "decimal"), ("a.", "undefined-variable"), ("r.", "unknown-field"),
        ("n in []", "expression"), ("é", "expression"),
    ])
    func mistakes(text: String, code: String) {
        do {
            let (_, type) = try ExpressionParser.parse(text, types: types)
            #expect(type.name == code, "\(text) is accepted")
        } catch {
            #expect(error.code == code, "\(text): \(error)")
        }
    }

    @Test func depthAndLengthAreBounded() {
        for text in [
            String(repeating: "(", count: 500), String(repeating: "-", count: 900) + "1", String(repeating: "not ", count: 200) + "b",
            String(repeating: "1+", count: 600),
        ] {
            #expect(throws: ExpressionError.self) { try ExpressionParser.parse(text, types: types) }
        }
    }

    @Test func doublingStaysBounded() throws {
        var value = ScenarioValue.text("abc")
        var length = ScenarioValue.duration(.seconds(1))
        let (text, _) = try ExpressionParser.parse("t + t", types: types)
        let (time, _) = try ExpressionParser.parse("w + w", types: types)
        for _ in 0..<500 {
            value = text.evaluate { _ in value }
            length = time.evaluate { _ in length }
        }
        #expect(value.asText.utf8.count <= Expression.textLimit)
        if case .duration(let duration) = length { #expect(duration > .seconds(1000)) }
    }

    @Test func templatesFillInNamesOnly() throws {
        let (whole, wholeType) = try TextTemplate.parse("{n}", types: types)
        #expect(wholeType == .int)
        #expect(whole == .variable("n"))
        let (mixed, type) = try TextTemplate.parse("a {n} of {r.s}, {rec}", types: types)
        #expect(type == .text)
        #expect(mixed.evaluate { values[$0] } == .text("a 7 of z, /p"))
        for wrong in ["{n + 1}", "{", "}", "{}", "{zz}", "a {r.q}"] {
            #expect(throws: ExpressionError.self, "\(wrong)") { try TextTemplate.parse(wrong, types: types) }
        }
    }

    @Test func evaluationIsTotalWhateverTheVariablesHold() throws {
        let (expression, _) = try ExpressionParser.parse("len(t) + int(d) > n and contains(t, text(w)) or rec.duration < w", types: types)
        for value in values.values { _ = expression.evaluate { _ in value } }
        _ = expression.evaluate { _ in nil }
    }
}
