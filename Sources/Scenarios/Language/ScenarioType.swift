import Findings

/// The types of inputs, variables and results. There is no implicit conversion between them.
package indirect enum ScenarioType: Hashable, Sendable {
    case text
    /// Telephone keys, `0-9 * # A-D`: not a number, so `012` keeps its zero.
    case digits
    case int
    case decimal
    case bool
    case duration
    /// Of day, as clocks in the file's zone show it.
    case time
    case date
    case record([String: ScenarioType])
    /// What `record` gives.
    case recording

    static let names = ["text", "digits", "int", "decimal", "bool", "duration", "time", "date", "record", "recording"]
    static let namesOfLater = ["response"]
    /// Those whose values can be written in one word.
    static let writtenNames = ["text", "digits", "int", "decimal", "bool", "duration", "time", "date"]

    var isWritten: Bool { Self.writtenNames.contains(name) }

    init?(simpleName: String) {
        switch simpleName {
        case "text": self = .text
        case "digits": self = .digits
        case "int": self = .int
        case "decimal": self = .decimal
        case "bool": self = .bool
        case "duration": self = .duration
        case "time": self = .time
        case "date": self = .date
        case "recording": self = .recording
        default: return nil
        }
    }

    package var name: String {
        switch self {
        case .text: "text"
        case .digits: "digits"
        case .int: "int"
        case .decimal: "decimal"
        case .bool: "bool"
        case .duration: "duration"
        case .time: "time"
        case .date: "date"
        case .record: "record"
        case .recording: "recording"
        }
    }

    /// The fields that an expression may name after a dot.
    var fields: [String: ScenarioType] {
        switch self {
        case .record(let fields): fields
        case .recording: ["id": .text, "duration": .duration, "path": .text, "silent": .bool]
        default: [:]
        }
    }

    /// What a variable holds before anything is set.
    package var empty: ScenarioValue {
        switch self {
        case .text: .text("")
        case .digits: .digits("")
        case .int: .int(0)
        case .decimal: .decimal(0)
        case .bool: .bool(false)
        case .duration: .duration(.zero)
        case .time: .time(.midnight)
        case .date: .date(.epoch)
        case .record(let fields): .record(fields.mapValues(\.empty))
        case .recording: .recording(.none)
        }
    }

    /// Reads a value of this type as it is written in a file, a route or a SIP header; nil when it is none.
    package func value(written text: String) -> ScenarioValue? {
        switch self {
        case .text: .text(text)
        case .digits: TelephoneKeys.read(text).map { .digits($0) }
        case .int: Int(text).map { .int($0) }
        case .decimal: Double(text).flatMap { $0.isFinite ? .decimal($0) : nil }
        case .bool: text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .duration: Duration(written: text).map { .duration($0) }
        case .time: CivilTime(written: text).map { .time($0) }
        case .date: CivilDate(written: text).map { .date($0) }
        case .record, .recording: nil
        }
    }
}
