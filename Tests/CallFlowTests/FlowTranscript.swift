/// A call as it goes over the wire, written down:
///
/// ```
/// # a remark
/// = call limit 1                    how the switchboard is set up
/// > INVITE sip:601@192.0.2.10 ...   what comes in, line by line; a bare `>` before the body
/// @ 500ms                           time passes
/// ! played                          what the media plane tells: played, digit 5, silent
/// < SIP/2.0 200 OK                  what goes out
/// * play welcome                    what is ordered of the media plane
/// ~ 500ms                           what follows comes so long after the last input
/// ```
/// Tags, branches and session numbers that the server makes are called `server-1`, `server-2`… in the order they appear.
struct FlowTranscript {
    struct Step {
        enum Input: Equatable {
            case setUp(String)
            case message([String])
            case time(String)
            case media(String)
        }

        var input: Input
        var remarks: [String]
        /// Lines that begin with `<`, `*` or `~`.
        var expected: [String] = []
    }

    private(set) var steps: [Step] = []
    /// Remarks after the last step.
    private var trailing: [String] = []

    init(_ text: String) {
        var message: [String]?
        func stripped(_ line: Substring) -> String { String(line.dropFirst(line.dropFirst().first == " " ? 2 : 1)) }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.first == ">" {
                message = (message ?? []) + [stripped(line)]
                continue
            }
            if let lines = message { add(.message(lines)) }
            message = nil
            switch line.first {
            case "#": trailing.append(String(line))
            case "=": add(.setUp(stripped(line)))
            case "@": add(.time(stripped(line)))
            case "!": add(.media(stripped(line)))
            case "<", "*", "~": if !steps.isEmpty { steps[steps.count - 1].expected.append(String(line)) }
            default: break
            }
        }
        if let lines = message { add(.message(lines)) }
    }

    private mutating func add(_ input: Step.Input) {
        steps.append(Step(input: input, remarks: trailing))
        trailing = []
    }

    /// The transcript with what really came out, for taking over a change.
    func rewritten(_ actual: [[String]]) -> String {
        var blocks: [String] = []
        for (step, lines) in zip(steps, actual) {
            let input =
                switch step.input {
                case .setUp(let text): ["= " + text]
                case .time(let text): ["@ " + text]
                case .media(let text): ["! " + text]
                case .message(let lines): lines.map { $0.isEmpty ? ">" : "> " + $0 }
                }
            blocks.append((step.remarks + input).joined(separator: "\n"))
            if !lines.isEmpty { blocks.append(Self.spaced(lines)) }
        }
        if !trailing.isEmpty { blocks.append(trailing.joined(separator: "\n")) }
        return blocks.joined(separator: "\n\n") + "\n"
    }

    /// A blank line before each message and each step of time.
    private static func spaced(_ lines: [String]) -> String {
        var text = ""
        var previous = ""
        for line in lines {
            let begins =
                line.first == "~" || (line.first == "<" && (line.hasPrefix("< to ") || line.contains("SIP/2.0") && !line.contains(": ")))
            if !previous.isEmpty { text += begins && !previous.hasPrefix("< to ") && previous.first != "~" ? "\n\n" : "\n" }
            text += line
            previous = line
        }
        return text
    }
}
