/// The header fields this stack asks for by name; all others are `.other` and found by comparing names.
package enum HeaderID: UInt8, Sendable, CaseIterable {
    case other
    case via, from, to, callID, cseq, maxForwards, contact, recordRoute, route, contentLength, contentType, contentEncoding
    case contentDisposition, allow, supported, unsupported, require, proxyRequire, accept, expires, event, userAgent, server
    case retryAfter, timestamp, subject, reason, referTo, referredBy, sessionExpires, minSE, warning, allowEvents, diversion
    case pAssertedIdentity, date, historyInfo, rseq, rack
    case wwwAuthenticate, proxyAuthenticate, authorization, proxyAuthorization, authenticationInfo, minExpires, path, serviceRoute
    case subscriptionState, replaces, referSub

    /// The full name, spelt as RFC 3261 §20 spells it.
    package var name: String { String(describing: spelling) }

    var spelling: StaticString {
        switch self {
        case .other: ""
        case .via: "Via"
        case .from: "From"
        case .to: "To"
        case .callID: "Call-ID"
        case .cseq: "CSeq"
        case .maxForwards: "Max-Forwards"
        case .contact: "Contact"
        case .recordRoute: "Record-Route"
        case .route: "Route"
        case .contentLength: "Content-Length"
        case .contentType: "Content-Type"
        case .contentEncoding: "Content-Encoding"
        case .contentDisposition: "Content-Disposition"
        case .allow: "Allow"
        case .supported: "Supported"
        case .unsupported: "Unsupported"
        case .require: "Require"
        case .proxyRequire: "Proxy-Require"
        case .accept: "Accept"
        case .expires: "Expires"
        case .event: "Event"
        case .userAgent: "User-Agent"
        case .server: "Server"
        case .retryAfter: "Retry-After"
        case .timestamp: "Timestamp"
        case .subject: "Subject"
        case .reason: "Reason"
        case .referTo: "Refer-To"
        case .referredBy: "Referred-By"
        case .sessionExpires: "Session-Expires"
        case .minSE: "Min-SE"
        case .warning: "Warning"
        case .allowEvents: "Allow-Events"
        case .diversion: "Diversion"
        case .pAssertedIdentity: "P-Asserted-Identity"
        case .date: "Date"
        case .historyInfo: "History-Info"
        case .rseq: "RSeq"
        case .rack: "RAck"
        case .subscriptionState: "Subscription-State"
        case .replaces: "Replaces"
        case .referSub: "Refer-Sub"
        case .wwwAuthenticate: "WWW-Authenticate"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .authorization: "Authorization"
        case .proxyAuthorization: "Proxy-Authorization"
        case .authenticationInfo: "Authentication-Info"
        case .minExpires: "Min-Expires"
        case .path: "Path"
        case .serviceRoute: "Service-Route"
        }
    }

    /// Header fields that may stand only once (RFC 3261 §7.3.1 and table 2): a second one makes the message ambiguous.
    var isSingle: Bool {
        switch self {
        case .from, .to, .callID, .cseq, .maxForwards, .contentLength, .contentType, .contentDisposition, .expires, .event,
            .timestamp, .subject, .referTo, .referredBy, .sessionExpires, .minSE, .rseq, .rack, .date, .subscriptionState, .replaces,
            .referSub:
            true
        default:
            false
        }
    }

    /// Names are case-insensitive and some have a one-letter form (RFC 3261 §7.3.3, RFC 3515, RFC 4028, RFC 6665).
    package init(_ name: [UInt8]) { self.init(name, in: 0..<name.count) }

    package init(_ bytes: [UInt8], in range: Range<Int>) {
        guard let first = range.first, range.upperBound <= bytes.count else {
            self = .other
            return
        }
        self = range.count == 1 ? Self.compact(bytes[first].lowercased) : Self.full(bytes, range)
    }

    private static func compact(_ letter: UInt8) -> HeaderID {
        switch letter {
        case UInt8(ascii: "v"): .via
        case UInt8(ascii: "f"): .from
        case UInt8(ascii: "t"): .to
        case UInt8(ascii: "i"): .callID
        case UInt8(ascii: "m"): .contact
        case UInt8(ascii: "l"): .contentLength
        case UInt8(ascii: "c"): .contentType
        case UInt8(ascii: "e"): .contentEncoding
        case UInt8(ascii: "k"): .supported
        case UInt8(ascii: "s"): .subject
        case UInt8(ascii: "o"): .event
        case UInt8(ascii: "r"): .referTo
        case UInt8(ascii: "b"): .referredBy
        case UInt8(ascii: "x"): .sessionExpires
        case UInt8(ascii: "u"): .allowEvents
        default: .other
        }
    }

    private static let byLength: [[HeaderID]] = {
        var table = [[HeaderID]](repeating: [], count: 20)
        for id in allCases where id != .other { table[id.spelling.utf8CodeUnitCount].append(id) }
        return table
    }()

    private static func full(_ bytes: [UInt8], _ range: Range<Int>) -> HeaderID {
        guard range.count < byLength.count else { return .other }
        for id in byLength[range.count] where id.isSpelt(bytes, range) { return id }
        return .other
    }

    private func isSpelt(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        spelling.withUTF8Buffer { spelling in
            for index in 0..<spelling.count where spelling[index].lowercased != bytes[range.lowerBound + index].lowercased { return false }
            return true
        }
    }
}
