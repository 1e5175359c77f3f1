import CallControl
import Findings
import SIP
import Scenarios

extension Configuration {
    /// `dial_out`: how calls out are made, and how much of them. Where they may go is `dial_targets`.
    mutating func readDialOut(_ node: YAMLNode, into findings: inout [Finding]) {
        var fields = YAMLFields(node, what: "`dial_out`", at: node.location, into: &findings)
        if let caller = fields.take("caller") { dialOut.caller = Self.address(caller, "caller", into: &findings) }
        dialOut.passesCaller = fields.bool("show_caller", into: &findings) ?? dialOut.passesCaller
        dialOut.routes = fields.take("via")?.itemsOrSelf.compactMap { Self.address($0, "via", into: &findings)?.text } ?? []
        let standard = DialOutPolicy()
        dialOut.policy = DialOutPolicy(
            targets: [], calls: fields.int("calls", in: 1...10_000, into: &findings) ?? standard.calls,
            longest: fields.duration("longest", into: &findings) ?? standard.longest,
            daily: fields.int("minutes_a_day", in: 1...1_440_000, into: &findings).map { .seconds($0 * 60) } ?? standard.daily)
        fields.finish(into: &findings)
        if dialTargets.isEmpty {
            findings.append(
                .warning(
                    "closed-dial-out", at: node.location, "`dial_out` says how to call, but `dial_targets` lists nobody to call",
                    mend: "dial_targets: [\"sip:[1-9]XX@pbx.example\"]"))
        }
    }

    /// `sip:proxy.example;lr`, or a name and an address in angle brackets.
    static func address(_ node: YAMLNode, _ name: String, into findings: inout [Finding]) -> NameAddress? {
        guard let text = node.text(name, into: &findings) else { return nil }
        // Without brackets parameters would be those of the header; in a file they are meant for the address.
        let written = text.contains("<") ? text : "<\(text)>"
        guard let address = try? NameAddress.parse(written), address.uri.isSIP else {
            findings.append(
                .error("bad-address", at: node.location, "`\(text)` under `\(name)` is no SIP address", mend: "write sip:USER@HOST"))
            return nil
        }
        return address
    }
}
