/// Looks through YAML text for what is refused, before the parser proper sees it: anchors, aliases, merge keys, tags and
/// absurd nesting.
///
/// Aliases make a few lines grow without bound and give findings the place of another line, and `*6:`, which an author
/// means as a telephone key, is an alias to YAML. So they are found here, with their place and a mend, and such a text
/// is not parsed at all. The scan follows quotes, comments, flow brackets and block scalars; where it is in doubt it
/// refuses, and quoting the value always mends that.
struct YAMLTraps {
    static let depthLimit = 64

    private let file: String
    private var line = 0
    private var findings: [Finding] = []
    private var quote: Unicode.Scalar?
    private var depth = 0
    /// Lines indented deeper than this belong to a block scalar (`|`, `>`).
    private var blockIndent: Int?

    private init(file: String) {
        self.file = file
    }

    static func scan(_ text: String, file: String) -> [Finding] {
        var traps = YAMLTraps(file: file)
        for line in text.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" }) {
            traps.line += 1
            traps.scan(line: Array(line))
            if traps.depth > depthLimit || traps.findings.count >= 100 { break }
        }
        return traps.findings
    }

    private mutating func report(_ code: String, _ column: Int, _ message: String, mend: String) {
        findings.append(.error(code, at: SourceLocation(file: file, line: line, column: column + 1), message, mend: mend))
    }

    private mutating func scan(line scalars: [Unicode.Scalar]) {
        let indent = scalars.firstIndex { $0 != " " } ?? scalars.count
        if let outer = blockIndent, quote == nil {
            if indent == scalars.count || indent > outer || scalars[indent] == "\r" { return }
            blockIndent = nil
        }
        var index = indent
        var atStart = true
        var keyColumn = indent
        // Where the collection begins whose value comes next: a block scalar is indented deeper than that.
        var parent = indent
        while index < scalars.count {
            let scalar = scalars[index]
            let next = index + 1 < scalars.count ? scalars[index + 1] : "\n"
            if let open = quote {
                if scalar == "\\", open == "\"" {
                    index += 1
                } else if scalar == open {
                    if open == "'", next == "'" {
                        index += 1
                    } else {
                        quote = nil
                        atStart = false
                    }
                }
            } else if scalar == "#", index == 0 || Self.isSpace(scalars[index - 1]) {
                return
            } else if Self.isSpace(scalar) {
                // Space keeps the start of a value a start.
            } else if atStart, scalar == "\"" || scalar == "'" {
                quote = scalar
            } else if atStart, scalar == "-" || scalar == "?", Self.isSpace(next) {
                parent = index
                keyColumn = index + 2
            } else if atStart, depth == 0, scalar == "|" || scalar == ">" {
                blockIndent = parent
                return
            } else if atStart, let trap = Self.trap(scalar, next) {
                report(trap.code, index, trap.message, mend: trap.mend)
                atStart = false
            } else if scalar == "[" || scalar == "{", atStart || depth > 0 {
                depth += 1
                atStart = true
                if depth > Self.depthLimit {
                    report("yaml-depth", index, "lists and mappings are nested more than \(Self.depthLimit) deep", mend: "flatten them")
                    return
                }
            } else if scalar == "]" || scalar == "}", depth > 0 {
                depth -= 1
                atStart = false
            } else if scalar == ",", depth > 0 {
                atStart = true
            } else if scalar == ":", Self.isSpace(next) || depth > 0 {
                if depth == 0 { parent = keyColumn }
                atStart = true
            } else {
                atStart = false
            }
            index += 1
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r" || scalar == "\n"
    }

    private static func trap(_ scalar: Unicode.Scalar, _ next: Unicode.Scalar) -> (code: String, message: String, mend: String)? {
        switch scalar {
        case "*":
            ("yaml-alias", "`*` begins an alias in YAML, and aliases are refused", "for the star key write star or \"*\"; quote other text")
        case "&":
            (
                "yaml-anchor", "`&` begins an anchor in YAML, and anchors are refused",
                "write the value out where it is needed, or quote the text"
            )
        case "!":
            ("yaml-tag", "`!` begins a tag in YAML, and tags are refused", "leave the tag out, or quote the text")
        case "<" where next == "<":
            ("yaml-merge", "merge keys (`<<`) are refused", "write the fields out where they are needed")
        default:
            nil
        }
    }
}
