import Findings
import Timing

/// Tables, redirects and the locale.
extension ScenarioRun {
    /// Wrong keys under one guard before it takes `missing` at once.
    static let guardLimit = 3

    mutating func perform(_ lookup: LookupStep, into commands: inout [ScenarioCommand]) {
        if let name = lookup.guardName, wrongKeys[name, default: 0] >= Self.guardLimit {
            commands.append(.log("too many wrong keys for `\(name)`"))
            push(lookup.missing)
            return
        }
        guard let frame = frames.last, let row = frame.scenario.tables[lookup.table]?[evaluate(lookup.key).asText] else {
            if let name = lookup.guardName { wrongKeys[name, default: 0] += 1 }
            push(lookup.missing)
            return
        }
        if let name = lookup.into, case .record(let fields) = frame.scenario.types[name] {
            // The variable may hold less than the table has.
            store(.record(row.filter { fields[$0.key] != nil }), in: name)
        }
        push(lookup.found)
    }

    mutating func redirect(
        status: Int, _ contacts: [ContactTemplate], _ headers: [Assignment], at location: SourceLocation,
        into commands: inout [ScenarioCommand]
    ) {
        guard let targets = targets(contacts.map(\.uri), at: location, into: &commands) else {
            errorHappened("\(location): the redirect was refused", into: &commands)
            return
        }
        let goals = zip(targets, contacts).map { RedirectContact(uri: $0, q: $1.q) }
        let headers = self.headers(headers)
        finish(
            isAnswered ? .hangUp(cause: nil, headers: headers) : .redirect(status: status, contacts: goals, headers: headers),
            into: &commands)
    }

    /// The addresses that a step names; nil when one of them was made of what came from outside and the server's list lacks it.
    mutating func targets(_ addresses: [Expression], at location: SourceLocation, into commands: inout [ScenarioCommand]) -> [String]? {
        let targets = addresses.map { evaluate($0).asText.onOneLine }
        guard frames.last?.scenario.openTargets.contains(location) == true else { return targets }
        for target in targets where !set.dialTargets.contains(where: { $0.matches(target) }) {
            commands.append(.log("\(location): dial_targets do not allow `\(target.prefix(200))`"))
            return nil
        }
        return targets
    }

    mutating func speak(_ name: String) { chosenLocale = name }

    /// What is spoken: the caller's choice where the scenario has that locale, else its first.
    package var locale: String {
        guard let scenario = frames.last?.scenario else { return chosenLocale ?? "en" }
        return chosenLocale.flatMap { scenario.locales.contains($0) ? $0 : nil } ?? scenario.locales.first ?? "en"
    }

    /// Where clips come from that the locale lacks: the file's first locale before its others. The checker has seen to it that one of
    /// them has each clip.
    var fallbackLocales: [String] {
        let spoken = locale
        return (frames.last?.scenario.locales ?? []).filter { $0 != spoken }
    }
}

extension String {
    /// Without line breaks and control characters, which the caller's name could carry into logs and headers.
    var onOneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}
