/// Why a session description cannot be read, and where.
package struct SDPParseError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable, CaseIterable {
        case tooLong
        case tooManyLines
        case tooManyMedia
        /// A line that is not `x=…`.
        case malformedLine
        /// A NUL or a bare CR.
        case controlCharacter
        /// There is no `v=`, or something stands before it.
        case missingVersion
        /// `v=` is not 0, or comes twice.
        case unsupportedVersion
        /// No `o=` line.
        case missingOrigin
        case malformedOrigin
        case malformedConnection
        /// In an `o=` or `c=` line.
        case unknownNetwork
        case unknownAddressType
        case malformedMedia
        case missingFormat
        case malformedPort
        case malformedPortCount
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
            case .controlCharacter: "a NUL or a CR inside the line"
            case .missingVersion: "v=0 must come first"
            case .unsupportedVersion: "the version must be v=0, once"
            case .missingOrigin: "no o= line"
            case .malformedOrigin: "the o= line does not have its six fields"
            case .malformedConnection: "the c= line does not have its three fields"
            case .unknownNetwork: "the network type is not IN"
            case .unknownAddressType: "the address type is neither IP4 nor IP6"
            case .malformedMedia: "the m= line does not have media, port, protocol and a format"
            case .missingFormat: "the m= line has no format"
            case .malformedPort: "the port of the m= line is no number up to 65535"
            case .malformedPortCount: "the number of ports of the m= line is no number above 0"
            }
        return line > 0 ? "SDP line \(line): \(text)" : "SDP: \(text)"
    }

    /// Where RFC 8866 demands what is missing; nil for limits of ours.
    package var reference: String? {
        switch reason {
        case .tooLong, .tooManyLines, .tooManyMedia: nil
        case .malformedLine: "RFC 8866 section 5"
        case .controlCharacter: "RFC 8866 section 9"
        case .missingVersion, .unsupportedVersion: "RFC 8866 section 5.1"
        case .missingOrigin, .malformedOrigin: "RFC 8866 section 5.2"
        case .malformedConnection, .unknownNetwork, .unknownAddressType: "RFC 8866 section 5.7"
        case .malformedMedia, .missingFormat, .malformedPort, .malformedPortCount: "RFC 8866 section 5.14"
        }
    }
}
