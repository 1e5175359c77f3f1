import Findings
import SIP
import Scenarios
import Testing

@testable import CallControl

/// What routing hands to the shipped scenarios of RFC 4240 is what they take.
@Suite struct AnnouncementInputsTests {
    private func match(_ uri: String) throws -> RoutingTable.Match {
        let places = AnnouncementPlaces(folders: ["/srv/sounds"], clipExists: { _ in true }, fileExists: { _ in true })
        return try MediaServiceRoutes(places: places).match(try SIPURI.parse(uri))
    }

    @Test(arguments: [
        "sip:annc@home;play=goodbye", "sip:annc@home;play=goodbye;repeat=forever;delay=3600001;duration=99999999999;locale=de",
        "sip:annc@home;play=file:///srv/sounds/a.wav;repeat=2;delay=1", "sip:conf=3001@home",
    ])
    func taken(uri: String) throws {
        let match = try match(uri)
        let scenario = try #require(Shipped.scenarios?[match.route.scenario])
        let (values, findings) = scenario.values(from: match.inputs, at: SourceLocation(file: "route", line: 1, column: 1))
        #expect(findings.map(\.description) == [] && values.count == match.inputs.count)
    }
}
