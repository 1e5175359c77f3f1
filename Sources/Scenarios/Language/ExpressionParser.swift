import Findings

/// Reads an expression and finds its type in one go, by precedence climbing.
struct ExpressionParser {
    typealias Typed = (expression: Expression, type: ScenarioType, offset: Int)

    private let tokens: [ExpressionToken]
    private let types: [String: ScenarioType]
    private var position = 0
    private var depth = 0

    static func parse(_ text: String, types: [String: ScenarioType]) throws(ExpressionError) -> (Expression, ScenarioType) {
        var parser = ExpressionParser(tokens: try ExpressionToken.read(text), types: types)
        let result = try parser.binary(above: 0)
        guard parser.current.kind == .end else {
            throw ExpressionError(offset: parser.current.offset, message: "the expression should end here")
        }
        return (result.expression, result.type)
    }

    private init(tokens: [ExpressionToken], types: [String: ScenarioType]) {
        self.tokens = tokens
        self.types = types
    }

    /// The last token is always `.end`, and the position never goes beyond it.
    private var current: ExpressionToken { tokens[position] }

    private mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    private mutating func accept(_ sign: String) -> Bool {
        guard current.kind == .sign(sign) else { return false }
        advance()
        return true
    }

    private mutating func expect(_ sign: String) throws(ExpressionError) {
        guard accept(sign) else { throw ExpressionError(offset: current.offset, message: "`\(sign)` is missing here") }
    }

    private var currentOperator: Expression.Operator? {
        switch current.kind {
        case .name(let name) where name == "and" || name == "or": Expression.Operator(rawValue: name)
        case .sign(let sign): Expression.Operator(rawValue: sign)
        default: nil
        }
    }

    private mutating func binary(above minimum: Int) throws(ExpressionError) -> Typed {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 40 else { throw ExpressionError(offset: current.offset, message: "the expression is nested too deeply") }
        var left = try unary()
        while true {
            if current.kind == .name("in"), minimum < 4 {
                left = try membership(of: left)
                continue
            }
            guard let op = currentOperator, op.precedence > minimum else { return left }
            let offset = current.offset
            advance()
            let right = try binary(above: op.precedence)
            left = try Self.typed(op, left, right, at: offset)
        }
    }

    private mutating func membership(of value: Typed) throws(ExpressionError) -> Typed {
        let offset = current.offset
        advance()
        try expect("[")
        var list: [Expression] = []
        repeat {
            let item = try binary(above: 0)
            list.append(try Self.typed(.equal, value, item, at: item.offset).expression.right)
        } while accept(",")
        try expect("]")
        return (.member(value.expression, list), .bool, offset)
    }

    private mutating func unary() throws(ExpressionError) -> Typed {
        let offset = current.offset
        if current.kind == .name("not") {
            advance()
            // `not` binds looser than a comparison: `not a == b` is `not (a == b)`.
            let inner = try binary(above: 3)
            guard inner.type == .bool else { throw Self.mismatch(offset, "`not` needs a bool, not \(inner.type.name)") }
            return (.inverted(inner.expression), .bool, offset)
        }
        if accept("-") {
            let inner = try binary(above: 6)
            guard [.int, .decimal, .duration].contains(inner.type) else {
                throw Self.mismatch(offset, "`-` needs a number, not \(inner.type.name)")
            }
            if case .literal(.int(let value)) = inner.expression { return (.literal(.int(-value)), .int, offset) }
            return (.negated(inner.expression), inner.type, offset)
        }
        return try primary()
    }

    private mutating func primary() throws(ExpressionError) -> Typed {
        let token = current
        advance()
        switch token.kind {
        case .int(let value): return (.literal(.int(value)), .int, token.offset)
        case .decimal(let value): return (.literal(.decimal(value)), .decimal, token.offset)
        case .duration(let value): return (.literal(.duration(value)), .duration, token.offset)
        case .text(let value): return (.literal(.text(value)), .text, token.offset)
        case .name("true"): return (.literal(.bool(true)), .bool, token.offset)
        case .name("false"): return (.literal(.bool(false)), .bool, token.offset)
        case .name(let name):
            if accept("(") { return try call(name, at: token.offset) }
            return try variable(name, at: token.offset)
        case .sign("("):
            let inner = try binary(above: 0)
            try expect(")")
            return inner
        case .sign(let sign): throw ExpressionError(offset: token.offset, message: "`\(sign)` cannot stand here")
        case .end: throw ExpressionError(offset: token.offset, message: "the expression is not complete")
        }
    }

    private mutating func variable(_ name: String, at offset: Int) throws(ExpressionError) -> Typed {
        guard var type = types[name] else {
            let nearest = NearestName.of(name, among: types.keys)
            throw ExpressionError(
                offset: offset, code: "undefined-variable", message: "there is no variable `\(name)`",
                mend: nearest.map { "did you mean \($0)?" } ?? "declare it under vars, or put quotes around text: '\(name)'")
        }
        var expression = Expression.variable(name)
        while accept(".") {
            guard case .name(let field) = current.kind, let inner = type.fields[field] else {
                let known = type.fields.keys.sorted().joined(separator: ", ")
                throw ExpressionError(
                    offset: current.offset, code: "unknown-field", message: "`\(name)`, a \(type.name), has no such field",
                    mend: known.isEmpty ? nil : "its fields are: \(known)")
            }
            advance()
            expression = .field(expression, field)
            type = inner
        }
        return (expression, type, offset)
    }

    private mutating func call(_ name: String, at offset: Int) throws(ExpressionError) -> Typed {
        var arguments: [Typed] = []
        if !accept(")") {
            repeat { arguments.append(try binary(above: 0)) } while accept(",")
            try expect(")")
        }
        guard let function = Expression.Function(rawValue: name) else {
            let nearest = NearestName.of(name, among: Expression.Function.allCases.map(\.rawValue))
            throw ExpressionError(offset: offset, message: "there is no function `\(name)`", mend: nearest.map { "did you mean \($0)?" })
        }
        return (.function(function, arguments.map(\.expression)), try Self.check(function, arguments, at: offset), offset)
    }
}

extension Expression {
    /// The right side of a comparison that `typed` made.
    fileprivate var right: Expression {
        guard case .binary(_, _, let right) = self else { return self }
        return right
    }
}
