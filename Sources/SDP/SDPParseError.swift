/// Why a session description cannot be read, and where.
package struct SDPParseError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case tooLong
        case tooManyLines
        case tooManyMedia
        /// A line that is not `x=…`, or with a NUL or a bare CR in it.
        case malformedLine
        /// `v=` is missing, comes late or is not 0.
        case unsupportedVersion
        /// No `o=` line.
        case missingOrigin
        case malformedOrigin
        case malformedConnection
        case malformedMedia
    }

    package var reason: Reason
    /// Counted from 1; 0 when the whole is meant.
    package var line: Int

    package init(_ reason: Reason, line: Int) {
        self.reason = reason
        self.line = line
    }

    package var description: String {
        let text =
            switch reason {
            case .tooLong: "longer than \(SessionDescription.maximumLength) bytes"
            case .tooManyLines: "more than \(SessionDescription.maximumLines) lines"
            case .tooManyMedia: "more than \(SessionDescription.maximumMedia) media descriptions"
            case .malformedLine: "not a line of the form x=value"
            case .unsupportedVersion: "v=0 must come first"
            case .missingOrigin: "no o= line"
            case .malformedOrigin: "the o= line does not have its six fields"
            case .malformedConnection: "the c= line does not have its three fields"
            case .malformedMedia: "the m= line does not have media, port, protocol and a format"
            }
        return line > 0 ? "SDP line \(line): \(text)" : "SDP: \(text)"
    }
}
