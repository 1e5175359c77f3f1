import Foundation
import FoundationXML
import SIP
import Testing

@testable import SIPEvents

@Suite struct ConferenceDocumentTests {
    private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    private func member(_ id: UInt64, _ caller: String, muted: Bool = false) -> ConferenceState.Member {
        .init(id: id, caller: caller, role: "participant", isMuted: muted)
    }

    private func room(_ members: [ConferenceState.Member], locked: Bool = false) -> ConferenceState {
        ConferenceState(room: "600", domain: "example.com", members: members, isLocked: locked)
    }

    private func text(_ document: ConferenceDocument) -> String { String(decoding: document.body.bytes, as: UTF8.self) }

    private func user(_ id: Int, _ caller: String, muted: Bool = false) -> String {
        """
        <user entity="sip:\(caller)@example.com"><display-text>\(caller)</display-text><roles><entry>participant</entry></roles>\
        <endpoint entity="sip:\(caller)@example.com;participant=\(id)"><status>\(muted ? "muted-via-focus" : "connected")</status>\
        <joining-method>dialed-in</joining-method><media id="1"><type>audio</type><status>\(muted ? "recvonly" : "sendrecv")</status>\
        </media></endpoint></user>
        """
    }

    private func open(_ state: String, _ version: Int) -> String {
        Self.head + """
            <conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:600@example.com" state="\(state)" \
            version="\(version)">
            """
    }

    private func counts(_ users: Int, active: Bool = true, locked: Bool = false) -> String {
        "<conference-state><user-count>\(users)</user-count><active>\(active)</active><locked>\(locked)</locked></conference-state>"
    }

    @Test func everything() {
        let state = room([member(1, "1001"), member(2, "1002", muted: true)])
        let document = ConferenceDocument(state, since: nil, version: 7)
        #expect(document.body.contentType == "application/conference-info+xml" && document.shown == state)
        #expect(
            text(document) == open("full", 7) + counts(2) + "<users>" + user(1, "1001") + user(2, "1002", muted: true)
                + "</users></conference-info>")
    }

    @Test func anEmptyRoom() {
        #expect(
            text(ConferenceDocument(room([]), since: nil, version: 0)) == open("full", 0) + counts(0, active: false)
                + "<users></users></conference-info>")
    }

    @Test func somebodyComes() {
        let (before, after) = (room([member(1, "1001")]), room([member(1, "1001"), member(2, "1002")]))
        #expect(
            text(ConferenceDocument(after, since: before, version: 1)) == open("partial", 1) + counts(2) + "<users state=\"partial\">"
                + user(2, "1002") + "</users></conference-info>")
    }

    @Test func somebodyGoes() {
        let (before, after) = (room([member(1, "1001"), member(2, "1002")]), room([member(2, "1002")]))
        #expect(
            text(ConferenceDocument(after, since: before, version: 2)) == open("partial", 2) + counts(1)
                + "<users state=\"partial\"><user entity=\"sip:1001@example.com\" state=\"deleted\"></user></users></conference-info>")
    }

    @Test func somebodyIsMuted() {
        let (before, after) = (room([member(1, "1001")]), room([member(1, "1001", muted: true)]))
        #expect(
            text(ConferenceDocument(after, since: before, version: 3)) == open("partial", 3) + "<users state=\"partial\">"
                + user(1, "1001", muted: true) + "</users></conference-info>")
    }

    @Test func theRoomIsLocked() {
        let (before, after) = (room([member(1, "1001")]), room([member(1, "1001")], locked: true))
        #expect(
            text(ConferenceDocument(after, since: before, version: 4)) == open("partial", 4) + counts(1, locked: true)
                + "</conference-info>")
    }

    @Test func textIsEscaped() throws {
        var state = room([])
        state.users = [.init(entity: "sip:a&b<c>\"d\"", displayText: "\u{1}]]> 'x'\t\u{FFFE}é😀", endpoints: [])]
        let document = text(ConferenceDocument(state, since: nil, version: 0))
        #expect(
            document.contains(
                "<user entity=\"sip:a&amp;b&lt;c&gt;&quot;d&quot;\"><display-text>\u{FFFD}]]&gt; 'x'&#9;\u{FFFD}é😀</display-text></user>"))
        #expect(Reader().apply(Array(document.utf8)))
    }

    @Test func whatDoesNotFitComesNext() {
        let state = room((1...500).map { member($0, "\(1000 + $0)") })
        var (shown, documents): (ConferenceState?, Int) = (nil, 0)
        let reader = Reader()
        while shown != state, documents < 50 {
            let document = ConferenceDocument(state, since: shown, version: UInt32(documents))
            #expect(document.body.bytes.count < 50_000)
            #expect(reader.apply(document.body.bytes))
            shown = document.shown
            documents += 1
        }
        #expect((3...5).contains(documents) && reader.users == Set(state.users.map(\.entity)))
    }

    /// A reader of the documents (RFC 4575 §4.6) always comes to know what the focus knows.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func readersFollow(_ seed: UInt64) {
        print("conference seed \(seed)")
        var random = SeededRandom(seed: seed)
        var members: [ConferenceState.Member] = []
        let reader = Reader()
        var shown: ConferenceState?
        for version in 0..<400 {
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let place = members.isEmpty ? nil : members.indices.randomElement(using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: if let place { members.remove(at: place) }
                case 1: if let place { members[place].isMuted.toggle() }
                default:
                    let caller = ["", "<&>", "1\(Int.random(in: 0..<20, using: &random))"].randomElement(using: &random) ?? ""
                    if members.count < 25 { members.append(member(UInt64(version * 10 + members.count), caller)) }
                }
            }
            let state = room(members, locked: Bool.random(using: &random))
            if Int.random(in: 0..<20, using: &random) == 0 { shown = nil }
            let document = ConferenceDocument(state, since: shown, version: UInt32(version), roomForUsers: 700)
            #expect(reader.apply(document.body.bytes))
            shown = document.shown
            #expect(reader.users == Set(document.shown.users.map(\.entity)))
            #expect(reader.muted == document.shown.users.flatMap(\.endpoints).filter(\.isMuted).count)
            #expect(reader.count == state.userCount)
        }
        let state = room(members)
        for version in 400..<600 where shown != state {
            let document = ConferenceDocument(state, since: shown, version: UInt32(version), roomForUsers: 700)
            #expect(reader.apply(document.body.bytes))
            shown = document.shown
        }
        #expect(shown == state && reader.users == Set(state.users.map(\.entity)))
    }
}

/// A subscriber that keeps what the documents tell.
private final class Reader: NSObject, XMLParserDelegate {
    private var table: [String: Int] = [:]
    private(set) var count = 0
    private var version = -1
    private var path: [String] = []
    private var user = ""
    private var text = ""

    var users: Set<String> { Set(table.keys) }
    var muted: Int { table.values.reduce(0, +) }

    func apply(_ bytes: [UInt8]) -> Bool {
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = self
        return parser.parse()
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
    ) {
        path.append(name)
        text = ""
        switch name {
        case "conference-info":
            let number = Int(attributes["version"] ?? "") ?? -1
            #expect(number == version + 1)
            version = number
            if attributes["state"] == "full" { table = [:] }
        case "user":
            user = attributes["entity"] ?? ""
            table[user] = attributes["state"] == "deleted" ? nil : 0
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        path.removeLast()
        if name == "user-count" { count = Int(text) ?? -1 }
        if name == "status", path.last == "endpoint", text == "muted-via-focus" { table[user, default: 0] += 1 }
    }
}
