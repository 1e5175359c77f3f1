import Findings

/// The typing rules of operators and functions.
extension ExpressionParser {
    static func mismatch(_ offset: Int, _ message: String, mend: String? = nil) -> ExpressionError {
        ExpressionError(offset: offset, code: "type-mismatch", message: message, mend: mend)
    }

    /// A written literal takes the type of the other side where nothing is lost: text of keys becomes digits,
    /// a whole number becomes a decimal. Variables are never converted.
    private static func adapted(_ typed: Typed, to type: ScenarioType) -> Typed {
        switch (typed.expression, type) {
        case (.literal(.text(let text)), .digits):
            TelephoneKeys.read(text).map { (.literal(.digits($0)), .digits, typed.offset) } ?? typed
        case (.literal(.text(let text)), .time): CivilTime(written: text).map { (.literal(.time($0)), .time, typed.offset) } ?? typed
        case (.literal(.text(let text)), .date): CivilDate(written: text).map { (.literal(.date($0)), .date, typed.offset) } ?? typed
        case (.literal(.int(let number)), .decimal): (.literal(.decimal(Double(number))), .decimal, typed.offset)
        default: typed
        }
    }

    static func typed(_ op: Expression.Operator, _ first: Typed, _ second: Typed, at offset: Int) throws(ExpressionError) -> Typed {
        let left = adapted(first, to: second.type)
        let right = adapted(second, to: first.type)
        let type: ScenarioType
        switch op {
        case .and, .or:
            guard left.type == .bool, right.type == .bool else {
                throw mismatch(offset, "`\(op.rawValue)` needs a bool on both sides, not \(left.type.name) and \(right.type.name)")
            }
            type = .bool
        case .equal, .notEqual:
            guard left.type == right.type else { throw different(op, left, right, at: offset) }
            type = .bool
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard left.type == right.type else { throw different(op, left, right, at: offset) }
            guard [.int, .decimal, .duration, .text, .time, .date].contains(left.type) else {
                throw mismatch(offset, "\(left.type.name) has no order, so `\(op.rawValue)` cannot compare it")
            }
            type = .bool
        case .plus:
            guard left.type == right.type, [.int, .decimal, .duration, .text, .digits].contains(left.type) else {
                throw different(op, left, right, at: offset)
            }
            type = left.type
        case .minus, .times, .divided:
            let allowed: [ScenarioType] = op == .minus ? [.int, .decimal, .duration] : [.int, .decimal]
            guard left.type == right.type, allowed.contains(left.type) else { throw different(op, left, right, at: offset) }
            type = left.type
            if op == .divided, right.expression == .literal(.int(0)) || right.expression == .literal(.decimal(0)) {
                throw mismatch(offset, "this divides by zero")
            }
        }
        return (.binary(op, left.expression, right.expression), type, left.offset)
    }

    private static func different(_ op: Expression.Operator, _ left: Typed, _ right: Typed, at offset: Int) -> ExpressionError {
        var mend: String?
        if left.type == .digits || right.type == .digits {
            mend = "digits are not a number: write them in quotes, or convert with int(x) or text(x)"
        } else if left.type == .text || right.type == .text {
            mend = "convert with text(x) or int(x)"
        }
        return mismatch(offset, "`\(op.rawValue)` cannot take \(left.type.name) and \(right.type.name)", mend: mend)
    }

    static func check(_ function: Expression.Function, _ arguments: [Typed], at offset: Int) throws(ExpressionError) -> ScenarioType {
        let texts: [ScenarioType] = [.text, .digits]
        let allowed: [[ScenarioType]]
        let result: ScenarioType
        switch function {
        case .len: (allowed, result) = ([texts], .int)
        case .int: (allowed, result) = ([[.text, .digits, .int, .decimal]], .int)
        case .text: (allowed, result) = ([[.text, .digits, .int, .decimal, .bool, .duration, .time, .date]], .text)
        case .lower, .upper: (allowed, result) = ([[.text]], .text)
        case .now: (allowed, result) = ([], .time)
        case .today: (allowed, result) = ([], .date)
        case .weekday: (allowed, result) = ([], .text)
        case .header: (allowed, result) = ([[.text]], .text)
        case .startsWith, .endsWith, .contains: (allowed, result) = ([texts, texts], .bool)
        }
        guard arguments.count == allowed.count else {
            throw mismatch(
                offset, "`\(function.rawValue)` takes \(allowed.count) value\(allowed.count == 1 ? "" : "s"), not \(arguments.count)")
        }
        for (argument, types) in zip(arguments, allowed) where !types.contains(argument.type) {
            throw mismatch(argument.offset, "`\(function.rawValue)` cannot take a \(argument.type.name)")
        }
        if function == .header, let name = arguments.first { try checkHeader(name) }
        return result
    }

    /// The name is written out, so that the server knows before the call which headers are wanted.
    private static func checkHeader(_ name: Typed) throws(ExpressionError) {
        guard case .literal(.text(let text)) = name.expression else {
            throw mismatch(name.offset, "`header` takes a name in quotes", mend: "header('X-Name')")
        }
        if let refusal = HeaderName.refusal(reading: text) {
            throw ExpressionError(offset: name.offset, code: "wrong-header", message: refusal)
        }
    }
}
