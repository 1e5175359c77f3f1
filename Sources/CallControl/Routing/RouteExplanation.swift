import SIP

/// What the server would do with one INVITE, in words: the decision itself is the server's own.
package struct RouteExplanation: Sendable {
    /// Why a file cannot be explained.
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let requestURI: SIPURI
    package let decision: RoutingDecision
    /// Where the call is taken to come from, and how that is known.
    package let source: CallSource?
    package let sourceWhy: String
    /// As scenarios would see the caller.
    package let caller: CallerIdentity
    /// Why the server would refuse the message before it came to a route; nil when it would not.
    package let objection: SIPParseError?
    /// The line of the file's header section that the objection is about.
    let objectionLine: Int
    let routes: Int
    let peers: [PeerRules]

    /// Explains the INVITE in `bytes`, as traces and editors hold it: with CRLF or LF, with or without its body. Where it came from a
    /// file does not tell: that is said by `source`, or read off the topmost Via. `trusts` is the list of trusted peers.
    package init(
        _ bytes: [UInt8], by table: RoutingTable, from source: CallSource? = nil, trusts: (String) -> Bool = { _ in false }
    ) throws(Unreadable) {
        guard bytes.count <= SIPMessage.maximumSize else { throw Unreadable(description: "the file is larger than a SIP message may be") }
        guard let head = Self.head(of: bytes) else { throw Unreadable(description: "the file is empty") }
        guard !head.starts(with: Array("SIP/".utf8)) else { throw Unreadable(description: "this is a response; an INVITE is wanted") }
        let first = String(decoding: head.prefix { $0 != 0x0D }, as: UTF8.self)
        guard first.lowercasedASCII.hasSuffix(" sip/2.0") else {
            throw Unreadable(description: "the first line is no request line: \(first.prefix(80))")
        }
        let (message, problem) = try Self.message(head)
        guard message.method == .invite else {
            throw Unreadable(description: "this is a \(message.method?.name ?? "response"); an INVITE is wanted")
        }
        do {
            requestURI = try message.requestURI()
        } catch {
            throw Unreadable(description: "the Request-URI \(message.requestURIText) cannot be read: \(error.reason)")
        }
        objection = problem
        objectionLine = problem.map { Self.line(of: $0.offset, in: head) } ?? 0
        self.source = source ?? Self.source(of: message)
        sourceWhy = source == nil ? "by the topmost Via" : "as given"
        decision = table.decide(message, requestURI: requestURI, from: self.source)
        let peer = decision.peer?.rules
        let isTrusted = peer?.isTrusted ?? self.source.map { trusts($0.host) } ?? false
        caller = CallerIdentity.of(message, peerIsTrusted: isTrusted, rules: peer?.caller ?? .init())
        routes = table.routes.count
        peers = table.peers.peers
    }

    /// `received`, which whoever took the message has added (RFC 3261 §18.2.1), else the address that the sender names.
    private static func source(of message: SIPMessage) -> CallSource? {
        guard let via = (try? message.topVia()) ?? nil else { return nil }
        let host = via.parameters["received"] ?? via.host
        return host.isIPLiteral ? CallSource(host: host) : nil
    }

    /// The message, and what the server would answer instead of routing it.
    private static func message(_ head: [UInt8]) throws(Unreadable) -> (SIPMessage, SIPParseError?) {
        do {
            let message = try SIPMessage.parse(head)
            _ = try message.envelope()
            return (message, nil)
        } catch {
            if let message = error.partial { return (message, error) }
            throw Unreadable(description: "this is no SIP message: \(error.reason), line \(line(of: error.offset, in: head))")
        }
    }

    /// Start-line and headers with CRLF; no body, and so no Content-Length, which after an editor fits no more.
    private static func head(of bytes: [UInt8]) -> [UInt8]? {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { $0.last == 0x0D ? $0.dropLast() : $0 }
        let started = lines.drop { line in line.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
        guard !started.isEmpty else { return nil }
        var head: [UInt8] = []
        for line in started.prefix(while: { !$0.isEmpty }) {
            let name = line.prefix { $0 != UInt8(ascii: ":") }.filter { $0 != 0x20 && $0 != 0x09 }
            guard name.count == line.count || HeaderID(name) != .contentLength else { continue }
            head += Array(line) + [0x0D, 0x0A]
        }
        return head + [0x0D, 0x0A]
    }

    private static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        bytes.prefix(max(0, offset)).count { $0 == 0x0A } + 1
    }
}
