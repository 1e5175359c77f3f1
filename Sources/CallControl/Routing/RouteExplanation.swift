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
    /// Why the server would refuse the message before it came to a route; nil when it would not.
    package let objection: SIPParseError?
    /// The line of the file's header section that the objection is about.
    let objectionLine: Int
    let routes: Int

    /// Explains the INVITE in `bytes`, as traces and editors hold it: with CRLF or LF, with or without its body.
    package init(_ bytes: [UInt8], by table: RoutingTable) throws(Unreadable) {
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
        decision = table.decide(message, requestURI: requestURI)
        routes = table.routes.count
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

extension RouteExplanation {
    /// Lines for people.
    package var text: String {
        var lines = ["INVITE \(requestURI)"]
        func row(_ name: String, _ value: String) { lines.append("  " + name.padded(to: 10) + value) }
        if let objection {
            row("refused", "\(objection.status.code) before any route is looked at: \(objection.reason), line \(objectionLine)")
        }
        row("dialled", "\(decision.dialled)")
        switch decision.outcome {
        case .noRoute: row("refused", "404: none of the \(routes) routes matches `\(decision.dialled.name)`")
        case .noMailbox(let route):
            row("route", "\(route.pattern) -> \(route.scenario)")
            row("refused", "404: no rule of the route names a mailbox")
        case .routed(let match):
            row("route", "\(match.route.pattern) -> \(match.route.scenario)")
            if let mailbox = match.mailbox {
                row("mailbox", "\(mailbox.identity), by \(mailbox.rule.rawValue)")
                row("greeting", "\(mailbox.greeting.rawValue): \(decision.search?.greetingWhy ?? "")")
            }
            row("scenario", match.route.scenario)
            for (index, input) in match.inputs.sorted(by: { $0.key < $1.key }).enumerated() {
                row(index == 0 ? "inputs" : "", "\(input.key) = \(input.value)")
            }
        }
        for (index, step) in (decision.search?.steps ?? []).enumerated() {
            row(index == 0 ? "rules" : "", "\(step.won ? "*" : " ") " + step.rule.rawValue.padded(to: 14) + step.why)
        }
        return lines.joined(separator: "\n")
    }

    /// One JSON object. `status` is the refusal's, null when the call is taken.
    package var json: String {
        var status: Int?
        var fields = ["\"request_uri\":\(Self.quoted(requestURI.text))", "\"dialled\":\(Self.quoted("\(decision.dialled)"))"]
        func route(_ route: Route) {
            fields.append("\"route\":\(Self.quoted("\(route.pattern)"))")
            fields.append("\"scenario\":\(Self.quoted(route.scenario))")
        }
        switch decision.outcome {
        case .noRoute: status = 404
        case .noMailbox(let found):
            status = 404
            route(found)
        case .routed(let match):
            route(match.route)
            let inputs = match.inputs.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
            fields.append("\"inputs\":{\(inputs.joined(separator: ","))}")
            if let mailbox = match.mailbox {
                fields.append("\"mailbox\":\(Self.quoted("\(mailbox.identity)"))")
                fields.append("\"rule\":\(Self.quoted(mailbox.rule.rawValue))")
                fields.append("\"greeting\":\(Self.quoted(mailbox.greeting.rawValue))")
                fields.append("\"greeting_why\":\(Self.quoted(decision.search?.greetingWhy ?? ""))")
            }
        }
        if let objection {
            status = Int(objection.status.code)
            fields.append("\"objection\":\(Self.quoted(objection.reason))")
        }
        if let search = decision.search {
            let steps = search.steps.map {
                "{\"rule\":\(Self.quoted($0.rule.rawValue)),\"won\":\($0.won),\"why\":\(Self.quoted($0.why))}"
            }
            fields.append("\"rules\":[\(steps.joined(separator: ","))]")
        }
        fields.append("\"status\":\(status.map(String.init) ?? "null")")
        return "{" + fields.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\" + String(scalar)
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
