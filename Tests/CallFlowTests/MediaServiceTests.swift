import SIP
import Testing

@testable import CallControl

/// The services of RFC 4240.
@Suite struct MediaServiceTests {
    private static let places = AnnouncementPlaces(
        folders: ["/srv/sounds", "/srv/more/"], urls: ["https://media.example/annc/"],
        clipExists: { ["welcome", "digits/1"].contains($0) },
        fileExists: { ["/srv/sounds/a b.wav", "/srv/more/x/y.wav", "/srv/more/z.wav"].contains($0) })

    private func decide(_ uri: String, _ services: MediaServiceRoutes? = MediaServiceRoutes(places: places)) throws -> RoutingDecision {
        let routes = [Route(pattern: try DialPattern("606"), scenario: "busy")]
        let table = RoutingTable(routes: routes, domains: LocalDomains("home", also: ["192.0.2.10"]), services: services)
        let message = try ProxiedInvite(uri).message()
        return table.decide(message, requestURI: try message.requestURI())
    }

    @Test(
        arguments: [
            ("play=welcome", ["clip": "welcome"]), ("play=prompt:welcome", ["clip": "welcome"]), ("PLAY=welcome.wav", ["clip": "welcome"]),
            ("play=digits/1", ["clip": "digits/1"]), ("play=digits%2F1", ["clip": "digits/1"]),
            ("play=file:///srv/sounds/a%2520b.wav", ["file": "/srv/sounds/a b.wav"]),
            ("play=file://localhost/srv/more/x/y.wav", ["file": "/srv/more/x/y.wav"]),
            ("play=file:/srv/more/z.wav", ["file": "/srv/more/z.wav"]), ("play=z.wav", ["file": "/srv/more/z.wav"]),
            ("play=welcome;repeat=3", ["clip": "welcome", "repeat": "3"]),
            ("play=welcome;repeat=forever", ["clip": "welcome", "repeat": "0"]),
            ("play=welcome;repeat=99999999999999999999", ["clip": "welcome", "repeat": "10000"]),
            ("play=welcome;delay=1500;duration=60000", ["clip": "welcome", "delay": "1500ms", "duration": "60000ms"]),
            ("play=welcome;delay=0099", ["clip": "welcome", "delay": "99ms"]),
            ("play=welcome;locale=de-AT", ["clip": "welcome", "locale": "de"]),
            ("play=welcome;param1=5;content-type=audio/basic;x=y", ["clip": "welcome"]),
        ] as [(String, [String: String])])
    func announcements(parameters: String, expected: [String: String]) throws {
        let decision = try decide("sip:annc@home;" + parameters)
        let match = try #require(decision.match, "\(decision.refusal)")
        let usual = ["clip": "", "file": "", "repeat": "1", "delay": "0ms", "duration": "0ms", "locale": ""]
        #expect(match.route.scenario == "announcement" && match.inputs == usual.merging(expected) { $1 })
        #expect(Set(match.inputs.keys) == MediaServiceRoutes.announcementInputs && decision.status == nil)
    }

    @Test(
        arguments: [
            ("", 400), ("play", 400), ("play=welcome;play=welcome", 400), ("play=welcome;repeat=0", 400),
            ("play=welcome;repeat=x", 400), ("play=welcome;repeat=-1", 400), ("play=welcome;duration=1s", 400),
            ("play=welcome;locale=de%2F..", 400), ("play=a%00b", 400), ("play=%C3", 400),
            ("play=nobody", 404), ("play=prompt:nobody", 404), ("play=prompt:..%2Fsecret", 404), ("play=..%2F..%2Fetc%2Fpasswd", 404),
            ("play=%2Fetc%2Fpasswd", 404), ("play=prompt:", 404), ("play=file:///srv/sounds/none.wav", 404),
            ("play=file:///etc/passwd", 403), ("play=file:///srv/sounds/../../etc/passwd", 403),
            ("play=file:///srv/sounds/%252e%252e/x", 403), ("play=file:///srv/sounds", 403), ("play=file:///srv/soundsx/a.wav", 403),
            ("play=file:///srv/sounds//a.wav", 403), ("play=file://nfs.example/srv/sounds/a.wav", 403), ("play=file:a.wav", 400),
            ("play=file:///srv/sounds/%2500", 400), ("play=http://evil.example/x.wav", 403),
            ("play=https://media.example.evil/annc/", 403), ("play=https://media.example/annc/x.wav", 488), ("play=ftp://x/y", 488),
            ("play=data:audio/wav", 488),
        ])
    func refusedAnnouncements(parameters: String, status: Int) throws {
        let decision = try decide("sip:annc@192.0.2.10" + (parameters.isEmpty ? "" : ";" + parameters))
        #expect(decision.match == nil && decision.status?.code == status && !decision.refusal.isEmpty)
        let headers = decision.refusalHeaders(agent: "192.0.2.10")
        #expect(headers.map(\.0) == (status == 488 ? ["Warning"] : []))
        #expect(
            headers.allSatisfy { $0.1.hasPrefix("399 192.0.2.10 \"") && $0.1.hasSuffix("\"") && $0.1.split(separator: "\"").count == 2 })
    }

    @Test func conferences() throws {
        let match = try #require(try decide("sip:conf=3001@home").match)
        #expect(match.route.scenario == "conference-enter" && match.inputs == ["room": "3001"] && "\(match.route.pattern)" == "conf=3001")
        #expect(try decide("sip:CONF=Team%20A@home").match?.inputs == ["room": "Team A"])
        #expect(try decide("sip:conf=@home").status == .notFound && decide("sip:conf@home").status == .notFound)
    }

    @Test func theRoomOfACall() throws {
        let table = RoutingTable(
            routes: [
                Route(pattern: try DialPattern("3XXX"), scenario: "conference-enter"),
                Route(pattern: try DialPattern("team"), scenario: "conference-enter", inputs: ["room": "3100"]),
                Route(pattern: try DialPattern("606"), scenario: "busy"),
            ], domains: LocalDomains("home"), services: MediaServiceRoutes(places: .none))
        func room(_ user: String) -> String? { table.room(of: SIPURI(user: user, host: "home")) }
        #expect(room("3001") == "3001" && room("team") == "3100" && room("conf=3005") == "3005")
        #expect(room("606") == nil && room("conf=") == nil && room("annc") == nil && room("9") == nil)
        #expect(table.room(of: SIPURI(user: nil, host: "home")) == nil)
    }

    @Test func dialogsAndStrangers() throws {
        let dialog = try decide("sip:dialog@home;voicexml=http://x.example/a.vxml")
        #expect(
            dialog.status == .notAcceptableHere
                && dialog.refusalHeaders(agent: "h").first?.1 == "399 h \"VoiceXML dialogs are not available\"")
        // At another domain these are users like others, and with the services off too.
        #expect(try decide("sip:annc@elsewhere.example;play=welcome").status == .notFound)
        for uri in ["sip:annc@home;play=welcome", "sip:conf=1@home", "sip:dialog@home"] {
            #expect(try decide(uri, nil).status == .notFound)
        }
        let off = MediaServiceRoutes(announcement: nil, conference: nil, places: .none)
        for uri in ["sip:annc@home;play=welcome", "sip:conf=1@home"] { #expect(try decide(uri, off).status == .notAcceptableHere) }
    }

    /// What the configuration says about a number counts before what RFC 4240 says about it.
    @Test func routesComeFirst() throws {
        let table = RoutingTable(
            routes: [Route(pattern: try DialPattern("annc"), scenario: "mine")], domains: LocalDomains("home"),
            services: MediaServiceRoutes(places: Self.places))
        let message = try ProxiedInvite("sip:annc@home;play=welcome").message()
        #expect(table.decide(message, requestURI: try message.requestURI()).match?.route.scenario == "mine")
    }

    @Test func explained() throws {
        let table = RoutingTable(routes: [], domains: LocalDomains("home"), services: MediaServiceRoutes(places: Self.places))
        let taken = try RouteExplanation(Array(ProxiedInvite("sip:annc@home;play=welcome;repeat=2").text.utf8), by: table)
        #expect(
            taken.text.contains("route     annc -> announcement") && taken.text.contains("repeat = 2")
                && taken.json.hasSuffix("\"status\":null}"))
        let refused = try RouteExplanation(Array(ProxiedInvite("sip:annc@home;play=nobody").text.utf8), by: table)
        #expect(
            refused.text.contains("refused   404: there is no such prompt (RFC 4240)")
                && refused.json.contains("\"refusal\":\"there is no such prompt\""))
        #expect(refused.json.hasSuffix("\"status\":404}"))
    }

    /// Whatever stands in the parameters: nothing outside the listed places comes out, and nothing traps.
    @Test(arguments: [UInt64(3), UInt64.random(in: .min ... .max)]) func mangled(seed: UInt64) throws {
        print("mangled announcements: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "file:", "/", "//", "..", "%2e", "%252e", "srv", "sounds", "more", "prompt:", "welcome", "%00", "https:", ";repeat=", "forever",
            "7", ";delay=", "é", "%C3%A9", ":", ".",
        ]
        let open = MediaServiceRoutes(
            places: AnnouncementPlaces(folders: ["/srv/sounds"], clipExists: { _ in true }, fileExists: { _ in true }))
        var taken = 0
        for _ in 0..<5_000 {
            let play = (0..<Int.random(in: 1...8, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }
                .joined()
            guard let uri = try? SIPURI.parse("sip:annc@home;play=" + play), let match = try? open.match(uri) else { continue }
            taken += 1
            let (clip, file) = (match.inputs["clip"] ?? "", match.inputs["file"] ?? "")
            #expect(clip.isEmpty != file.isEmpty && !clip.contains("..") && !clip.hasPrefix("/"))
            #expect(file.isEmpty || (file.hasPrefix("/srv/sounds/") && !file.split(separator: "/").contains("..")))
        }
        #expect(taken > 100)
    }
}
