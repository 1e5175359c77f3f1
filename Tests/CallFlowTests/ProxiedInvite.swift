import SIP
import Testing

@testable import CallControl

/// An INVITE as a proxy sends it, of which a test says only what it is about.
struct ProxiedInvite: CustomTestStringConvertible {
    var uri: String
    var headers: [String] = []
    var to = "<sip:1001@pbx.example>"

    init(_ uri: String, _ headers: String..., to: String = "<sip:1001@pbx.example>") {
        self.uri = uri
        self.headers = headers
        self.to = to
    }

    var testDescription: String { ([uri] + headers).joined(separator: " | ") }

    var text: String {
        let lines = [
            "INVITE \(uri) SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKp1", "From: <sip:bob@elsewhere.example>;tag=1", "To: \(to)",
            "Call-ID: c1", "CSeq: 1 INVITE", "Contact: <sip:bob@192.0.2.7>", "Max-Forwards: 69",
        ]
        return (lines + headers + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
    }

    func message() throws -> SIPMessage { try SIPMessage.parse(Array(text.utf8)) }

    /// The decision of a table whose domain is `home`, which listens at 192.0.2.10 and knows the proxy's domain.
    func decide(_ rules: MailboxRules = MailboxRules()) throws -> RoutingDecision {
        let message = try message()
        return try Self.table(rules).decide(message, requestURI: try message.requestURI())
    }

    static func table(_ rules: MailboxRules = MailboxRules()) throws -> RoutingTable {
        let routes = try ["vm-{box:X.}", "{box:100[1-9]}", "voicemail"].map {
            Route(pattern: try DialPattern($0), scenario: "voicemail-leave", mailbox: rules)
        }
        let fixed = Route(
            pattern: try DialPattern("b{box:X.}"), scenario: "voicemail-leave", inputs: ["greeting": "busy"], mailbox: rules)
        let busy = Route(pattern: try DialPattern("606"), scenario: "busy")
        return RoutingTable(routes: routes + [fixed, busy], domains: LocalDomains("home", also: ["192.0.2.10", "PBX.example."]))
    }
}
