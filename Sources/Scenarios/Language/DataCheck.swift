import Findings
import WebAddresses

/// What becomes of the variables of one scenario: never read, or carrying the caller's words to where they
/// must not go.
struct DataCheck {
    let scenario: Scenario
    let uses: VariableUses
    /// Some steps could not be read, so a variable may be read there.
    let isIncomplete: Bool
    /// Where calls may be sent by what comes from outside.
    let dialTargets: [DialTarget]
    /// Whom sound may be fetched from.
    let origins: ListedOrigins

    /// The steps whose addresses come from outside.
    var openTargets: Set<SourceLocation> {
        let fromOutside = uses.allTainted(inputs: scenario.inputs.keys)
        return Set(uses.contacts.filter { !$0.address.variables.isDisjoint(with: fromOutside) }.map(\.step))
    }

    func findings() -> [Finding] {
        var findings: [Finding] = []
        for variable in scenario.variables.values {
            guard !isIncomplete, uses.reads[variable.name] == nil else { continue }
            findings.append(.warning("never-read", at: variable.location, "`\(variable.name)` is never read", mend: "leave it out"))
        }
        let fromCaller = uses.allTainted(inputs: [])
        let fromOutside = uses.allTainted(inputs: scenario.inputs.keys)
        for (variables, location) in uses.filePaths {
            if let name = variables.sorted().first(where: fromCaller.contains) {
                findings.append(
                    .error(
                        "tainted-path", at: location, "`\(name)` comes from the caller and cannot choose a file",
                        mend: "choose the file with switch, or play the recording variable itself"))
            } else if let name = variables.sorted().first(where: fromOutside.contains) {
                findings.append(
                    .warning(
                        "tainted-path", at: location, "the input `\(name)` chooses a file", mend: "make sure that no caller can fill it"))
            }
        }
        for (address, _, location) in uses.contacts {
            guard let name = address.variables.sorted().first(where: fromOutside.contains),
                !dialTargets.contains(where: { $0.canMatch(address.addressPieces) })
            else { continue }
            findings.append(
                .error(
                    "open-target", at: location, "`\(name)` comes from outside and chooses where the call goes",
                    mend: "allow such addresses with dial_targets in the server's configuration, or choose them with switch or lookup"))
        }
        for (address, location) in uses.dialled
        where address.variables.isDisjoint(with: fromOutside) && !dialTargets.contains(where: { $0.canMatch(address.addressPieces) }) {
            findings.append(
                .warning(
                    "closed-target", at: location, "the server's dial_targets allow no call to this address, so it will be `rejected`",
                    mend: "add it to dial_targets in the server's configuration"))
        }
        findings += uses.fetched.compactMap(refusal)
        let masked = uses.allMasked
        for (variables, location) in uses.printed {
            guard let name = variables.sorted().first(where: masked.contains) else { continue }
            findings.append(.error("masked-printed", at: location, "`\(name)` is masked and must not be spoken, logged or sent"))
        }
        for (variables, location) in uses.secrets {
            guard let name = variables.sorted().first(where: { uses.gathered.contains($0) && !masked.contains($0) }) else { continue }
            findings.append(
                .error(
                    "pin-unmasked", at: location, "`\(name)` is a PIN, and was gathered without `mask`",
                    mend: "gather: {into: \(name), mask: true, …} keeps it out of logs and call records"))
        }
        return findings
    }

    /// Why nothing would ever be fetched from an address. One that a variable has a part in is looked at again when it is known.
    private func refusal(_ address: Expression, at location: SourceLocation) -> Finding? {
        let pieces = address.addressPieces
        var beginning = ""
        for case .literal(let character) in pieces.prefix(while: { $0 != .anything }) { beginning.append(character) }
        if !pieces.contains(.anything) {
            do {
                beginning = try WebAddress(beginning).description
            } catch {
                return .error("wrong-address", at: location, "nothing can be fetched from `\(beginning)`: \(error)")
            }
        }
        guard !origins.canBegin(beginning) else { return nil }
        let reason =
            origins.isEmpty
            ? "nothing is fetched by HTTP, since the server's configuration lists no host"
            : "the server's configuration lists no host that `\(beginning)` leads to"
        return .error(
            "closed-host", at: location, reason, mend: "add it to http: {hosts: [media.example, \"http://10.0.0.5:8080\"]} there")
    }
}
