import Findings

/// Where the variables of a scenario are set and read, and which of them hold what the caller or the network said.
struct VariableUses {
    var reads: [String: [SourceLocation]] = [:]
    /// Set from the caller.
    var tainted: Set<String> = []
    /// `set` steps, for following taint: a variable computed from a tainted one is tainted.
    var flows: [(target: String, sources: Set<String>)] = []
    /// Paths of files made of variables.
    var filePaths: [(variables: Set<String>, location: SourceLocation)] = []
    /// Headers of the INVITE that are read, in lower case.
    var headers: Set<String> = []
    /// Addresses that a caller is sent to, with the places of the step and of the address.
    var contacts: [(address: Expression, step: SourceLocation, location: SourceLocation)] = []
    /// Addresses that this server may call itself.
    var dialled: [(address: Expression, location: SourceLocation)] = []
    /// Addresses that sound is fetched from.
    var fetched: [(address: Expression, location: SourceLocation)] = []
    /// PINs made of variables.
    var secrets: [(variables: Set<String>, location: SourceLocation)] = []
    /// Variables that `gather` fills.
    var gathered: Set<String> = []
    /// Variables gathered with `mask: true`.
    var masked: Set<String> = []
    /// Variables that are spoken or logged.
    var printed: [(variables: Set<String>, location: SourceLocation)] = []

    /// Everything that comes from the caller, directly or by computation.
    func allTainted(inputs: some Sequence<String>) -> Set<String> {
        spread(tainted.union(inputs).union(Scenario.fromOutside))
    }

    var allMasked: Set<String> { spread(masked) }

    private func spread(_ start: Set<String>) -> Set<String> {
        var reached = start
        var grown = true
        while grown {
            grown = false
            for flow in flows where !reached.contains(flow.target) && !flow.sources.isDisjoint(with: reached) {
                reached.insert(flow.target)
                grown = true
            }
        }
        return reached
    }
}
