import SIP
import SIPRegistration
import Timing

/// An upstream that this server registers at, so that it is reached under a number there, and that takes its calls out.
package struct TrunkSettings: Sendable {
    package var name: String
    package var registration: RegistrationConfiguration

    package init(name: String, registration: RegistrationConfiguration) {
        self.name = name
        self.registration = registration
    }

    /// Calls to users of this host go over the trunk.
    var host: String { registration.registrar.host }
}

/// A registration under way.
struct Trunk {
    let settings: TrunkSettings
    var registration: Registration
}

/// A trunk as an operator wants to see it.
package struct TrunkListing: Codable, Sendable {
    package var name: String
    package var registrar: String
    package var address: String
    package var state: String
    /// Seconds that the registration still holds.
    package var registeredFor: Int?
    package var nextRequestIn: Int?
    package var failures: Int
    package var lastFailure: String?
    package var serviceRoute: [String]

    init(_ name: String, _ report: RegistrationReport, at now: MonotonicTime) {
        func seconds(_ time: MonotonicTime?) -> Int? { time.map { max(0, Int(($0 - now).components.seconds)) } }
        self.name = name
        registrar = report.registrar.text
        address = report.addressOfRecord.uri.text
        state =
            switch report.state {
            case .idle: "idle"
            case .registering: "registering"
            case .registered: "registered"
            case .failed: "failed"
            case .unregistering: "unregistering"
            case .stopped: "stopped"
            }
        registeredFor = seconds(report.registeredUntil)
        nextRequestIn = seconds(report.nextRequest)
        failures = report.failures
        lastFailure = report.lastFailure.map { failure in failure.status.map { "\($0.code) \(failure.reason)" } ?? failure.reason }
        serviceRoute = report.serviceRoute
    }
}
