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
    package var name: String { Self.names[Int(rawValue)] }

    private static let names = allCases.map { String(describing: $0.spelling) }

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
        self = bytes.withUnsafeBufferPointer { HeaderID($0, in: range) }
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= bytes.count else {
            self = .other
            return
        }
        self = range.count == 1 ? Self.compact(bytes[range.lowerBound].lowercased) : Self.full(bytes, range)
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

    /// The full names by their `slot`; one whose slot is taken stands in the next free one.
    private static let table: [HeaderID] = {
        var table = [HeaderID](repeating: .other, count: 256)
        for id in allCases where id != .other {
            var slot = id.spelling.withUTF8Buffer { Self.slot($0, 0..<$0.count) }
            while table[slot] != .other { slot = (slot + 1) & 255 }
            table[slot] = id
        }
        return table
    }()

    /// 0...255 by length, first and last letter in any case. The factors leave each of the names above a slot of its own.
    private static func slot(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
        let (first, last) = (bytes[range.lowerBound], bytes[range.upperBound - 1])
        return (Int(first.lowercased) * 9 + Int(last.lowercased) * 14 + range.count) & 255
    }

    /// `range` holds two bytes or more.
    private static func full(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> HeaderID {
        table.withUnsafeBufferPointer { table in
            var slot = Self.slot(bytes, range)
            while table[slot] != .other {
                if table[slot].isSpelt(bytes, range) { return table[slot] }
                slot = (slot + 1) & 255
            }
            return .other
        }
    }

    private func isSpelt(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        spelling.withUTF8Buffer { spelling in
            guard spelling.count == range.count else { return false }
            // Nearly everybody writes the names as they are written here.
            if bytes.holds(spelling, in: range) { return true }
            for index in 0..<spelling.count where spelling[index].lowercased != bytes[range.lowerBound + index].lowercased { return false }
            return true
        }
    }
}
