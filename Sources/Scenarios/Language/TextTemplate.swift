import Findings

/// Text with `{name}` and `{record.field}` in it, as an expression of type text. A whole value `{name}` keeps the
/// variable's type.
enum TextTemplate {
    static func parse(_ text: String, types: [String: ScenarioType]) throws(ExpressionError) -> (Expression, ScenarioType) {
        var parts: [Expression] = []
        var literal = ""
        var whole: (Expression, ScenarioType)?
        let characters = Array(text)
        var index = 0
        while index < characters.count {
            let character = characters[index]
            if character == "}" {
                throw ExpressionError(offset: index, message: "`}` stands without its `{`")
            }
            guard character == "{" else {
                literal.append(character)
                index += 1
                continue
            }
            guard let end = characters[index...].firstIndex(of: "}") else {
                throw ExpressionError(offset: index, message: "`{` has no closing `}`")
            }
            let name = String(characters[(index + 1)..<end])
            // Only names: text is filled in, never computed.
            guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }) else {
                throw ExpressionError(
                    offset: index, message: "only {name} or {record.field} may stand in text, not `{\(name)}`",
                    mend: "compute it with set first")
            }
            let inner: (Expression, ScenarioType)
            do { inner = try ExpressionParser.parse(name, types: types) } catch {
                throw ExpressionError(offset: error.offset + index + 1, code: error.code, message: error.message, mend: error.mend)
            }
            if !literal.isEmpty { parts.append(.literal(.text(literal))) }
            literal = ""
            parts.append(inner.0)
            whole = inner
            index = end + 1
        }
        if !literal.isEmpty { parts.append(.literal(.text(literal))) }
        if parts.isEmpty { return (.literal(.text("")), .text) }
        if parts.count == 1 {
            if let whole { return whole }
            return (parts[0], .text)
        }
        return (.joined(parts), .text)
    }
}
