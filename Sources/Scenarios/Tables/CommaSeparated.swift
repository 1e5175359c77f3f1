/// Comma-separated values (RFC 4180): lines of fields, quoted where they hold commas, quotes or line breaks.
struct CommaSeparated {
    struct Row: Equatable {
        var fields: [String]
        /// Where it begins, from 1.
        var line: Int
    }

    struct Mistake: Error, Equatable {
        var line: Int
        var message: String
    }

    /// Empty lines are left out; so is a byte order mark, which spreadsheets write. At most `limit` rows are read, and one more to
    /// show that there are too many.
    static func read(_ text: String, limit: Int) throws(Mistake) -> [Row] {
        var rows: [Row] = []
        var fields: [String] = []
        var field = String.UnicodeScalarView()
        var state = State.start
        var line = 1
        var rowLine = 1
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        // The end of the text ends the last line.
        if scalars.last != "\n" { scalars.append("\n") }
        for (index, scalar) in scalars.enumerated() {
            if scalar == "\n" { line += 1 }
            switch (state, scalar) {
            case (.quoted, "\""): state = .closing
            case (.quoted, _): field.append(scalar)
            case (.closing, "\""):
                // A doubled quote stands for one (RFC 4180 §2, 7).
                field.append(scalar)
                state = .quoted
            case (_, "\r") where index + 1 < scalars.count && scalars[index + 1] == "\n": break
            case (_, ","):
                fields.append(String(field))
                field = String.UnicodeScalarView()
                state = .start
            case (_, "\n"):
                fields.append(String(field))
                field = String.UnicodeScalarView()
                if fields != [""] || state == .closing { rows.append(Row(fields: fields, line: rowLine)) }
                if rows.count > limit { return rows }
                fields = []
                state = .start
                rowLine = line
            case (.start, "\""): state = .quoted
            case (.closing, _): throw Mistake(line: line, message: "after a closing quote only a comma or the end of the line may follow")
            case (_, "\""): throw Mistake(line: line, message: "a quote stands in a field that is not quoted")
            default:
                field.append(scalar)
                state = .plain
            }
        }
        guard state != .quoted else { throw Mistake(line: rowLine, message: "a quote is never closed") }
        return rows
    }

    private enum State { case start, plain, quoted, closing }
}
