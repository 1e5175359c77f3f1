extension RouteExplanation {
    /// Lines for people.
    package var text: String {
        var lines = ["INVITE \(requestURI)"]
        func row(_ name: String, _ value: String) { lines.append("  " + name.padded(to: 10) + value) }
        if let objection {
            row("refused", "\(objection.status.code) before any route is looked at: \(objection.reason), line \(objectionLine)")
        }
        if !peers.isEmpty { row("peer", peerWhy) }
        row("dialled", "\(decision.dialled)")
        switch decision.outcome {
        case .noRoute: row("refused", "404: none of the \(routes) routes matches `\(decision.dialled.name)`")
        case .refused(let refusal): row("refused", "\(refusal.status.code): \(refusal.why) (RFC 4240)")
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
        if caller.isAnonymous { row("caller", "anonymous") }
        if let proven = caller.proven { row("proven", "\(proven)") }
        for (index, step) in (decision.search?.steps ?? []).enumerated() {
            row(index == 0 ? "rules" : "", "\(step.won ? "*" : " ") " + step.rule.rawValue.padded(to: 14) + step.why)
        }
        return lines.joined(separator: "\n")
    }

    /// Which peer's rules were used, and what it was known by.
    package var peerWhy: String {
        guard let source else { return "none: the source is not known" }
        let names = source.tlsNames.isEmpty ? "" : " (\(source.tlsNames.joined(separator: ", ")))"
        guard let peer = decision.peer else { return "none of \(peers.count) fits \(source.host)\(names), \(sourceWhy)" }
        let sign =
            switch peer.sign {
            case .network(let network): "\(source.host) is in \(network)"
            case .tlsName(let name): "its certificate proves \(name)"
            }
        return "\(peer.rules.name): \(sign), \(sourceWhy)"
    }

    /// One JSON object. `status` is the refusal's, null when the call is taken.
    package var json: String {
        var status = decision.status.map { Int($0.code) }
        var fields = ["\"request_uri\":\(Self.quoted(requestURI.text))", "\"dialled\":\(Self.quoted("\(decision.dialled)"))"]
        func route(_ route: Route) {
            fields.append("\"route\":\(Self.quoted("\(route.pattern)"))")
            fields.append("\"scenario\":\(Self.quoted(route.scenario))")
        }
        if !peers.isEmpty {
            fields.append("\"peer\":\(decision.peer.map { Self.quoted($0.rules.name) } ?? "null")")
            fields.append("\"peer_why\":\(Self.quoted(peerWhy))")
        }
        switch decision.outcome {
        case .noRoute: break
        case .refused(let refusal): fields.append("\"refusal\":\(Self.quoted(refusal.why))")
        case .noMailbox(let found): route(found)
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
        if caller.isAnonymous { fields.append("\"anonymous\":true") }
        if let proven = caller.proven { fields.append("\"proven\":\(Self.quoted(proven.text))") }
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
