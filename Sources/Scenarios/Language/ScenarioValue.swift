import Findings

/// What a variable, an input or an expression holds.
package indirect enum ScenarioValue: Equatable, Sendable {
    case text(String)
    case digits(String)
    case int(Int)
    case decimal(Double)
    case bool(Bool)
    case duration(Duration)
    case time(CivilTime)
    case date(CivilDate)
    case record([String: ScenarioValue])
    case recording(RecordingResult)

    package var type: ScenarioType {
        switch self {
        case .text: .text
        case .digits: .digits
        case .int: .int
        case .decimal: .decimal
        case .bool: .bool
        case .duration: .duration
        case .time: .time
        case .date: .date
        case .record(let fields): .record(fields.mapValues(\.type))
        case .recording: .recording
        }
    }

    /// The value as text: what interpolation and `text(x)` give. A recording is its path, so that it can be played.
    package var asText: String {
        switch self {
        case .text(let text), .digits(let text): text
        case .int(let number): String(number)
        case .decimal(let number): String(number)
        case .bool(let truth): truth ? "true" : "false"
        case .duration(let duration): duration.written
        case .time(let time): time.written
        case .date(let date): date.written
        case .record(let fields): fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.asText)" }.joined(separator: " ")
        case .recording(let recording): recording.path
        }
    }

    func field(_ name: String) -> ScenarioValue? {
        switch self {
        case .record(let fields): fields[name]
        case .recording(let recording):
            switch name {
            case "id": .text(recording.id)
            case "duration": .duration(recording.duration)
            case "path": .text(recording.path)
            case "silent": .bool(!recording.heardSpeech)
            default: nil
            }
        default: nil
        }
    }
}

/// What became of a recording. The path is where the file lies, or will lie, on this server.
package struct RecordingResult: Hashable, Sendable {
    package var id: String
    package var duration: Duration
    package var path: String
    package var heardSpeech: Bool

    /// Before anything was recorded.
    package static let none = RecordingResult(id: "", duration: .zero, path: "", heardSpeech: false)

    package init(id: String, duration: Duration, path: String, heardSpeech: Bool) {
        self.id = id
        self.duration = duration
        self.path = path
        self.heardSpeech = heardSpeech
    }
}
