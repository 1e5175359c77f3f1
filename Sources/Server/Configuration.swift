import CallControl
import Findings
import MediaPlane
import SIP
import SIPTransport

/// Everything that can be set, with a default for every key: without a file the server answers its numbers on loopback.
package struct Configuration: Sendable {
    package struct Listener: Sendable {
        package var transport: TransportKind
        package var address: String
        package var port: UInt16
        /// What stands in Contact and Via; the bound address and port unless set.
        package var advertised: String?
        package var advertisedPort: UInt16?
    }

    package struct Media: Sendable {
        package var address = "127.0.0.1"
        /// What stands in our SDP.
        package var advertised: String?
        package var ports: ClosedRange<UInt16> = 20_000...29_999
        package var threads: Int?
        /// Without expected media for this long a peer is asked whether it lives.
        package var silence = Duration.seconds(30)
    }

    package var listeners = [
        Listener(transport: .udp, address: "127.0.0.1", port: 5060), Listener(transport: .tcp, address: "127.0.0.1", port: 5060),
    ]
    package var peers = ["127.0.0.0/8", "::1"]
    package var media = Media()
    /// Domain of whatever is dialled at an address.
    package var domain = "localhost"
    package var data = "data"
    package var prompts = "prompts"
    package var scenarios = "scenarios"
    package var calls = 4_000
    package var logLevel = "info"
    package var routes: [Route] = Configuration.defaultRoutes
    /// Where each route stands, for findings; empty for the embedded ones.
    package var routeLocations: [SourceLocation] = []

    package init() {}

    package var recordings: String { data + "/recordings" }
    package var mediaAddress: String { media.advertised ?? media.address }

    /// The numbers of the default configuration.
    package static let defaultRoutes: [Route] = {
        let table: [(String, String, [String: String])] = [
            ("100", "front-door", [:]),
            ("600", "echo", [:]),
            ("601", "demonstration", [:]),
            ("602", "demonstration", ["loop": "true"]),
            ("603", "record", [:]),
            ("604", "ringing", [:]),
            ("605", "early-media", [:]),
            ("606", "busy", [:]),
            ("moh", "music-on-hold", [:]),
        ]
        // The patterns are literals of ours; a test reads each of them.
        return table.compactMap { number, scenario, inputs in
            (try? DialPattern(number)).map { Route(pattern: $0, scenario: scenario, inputs: inputs) }
        }
    }()

    /// One line for each default number, as the server prints them at start.
    package static let defaultNumbers: [(number: String, service: String)] = [
        ("100", "welcome and a menu: 1 an answer, 2 music, 3 record and play back, 9 your number"),
        ("600", "echo"),
        ("601", "a demonstration of about 30 s, once (602: for ever)"),
        ("603", "record after the beep (# ends), hear it again; kept under data/recordings"),
        ("604", "rings, never answers"),
        ("605", "early media without an answer"),
        ("606", "busy"),
        ("moh", "music on hold"),
    ]
}
