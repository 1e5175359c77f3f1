import CallControl
import Conferencing
import Findings
import Server
import Testing

@Suite struct ConfigurationTests {
    private func read(_ text: String) -> (configuration: Configuration, codes: [String]) {
        let (configuration, findings) = Configuration.read(text: text, file: "antiphon.yaml")
        return (configuration, findings.map { "\($0.location.line):\($0.code)" })
    }

    @Test func nothingWrittenIsTheDefault() {
        let (configuration, codes) = read("# all defaults\n")
        #expect(codes == [])
        #expect(configuration.listeners.count == 2)
        #expect(configuration.peers == ["127.0.0.0/8", "::1"])
        #expect(configuration.routes.count == Configuration.defaultRoutes.count)
    }

    /// Each pattern of the embedded table is read, so that none is silently missing.
    @Test func everyDefaultNumberHasARoute() {
        #expect(
            Configuration.defaultRoutes.map(\.pattern.description) == [
                "100", "101", "102", "600", "601", "602", "603", "604", "605", "606", "moh", "3XXX", "*97", "*98", "vm-{box:X.}",
                "{box:100[1-9]}", "voicemail",
            ])
        #expect(Configuration().rooms.map(\.pattern.description) == ["39XX", "3XXX"])
    }

    @Test func mailboxesHaveAPINOnLoopbackOnly() {
        #expect(Configuration().voicemail.mailboxes == (1_001...1_009).map(String.init))
        #expect(Configuration().voicemail.firstPIN != nil)
        let outside = "listeners: [{transport: udp, address: 192.0.2.1, port: 5060}]\n"
        #expect(read(outside).configuration.voicemail.firstPIN == nil)
        #expect(read(outside + "voicemail: {mailboxes: ['1'], first_pin: '7391'}\n").codes == ["2:first-pin"])
        #expect(read("voicemail: {mailboxes: ['1'], first_pin: '7391'}\n").codes == [])
        #expect(read("voicemail: {first_pin: '12'}\n").codes == ["1:bad-pin"])
        #expect(read("voicemail: {mailboxes: ['../etc']}\n").codes == ["1:bad-mailbox"])
        #expect(read("rooms: [{room: '3X', pin: 'abc'}]\n").codes.count == 1)
        #expect(read("rooms: [{pin: '1234'}]\n").codes == ["1:incomplete-room"])
    }

    @Test func roomsSoundAsConfigured() {
        #expect(Configuration().rooms.allSatisfy { $0.policy.sound == RoomSound() })
        let (configuration, codes) = read(
            "rooms: [{room: '38X', automatic_gain: true, noise_suppression: true, comfort_noise: -55.5}, {room: '3X', comfort_noise: off}]\n"
        )
        #expect(codes == [])
        #expect(
            configuration.rooms.map(\.policy.sound) == [
                RoomSound(comfortNoise: -55.5, automaticGain: true, noiseSuppression: true), RoomSound(comfortNoise: nil),
            ])
        #expect(read("rooms: [{room: '3X', comfort_noise: 3}]\n").codes == ["1:out-of-range"])
        #expect(read("rooms: [{room: '3X', comfort_noise: loud}]\n").codes == ["1:wrong-type"])
        #expect(read("rooms: [{room: '3X', automatic_gain: 5}]\n").codes == ["1:wrong-type"])
        #expect(read("rooms: [{room: '3X', noise: true}]\n").codes == ["1:unknown-field"])
    }

    @Test func encryptionForAllAndForAPeer() {
        #expect(Configuration().audioCapabilities.encryption == .off)
        let (configuration, codes) = read(
            "srtp: optional\npeer_rules: [{name: a, from: 192.0.2.1, srtp: required}, {name: b, from: 192.0.2.2}]\n")
        #expect(configuration.audioCapabilities.encryption == .optional && configuration.peerRules.map(\.encryption) == [.required, nil])
        #expect(codes == [], "on loopback nobody else reads the keys")
        #expect(read("srtp: off\n").codes == [] && read("srtp: always\n").codes == ["1:wrong-word"])
    }

    @Test func codecsOfAllAndOfAPeer() {
        let usual = Configuration().audioCapabilities
        #expect(usual.codecs.map(\.shortName) == ["opus", "g722", "pcmu", "pcma"] && !usual.prefersOwnOrder && !usual.comfortNoise)
        #expect(usual.opus.text == "maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1")
        #expect(usual.voipMetrics && !read("extended_reports: false\n").configuration.audioCapabilities.voipMetrics)
        let (configuration, codes) = read(
            """
            codecs: [PCMA, l16/8000, opus]
            codec_order: own
            comfort_noise: true
            opus: {bitrate: 20000, complexity: 8, fec: false, dtx: true}
            peer_rules:
              - {name: a, from: 192.0.2.1, codecs: [G722, l16], codec_order: offer}
              - {name: b, from: 192.0.2.2, codecs: pcmu}
              - {name: c, from: 192.0.2.3}
            """)
        #expect(codes == [])
        let server = configuration.audioCapabilities
        #expect(server.codecs.map(\.shortName) == ["pcma", "l16/8000", "opus"] && server.prefersOwnOrder && server.comfortNoise)
        #expect(server.opus.text == "maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1;usedtx=1")
        let peers = configuration.peerRules.map { $0.capabilities(server) }
        #expect(peers.map { $0.codecs.map(\.shortName) } == [["g722", "l16"], ["pcmu"], ["pcma", "l16/8000", "opus"]])
        #expect(peers.map(\.prefersOwnOrder) == [false, true, true])
        #expect(configuration.opus.bitrate == 20_000 && configuration.opus.complexity == 8)
        #expect(!configuration.opus.usesFEC && configuration.opus.usesDTX)
    }

    @Test func mediaIsHeardAsConfigured() {
        let usual = Configuration().mediaPlaneSettings
        #expect(usual.delayLimit == 200 && usual.followsSources)
        let (configuration, codes) = read("media: {delay_limit: 60ms, symmetric: false}\n")
        #expect(codes == [] && configuration.mediaPlaneSettings.delayLimit == 60 && !configuration.mediaPlaneSettings.followsSources)
        for bad in ["10ms", "2s"] { #expect(read("media: {delay_limit: \(bad)}\n").codes == ["1:out-of-range"]) }
    }

    @Test func codecsThatThereAreNot() {
        let (_, findings) = Configuration.read(text: "srtp: off\ncodecs: [pcmu, g729, opus/8000]\n", file: "antiphon.yaml")
        #expect(findings.map { "\($0.location.line):\($0.location.column):\($0.code)" } == ["2:16:wrong-word", "2:22:wrong-word"])
        #expect(findings.first?.message == "there is no codec `g729`")
        #expect(findings.first?.mend == "write some of: pcmu, pcma, g722, opus, l16, l16/8000")
    }

    @Test(arguments: [
        ("srtp: required", ["1:keys-in-clear"]), ("srtp: optional", []),
        ("peer_rules: [{name: a, from: 192.0.2.1, srtp: required}]", ["1:keys-in-clear"]),
        ("peer_rules: [{name: a, tls: sbc.example, srtp: required}]", []),
    ])
    func keysInTheClearAreToldOf(text: String, codes: [String]) {
        #expect(read("listeners: [{transport: udp, address: 192.0.2.1}]\n" + text + "\n").codes == codes)
        let secured = "listeners: [{transport: tls, address: 192.0.2.1, tls: {certificates: c.pem, key: k.pem}}]\n"
        #expect(read(secured + text + "\n").codes == [])
    }

    @Test func routesSayHowAMailboxIsFound() throws {
        let (configuration, codes) = read(
            """
            routes:
              - {dial: "{box:1XXX}", scenario: leave, mailbox: true}
              - {dial: voicemail, scenario: leave, mailbox: {rules: [target, diversion], diverter: last}}
              - {dial: "2XXX", scenario: leave, mailbox: {rules: [number]}}
              - {dial: "3XXX", scenario: leave, mailbox: {rules: [luck]}}
            """)
        #expect(codes == ["4:no-box-part", "5:wrong-word"])
        #expect(configuration.routes[0].mailbox == MailboxRules())
        #expect(configuration.routes[1].mailbox == MailboxRules(order: [.target, .diversion], diverter: .last))
    }

    @Test func everyKeyIsRead() throws {
        let (configuration, codes) = read(
            """
            listeners:
              - {transport: tcp, address: 0.0.0.0, port: 5070, advertised: 192.0.2.1, advertised_port: 5080}
            peers: [192.0.2.0/24]
            media: {address: 127.0.0.2, advertised: 192.0.2.2, ports: 10000-10999, threads: 3, silence: 10s}
            domain: example.org
            data: /var/lib/antiphon
            prompts: /usr/share/antiphon/prompts
            scenarios: /etc/antiphon/scenarios
            prompts_loudness: -20.5
            tones: gb
            calls: 50
            log: debug
            routes:
              - {dial: "vm-{box:1XXX}", scenario: leave, with: {box: "{box}"}}
            """)
        #expect(codes == [])
        let listener = configuration.listeners.first
        #expect(
            listener?.transport == .tcp && listener?.port == 5070 && listener?.advertised == "192.0.2.1" && listener?.advertisedPort == 5080
        )
        #expect(configuration.peers == ["192.0.2.0/24"])
        #expect(
            configuration.media.ports == 10_000...10_999 && configuration.media.threads == 3 && configuration.media.silence == .seconds(10))
        #expect(configuration.mediaAddress == "192.0.2.2")
        #expect(configuration.domain == "example.org" && configuration.calls == 50 && configuration.logLevel == "debug")
        #expect(configuration.recordings == "/var/lib/antiphon/recordings")
        #expect(configuration.promptsLoudness?.loudness == -20.5 && configuration.tones.rawValue == "gb")
        let speech = read("data: /d\nspeech: {command: [/bin/sh, -c], longest: 2s, cache: 3}\n")
        #expect(speech.codes == [] && speech.configuration.speech?.command == ["/bin/sh", "-c"])
        #expect(speech.configuration.speech?.folder == "/d/speech" && speech.configuration.speech?.capacity == 3 << 20)
        let http = read(
            "data: /d\nhttp: {hosts: [Media.Example, \"http://10.0.0.5:8080\"], timeout: 3s, size: 2, cache: 5, at_once: 4}\n")
        let web = try #require(http.configuration.web)
        #expect(http.codes == [] && web.folder == "/d/web" && web.cache == 5 << 20)
        #expect(web.client.timeout == .seconds(3) && web.client.size == 2 << 20 && web.client.atOnce == 4)
        #expect(web.client.origins.canBegin("https://media.example/") && web.client.origins.canBegin("http://10.0.0.5:8080/"))
        #expect(!web.client.origins.canBegin("http://media.example/") && Configuration().web == nil)
        #expect(read("prompts_loudness: off\n").configuration.promptsLoudness == nil)
        #expect(Configuration().promptsLoudness?.loudness == -24 && Configuration().tones.rawValue == "eu")
        #expect(configuration.routes.first?.pattern.match("vm-1007") == ["box": "1007"])
    }

    @Test(arguments: [
        ("listener: []", "1:unknown-field"),
        ("listeners: []", "1:no-listeners"),
        ("listeners:\n  - {transport: sctp}", "2:wrong-word"),
        ("listeners:\n  - {port: 70000}", "2:out-of-range"),
        ("listeners:\n  - {address: example.org}", "2:bad-address"),
        ("listeners:\n  - {address: 0.0.0.0}", "2:no-advertised-address"),
        ("peers: [everyone]", "1:bad-network"),
        ("media: {ports: 200-100}", "1:bad-ports"),
        ("media: {ports: all}", "1:bad-ports"),
        ("media: {silence: 10}", "1:wrong-type"),
        ("calls: none", "1:wrong-type"),
        ("log: loud", "1:wrong-word"),
        ("tones: xx", "1:wrong-word"),
        ("codecs: []", "1:no-codecs"),
        ("codecs: [opus, OPUS]", "1:twice"),
        ("codec_order: ours", "1:wrong-word"),
        ("opus: {bitrate: 32}", "1:out-of-range"),
        ("opus: {complexity: 11}", "1:out-of-range"),
        ("opus: {rate: 1}", "1:unknown-field"),
        ("peer_rules: [{name: a, from: 192.0.2.1, codecs: [g729]}]", "1:wrong-word"),
        ("speech: {command: [sh]}", "1:speech-command"),
        ("http: {hosts: [\"*.example\"]}", "1:bad-host"),
        ("http:\n  hosts: [media.example, https://media.example/a]", "2:bad-host"),
        ("http: {size: 0}", "1:out-of-range"),
        ("http: {authorities: /not/there.pem}", "1:unreadable"),
        ("http: {host: media.example}", "1:unknown-field"),
        ("speech: {command: [/not/there]}", "1:speech-command"),
        ("speech: {cache: 0, command: [/bin/sh]}", "1:out-of-range"),
        ("prompts_loudness: 3", "1:out-of-range"),
        ("prompts_loudness: loud", "1:wrong-type"),
        ("routes:\n  - {dial: \"1[\", scenario: echo}", "2:bad-pattern"),
        ("routes:\n  - {dial: \"100\"}", "2:incomplete-route"),
        ("routes:\n  - {dial: \"100\", scenario: echo, with: {box: \"{box}\"}}", "2:unknown-part"),
        ("domain: [a", "1:yaml-syntax"),
    ])
    func mistakesAreFoundWhereTheyStand(text: String, expected: String) {
        let (_, codes) = read(text)
        #expect(
            codes.contains(expected) || (expected.hasSuffix("yaml-syntax") && codes.contains { $0.hasSuffix("yaml-syntax") }), "\(codes)")
    }

    @Test func allMistakesAreFoundNotOnlyTheFirst() {
        #expect(read("calls: none\nlog: loud\nfoo: bar\n").codes.count == 3)
    }
}
