import SIP
import SIPRegistration
import Testing
import Timing

/// Numbers that differ, the same in each run.
final class Counter: @unchecked Sendable {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    @Sendable func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A registration on a bench: answers go in, requests and states come out, and time is moved by hand.
struct Trunk {
    var registration: Registration
    var now = MonotonicTime.zero
    var sent: [RegisterRequest] = []
    var states: [RegistrationState] = []

    static let contact = "sip:us@192.0.2.10:5060"

    init(seed: UInt64 = 5, configure: (inout RegistrationConfiguration) -> Void = { _ in }) throws {
        var configuration = RegistrationConfiguration(
            registrar: try SIPURI.parse("sip:registrar.example"),
            addressOfRecord: try NameAddress.parse("\"Us\" <sip:us@registrar.example>"),
            contact: try SIPURI.parse(Self.contact))
        configure(&configuration)
        registration = Registration(configuration, random: Counter(seed).next)
    }

    mutating func run(_ step: (inout Registration, MonotonicTime, inout [RegistrationOutput]) -> Void) {
        var outputs: [RegistrationOutput] = []
        step(&registration, now, &outputs)
        for output in outputs {
            switch output {
            case .send(let request): sent.append(request)
            case .state(let state): states.append(state)
            }
        }
    }

    mutating func start(after delay: Duration = .zero) { run { $0.start(after: delay, at: $1, into: &$2) } }
    mutating func stop() { run { $0.stop(at: $1, into: &$2) } }
    mutating func loseConnection() { run { $0.connectionLost(at: $1, into: &$2) } }

    /// Answers the last request. `tries`: how many more numbers its retries with credentials took.
    mutating func answer(_ status: Int, _ headers: [String] = [], via: String = "", tries: UInt32 = 0) throws {
        let sequence = (sent.last?.sequence ?? 0) + tries
        var text = "SIP/2.0 \(status) Reason\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\(via)\r\nFrom: <sip:us@h>;tag=1\r\n"
        text += "To: <sip:us@h>;tag=2\r\nCall-ID: c\r\nCSeq: \(sequence) REGISTER\r\n"
        for header in headers { text += header + "\r\n" }
        let message = try SIPMessage.parse(Array((text + "Content-Length: 0\r\n\r\n").utf8))
        let code = try #require(StatusCode(status))
        run { $0.receive(code, message, sequence: sequence, reason: "Reason", at: $1, into: &$2) }
    }

    mutating func accept(expires: Int = 3_600, _ headers: [String] = [], via: String = "") throws {
        try answer(200, ["Contact: <\(Self.contact)>;expires=\(expires)"] + headers, via: via)
    }

    mutating func stayMute(_ status: StatusCode = .requestTimeout) {
        let sequence = sent.last?.sequence ?? 0
        run { $0.receive(status, nil, sequence: sequence, reason: status.reason, at: $1, into: &$2) }
    }

    /// Goes to the next deadline and says how long that took.
    mutating func passToNextDeadline() -> Duration {
        guard let next = registration.nextDeadline else { return .zero }
        let pause = max(next, now) - now
        now = max(next, now)
        run { $0.fire(at: $1, into: &$2) }
        return pause
    }
}

extension RegisterRequest {
    func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }
    var contacts: [String] { headers.filter { $0.0 == "Contact" }.map(\.1) }
}

extension Duration {
    func isWithin(_ low: Int64, _ high: Int64) -> Bool { self >= .seconds(low) && self <= .seconds(high) }
}
