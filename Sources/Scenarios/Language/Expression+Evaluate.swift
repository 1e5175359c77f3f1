extension Expression {
    /// Evaluates with the given variables. Arithmetic saturates, division by zero gives zero, `int(x)` of what is no
    /// number gives zero and a missing field is empty text: an expression cannot fail in the middle of a call.
    package func evaluate(_ variable: (String) -> ScenarioValue?) -> ScenarioValue {
        switch self {
        case .literal(let value):
            return value
        case .variable(let name):
            return variable(name) ?? .text("")
        case .field(let inner, let name):
            return inner.evaluate(variable).field(name) ?? .text("")
        case .negated(let inner):
            switch inner.evaluate(variable) {
            case .int(let number): return .int(Self.saturating(0, number, Int.subtractingReportingOverflow, negative: number > 0))
            case .decimal(let number): return .decimal(-number)
            case .duration(let duration): return .duration(Self.bounded(.zero - Self.bounded(duration)))
            case let other: return other
            }
        case .inverted(let inner):
            return .bool(!inner.truth(variable))
        case .binary(.and, let left, let right):
            return .bool(left.truth(variable) && right.truth(variable))
        case .binary(.or, let left, let right):
            return .bool(left.truth(variable) || right.truth(variable))
        case .binary(let op, let left, let right):
            return Self.apply(op, left.evaluate(variable), right.evaluate(variable))
        case .member(let value, let list):
            let wanted = value.evaluate(variable)
            return .bool(list.contains { Self.apply(.equal, wanted, $0.evaluate(variable)) == .bool(true) })
        case .function(.now, _), .function(.today, _), .function(.weekday, _):
            return moment(variable)
        case .function(.header, let names):
            let name = names.first?.evaluate(variable).asText.lowercased() ?? ""
            return .text(Self.bounded(variable(Self.headersName)?.field(name)?.asText ?? ""))
        case .function(let function, let arguments):
            return Self.call(function, arguments.map { $0.evaluate(variable) })
        case .joined(let parts):
            return .text(Self.bounded(parts.map { $0.evaluate(variable).asText }.joined()))
        }
    }

    /// The names under which `variable` is asked for the time: no variable can be called so.
    static let nowName = "now()"
    static let todayName = "today()"
    /// For all headers of the INVITE, as a record.
    static let headersName = "header()"

    private func moment(_ variable: (String) -> ScenarioValue?) -> ScenarioValue {
        if case .function(.now, _) = self { return variable(Self.nowName) ?? .time(.midnight) }
        let today = variable(Self.todayName) ?? .date(.epoch)
        guard case .function(.weekday, _) = self, case .date(let date) = today else { return today }
        return .text(date.weekday.rawValue)
    }

    /// Texts and durations stay bounded, so that a loop which doubles one can neither fill the memory nor overflow.
    static let textLimit = 4096
    private static let durationLimit = Duration.seconds(10 * 366 * 24 * 3600)

    private static func bounded(_ text: String) -> String {
        text.utf8.count <= textLimit ? text : String(text.prefix(textLimit / 4))
    }

    private static func bounded(_ duration: Duration) -> Duration {
        min(max(duration, .zero - durationLimit), durationLimit)
    }

    package func truth(_ variable: (String) -> ScenarioValue?) -> Bool {
        evaluate(variable) == .bool(true)
    }

    private static func saturating(
        _ left: Int, _ right: Int, _ operation: (Int) -> (Int) -> (partialValue: Int, overflow: Bool), negative: Bool
    ) -> Int {
        let result = operation(left)(right)
        return result.overflow ? (negative ? .min : .max) : result.partialValue
    }

    private static func apply(_ op: Operator, _ left: ScenarioValue, _ right: ScenarioValue) -> ScenarioValue {
        switch op {
        case .equal: return .bool(areEqual(left, right))
        case .notEqual: return .bool(!areEqual(left, right))
        case .less: return .bool(precedes(left, right))
        case .greater: return .bool(precedes(right, left))
        case .lessOrEqual: return .bool(precedes(left, right) || areEqual(left, right))
        case .greaterOrEqual: return .bool(precedes(right, left) || areEqual(left, right))
        default: break
        }
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(integer(op, left, right))
        case (.decimal(let left), .decimal(let right)): return .decimal(decimal(op, left, right))
        case (.duration(let left), .duration(let right)):
            let (left, right) = (bounded(left), bounded(right))
            return .duration(bounded(op == .minus ? left - right : left + right))
        case (.text(let left), .text(let right)): return .text(bounded(left + right))
        case (.digits(let left), .digits(let right)): return .digits(bounded(left + right))
        default: return left
        }
    }

    /// `digits` and `text` compare by what they hold; the checker lets only written texts meet digits.
    private static func areEqual(_ left: ScenarioValue, _ right: ScenarioValue) -> Bool {
        switch (left, right) {
        case (.digits(let left), .text(let right)), (.text(let left), .digits(let right)): left == right
        default: left == right
        }
    }

    private static func precedes(_ left: ScenarioValue, _ right: ScenarioValue) -> Bool {
        switch (left, right) {
        case (.int(let left), .int(let right)): left < right
        case (.decimal(let left), .decimal(let right)): left < right
        case (.duration(let left), .duration(let right)): left < right
        case (.text(let left), .text(let right)): left < right
        case (.time(let left), .time(let right)): left < right
        case (.date(let left), .date(let right)): left < right
        default: false
        }
    }

    private static func integer(_ op: Operator, _ left: Int, _ right: Int) -> Int {
        switch op {
        case .plus: saturating(left, right, Int.addingReportingOverflow, negative: left < 0)
        case .minus: saturating(left, right, Int.subtractingReportingOverflow, negative: left < 0)
        case .times: saturating(left, right, Int.multipliedReportingOverflow, negative: (left < 0) != (right < 0))
        case .divided where right == 0: 0
        case .divided: saturating(left, right, Int.dividedReportingOverflow, negative: false)
        default: left
        }
    }

    private static func decimal(_ op: Operator, _ left: Double, _ right: Double) -> Double {
        let result =
            switch op {
            case .plus: left + right
            case .minus: left - right
            case .times: left * right
            case .divided: right == 0 ? 0 : left / right
            default: left
            }
        return result.isFinite ? result : (result < 0 ? -Double.greatestFiniteMagnitude : .greatestFiniteMagnitude)
    }

    private static func call(_ function: Function, _ arguments: [ScenarioValue]) -> ScenarioValue {
        let first = arguments.first?.asText ?? ""
        let second = arguments.count > 1 ? arguments[1].asText : ""
        switch function {
        case .len: return .int(first.count)
        case .text: return .text(first)
        // These are answered before, since they take the time and the call from outside.
        case .now, .today, .weekday, .header: return .text("")
        case .lower: return .text(first.lowercased())
        case .upper: return .text(first.uppercased())
        case .startsWith: return .bool(first.hasPrefix(second))
        case .endsWith: return .bool(first.hasSuffix(second))
        case .contains: return .bool(second.isEmpty || first.firstRange(of: second) != nil)
        case .int:
            if case .decimal(let number)? = arguments.first { return .int(Int(exactly: number.rounded(.towardZero)) ?? 0) }
            return .int(Int(first) ?? 0)
        }
    }
}
