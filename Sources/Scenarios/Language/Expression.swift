/// A checked expression. It is total: evaluating it always gives a value of its type and never fails, whatever the
/// variables hold.
package indirect enum Expression: Equatable, Sendable {
    case literal(ScenarioValue)
    case variable(String)
    case field(Expression, String)
    case negated(Expression)
    case inverted(Expression)
    case binary(Operator, Expression, Expression)
    case member(Expression, [Expression])
    case function(Function, [Expression])
    /// Text with `{name}` in it.
    case joined([Expression])

    package enum Operator: String, Sendable {
        case or, and
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divided = "/"

        /// Higher binds tighter.
        var precedence: Int {
            switch self {
            case .or: 1
            case .and: 2
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 4
            case .plus, .minus: 5
            case .times, .divided: 6
            }
        }
    }

    package enum Function: String, CaseIterable, Sendable {
        case len, int, text, lower, upper, contains, now, today, weekday, header
        case startsWith = "starts_with"
        case endsWith = "ends_with"
    }

    /// The names of all variables that it reads.
    package var variables: Set<String> {
        switch self {
        case .literal: []
        case .variable(let name): [name]
        case .field(let inner, _), .negated(let inner), .inverted(let inner): inner.variables
        case .binary(_, let left, let right): left.variables.union(right.variables)
        case .member(let value, let list): list.reduce(into: value.variables) { $0.formUnion($1.variables) }
        case .function(.header, _): [Self.headersName]
        case .function(_, let parts), .joined(let parts): parts.reduce(into: []) { $0.formUnion($1.variables) }
        }
    }

    /// The headers of the INVITE that it reads, in lower case.
    package var headersRead: Set<String> {
        switch self {
        case .literal, .variable: []
        case .field(let inner, _), .negated(let inner), .inverted(let inner): inner.headersRead
        case .binary(_, let left, let right): left.headersRead.union(right.headersRead)
        case .member(let value, let list): list.reduce(into: value.headersRead) { $0.formUnion($1.headersRead) }
        case .function(.header, let parts): Set(parts.map { $0.evaluate { _ in nil }.asText.lowercased() })
        case .function(_, let parts), .joined(let parts): parts.reduce(into: []) { $0.formUnion($1.headersRead) }
        }
    }
}
