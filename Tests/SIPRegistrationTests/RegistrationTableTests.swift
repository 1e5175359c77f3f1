import SIP
import SIPRegistration
import Testing
import Timing

/// Every state with every input: what it becomes, and whether something was sent.
@Suite struct RegistrationTableTests {
    private static let states = ["idle", "delayed", "asking", "registered", "refreshing", "failed", "stopping", "removing", "stopped"]

    private func trunk(in state: String) throws -> Trunk {
        var trunk = try Trunk()
        if state == "idle" { return trunk }
        trunk.start(after: state == "delayed" ? .seconds(5) : .zero)
        switch state {
        case "registered", "refreshing", "removing", "stopped":
            try trunk.accept()
            if state == "refreshing" { _ = trunk.passToNextDeadline() }
            if state == "removing" || state == "stopped" { trunk.stop() }
            if state == "stopped" { try trunk.answer(200) }
        case "failed": try trunk.answer(503)
        case "stopping": trunk.stop()
        default: break
        }
        trunk.states = []
        return trunk
    }

    private func name(_ state: RegistrationState) -> String {
        switch state {
        case .idle: "idle"
        case .registering: "registering"
        case .registered: "registered"
        case .failed: "failed"
        case .unregistering: "unregistering"
        case .stopped: "stopped"
        }
    }

    /// `>`: a REGISTER goes out.
    @Test(
        arguments: [
            ("start", "registering> registering registering registered registered failed registering unregistering registering>"),
            ("stop", "stopped stopped registering unregistering> registered stopped registering unregistering stopped"),
            ("lost", "idle registering> registering registering> registering failed registering unregistering stopped"),
            ("due", "idle registering> failed registered> registered registering> unregistering> stopped stopped"),
            ("200", "idle registering registered registered registered failed unregistering> stopped stopped"),
            ("302", "idle registering registering> registered registered> failed stopped stopped stopped"),
            ("403", "idle registering failed registered registered failed stopped stopped stopped"),
            ("423", "idle registering registering> registered registered> failed stopped stopped stopped"),
            ("503", "idle registering failed registered registered failed stopped stopped stopped"),
            ("mute", "idle registering failed registered registered failed unregistering> stopped stopped"),
            ("183", "idle registering registering registered registered failed registering unregistering stopped"),
        ])
    func row(_ input: String, _ wanted: String) throws {
        let cells = wanted.split(separator: " ").map(String.init)
        try #require(cells.count == Self.states.count)
        for (state, cell) in zip(Self.states, cells) {
            var trunk = try trunk(in: state)
            let sent = trunk.sent.count
            switch input {
            case "start": trunk.start()
            case "stop": trunk.stop()
            case "lost": trunk.loseConnection()
            case "due": _ = trunk.passToNextDeadline()
            case "mute": trunk.stayMute()
            case "200": try trunk.accept()
            default: try trunk.answer(Int(input) ?? 0, ["Min-Expires: 7200", "Contact: <sip:second.example>"])
            }
            let result = name(trunk.registration.state) + (trunk.sent.count > sent ? ">" : "")
            #expect(result == cell, "\(state) with \(input)")
            #expect(trunk.sent.count <= sent + 1)
        }
    }

    /// Mangled answers of a registrar: nothing traps, and the next step is always known.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func mutations(_ seed: UInt64) throws {
        print("registration mutation seed \(seed)")
        let random = Counter(seed)
        let text =
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1;received=203.0.113.7;rport=40000\r\nFrom: <sip:us@h>;tag=1\r\n"
            + "To: <sip:us@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\nContact: <\(Trunk.contact)>;expires=60;reg-id=1;+sip.instance=\"<u>\"\r\n"
            + "Expires: 70\r\nMin-Expires: 7200\r\nRetry-After: 5 (x);duration=9\r\nService-Route: <sip:p;lr>, <sip:q;lr>\r\n"
            + "Path: <sip:e;lr>\r\nFlow-Timer: 25\r\nContent-Length: 0\r\n\r\n"
        let marks = Array(";,:<>\"\\@ 0=%9".utf8)
        let statuses: [StatusCode] = [.ok, .movedTemporarily, .intervalTooBrief, .serviceUnavailable, .forbidden]
        var understood = 0
        for _ in 0..<4_000 {
            var bytes = Array(text.utf8)
            for _ in 0..<(1 + random.next() % 5) {
                let index = Int(random.next() % UInt64(bytes.count))
                if random.next() % 2 == 0 {
                    bytes[index] = marks[Int(random.next() % UInt64(marks.count))]
                } else {
                    bytes.insert(marks[Int(random.next() % UInt64(marks.count))], at: index)
                }
            }
            guard let message = try? SIPMessage.parse(bytes) else { continue }
            var trunk = try Trunk {
                $0.followsSeenAddress = true
                $0.outbound = .init(instance: "u")
            }
            trunk.start()
            let status = statuses[Int(random.next() % UInt64(statuses.count))]
            trunk.run { $0.receive(status, message, sequence: 1, reason: message.reasonPhrase, at: $1, into: &$2) }
            understood += 1
            let deadline = try #require(trunk.registration.nextDeadline)
            #expect(deadline > trunk.now && deadline <= trunk.now + .seconds(604_800))
            #expect(trunk.registration.report.serviceRoute.count <= 2)
        }
        #expect(understood > 1_000)
    }
}
