import SIP
import Testing

@testable import CallControl

@Suite struct CallerIdentityTests {
    private func message(_ headers: [String], from: String = "\"Bob\" <sip:bob@elsewhere.example>;tag=1") throws -> SIPMessage {
        var invite = ProxiedInvite("sip:*97@home")
        invite.headers = headers
        return try SIPMessage.parse(Array(invite.text.replacing("<sip:bob@elsewhere.example>;tag=1", with: from).utf8))
    }

    private func caller(
        _ headers: [String] = [], from: String = "\"Bob\" <sip:bob@elsewhere.example>;tag=1", trusted: Bool = true,
        _ rules: CallerIdentity.Rules = .init()
    ) throws -> CallerIdentity {
        CallerIdentity.of(try message(headers, from: from), peerIsTrusted: trusted, rules: rules)
    }

    @Test(
        arguments: [
            ("\"Bob\" <sip:bob@x.example>;tag=1", "bob", "Bob"), ("sip:bob@x.example;tag=1", "bob", ""),
            ("<tel:+1-555-0100;phone-context=x>;tag=1", "+15550100", ""),
            ("<sip:+15550100;ext=2@x.example;user=phone>;tag=1", "+15550100", ""),
            ("<sip:x.example>;tag=1", "", ""), ("\"A B\" <sips:a%20b@x.example>;tag=1", "a b", "A B"),
        ])
    func shownAsFromSays(from: String, name: String, display: String) throws {
        let caller = try caller(from: from, trusted: false)
        #expect(caller.name == name && caller.display == display && !caller.isAnonymous && caller.proven == nil)
    }

    /// RFC 3323 §4.2, RFC 3325 §9.3. Whoever asks is heard, trusted or not; who he is stays proven.
    @Test(arguments: ["id", "ID", "user", "header", "id;critical", "header;user;critical", "id, user", "none;id", " id ", "history;id"])
    func privacyHides(value: String) throws {
        for trusted in [true, false] {
            let caller = try caller(["Privacy: \(value)", "P-Asserted-Identity: <sip:1001@home>"], trusted: trusted)
            #expect(caller.isAnonymous && caller.name.isEmpty && caller.display.isEmpty)
            #expect((caller.proven?.user == "1001") == trusted)
        }
    }

    @Test(arguments: ["none", "session", "critical", "history", "", "identity", "userid", "x;y"])
    func otherPrivacyDoesNot(value: String) throws {
        let caller = try caller(["Privacy: \(value)"])
        #expect(!caller.isAnonymous && caller.name == "bob")
    }

    @Test func privacyOverSeveralFields() throws {
        #expect(try caller(["Privacy: critical", "privacy: id"]).isAnonymous)
        #expect(try caller(["X-Privacy: id"]).isAnonymous == false)
    }

    @Test(
        arguments: [
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1", "<sip:x@ANONYMOUS.invalid>;tag=1",
            "<sip:Anonymous@carrier.example>;tag=1",
        ])
    func anonymousFrom(from: String) throws {
        let caller = try caller(["P-Asserted-Identity: <sip:1001@home>"], from: from)
        #expect(caller.isAnonymous && caller.name.isEmpty && caller.proven?.user == "1001")
    }

    /// RFC 3325 §9.2: what a client would like to be called.
    @Test func preferredIdentityProvesNothing() throws {
        #expect(try caller(["P-Preferred-Identity: <sip:1001@home>"]) == caller())
        #expect(try caller(["P-Asserted-Identity: <sip:1001@home>"], trusted: false).proven == nil)
    }

    @Test func theLineInsteadOfFrom() throws {
        let rules = CallerIdentity.Rules(shown: .asserted)
        let line = try caller(["P-Asserted-Identity: \"Desk\" <sip:1001@home>, <tel:+1555>"], rules)
        #expect(line.name == "1001" && line.display == "Desk")
        #expect(try caller(["P-Asserted-Identity: <tel:+1-555>"], from: "<sip:anonymous@anonymous.invalid>;tag=1", rules).name == "+1555")
        #expect(try caller(["P-Asserted-Identity: <sip:1001@home>"], trusted: false, rules).name == "bob")
        #expect(try caller(["P-Asserted-Identity: <sip:1001@home>", "Privacy: id"], rules).isAnonymous)
        #expect(try caller([], rules).name == "bob")
    }

    @Test func remotePartyID() throws {
        let rules = CallerIdentity.Rules(remotePartyID: true)
        let screened = "Remote-Party-ID: <sip:1001@home>;party=calling;screen=yes;privacy=off"
        #expect(try caller([screened], rules).proven?.user == "1001")
        #expect(try caller([screened]).proven == nil, "off by default")
        #expect(try caller([screened], trusted: false, rules).proven == nil)
        #expect(try caller(["Remote-Party-ID: <sip:1001@home>;screen=no"], rules).proven == nil)
        #expect(try caller(["Remote-Party-ID: <sip:1001@home>;party=called;screen=yes"], rules).proven == nil)
        #expect(try caller(["Remote-Party-ID: <sip:1001@home>;screen=yes;privacy=full"], rules).isAnonymous)
        #expect(try caller(["Remote-Party-ID: <sip:1001@home"], rules) == caller())
        // The RFC's header counts before the draft's.
        #expect(try caller([screened, "P-Asserted-Identity: <sip:1002@home>"], rules).proven?.user == "1002")
        let shown = CallerIdentity.Rules(shown: .asserted, remotePartyID: true)
        #expect(try caller(["Remote-Party-ID: \"Desk\" <sip:1001@home>"], shown).name == "1001")
    }

    @Test func explained() throws {
        let text = ProxiedInvite("sip:606@home", "Privacy: id", "P-Asserted-Identity: <sip:1001@home>").text
        let trusting = try RouteExplanation(Array(text.utf8), by: ProxiedInvite.table(), trusts: { $0 == "192.0.2.1" })
        #expect(trusting.text.contains("\n  caller    anonymous\n  proven    sip:1001@home"))
        #expect(trusting.json.contains("\"anonymous\":true,\"proven\":\"sip:1001@home\""))
        #expect(try RouteExplanation(Array(text.utf8), by: ProxiedInvite.table()).caller.proven == nil)
    }
}
