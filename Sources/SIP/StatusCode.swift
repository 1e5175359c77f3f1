/// A response's status, 100 to 699 (RFC 3261 §7.2).
package struct StatusCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let code: Int

    /// nil when `code` is outside 100...699.
    package init?(_ code: Int) {
        guard (100...699).contains(code) else { return nil }
        self.code = code
    }

    private init(known code: Int) {
        self.code = code
    }

    package var isProvisional: Bool { code < 200 }
    package var isFinal: Bool { code >= 200 }
    package var isSuccess: Bool { (200...299).contains(code) }
    package var isRedirection: Bool { (300...399).contains(code) }

    /// 401 of a user agent, 407 of a proxy (RFC 3261 §22).
    package var asksForCredentials: Bool { code == 401 || code == 407 }

    package static func < (left: Self, right: Self) -> Bool { left.code < right.code }
    package var description: String { "\(code) \(reason)" }

    package static let trying = StatusCode(known: 100)
    package static let ringing = StatusCode(known: 180)
    package static let sessionProgress = StatusCode(known: 183)
    package static let ok = StatusCode(known: 200)
    package static let movedTemporarily = StatusCode(known: 302)
    package static let accepted = StatusCode(known: 202)
    package static let badRequest = StatusCode(known: 400)
    package static let unauthorized = StatusCode(known: 401)
    package static let forbidden = StatusCode(known: 403)
    package static let notFound = StatusCode(known: 404)
    package static let methodNotAllowed = StatusCode(known: 405)
    package static let notAcceptable = StatusCode(known: 406)
    package static let requestTimeout = StatusCode(known: 408)
    package static let unsupportedMediaType = StatusCode(known: 415)
    package static let unsupportedURIScheme = StatusCode(known: 416)
    package static let badExtension = StatusCode(known: 420)
    package static let sessionIntervalTooSmall = StatusCode(known: 422)
    package static let intervalTooBrief = StatusCode(known: 423)
    package static let temporarilyUnavailable = StatusCode(known: 480)
    package static let noSuchCall = StatusCode(known: 481)
    package static let loopDetected = StatusCode(known: 482)
    package static let tooManyHops = StatusCode(known: 483)
    package static let busyHere = StatusCode(known: 486)
    package static let requestTerminated = StatusCode(known: 487)
    package static let notAcceptableHere = StatusCode(known: 488)
    package static let badEvent = StatusCode(known: 489)
    package static let requestPending = StatusCode(known: 491)
    package static let serverError = StatusCode(known: 500)
    package static let notImplemented = StatusCode(known: 501)
    package static let serviceUnavailable = StatusCode(known: 503)
    package static let serverTimeout = StatusCode(known: 504)
    package static let versionNotSupported = StatusCode(known: 505)
    package static let messageTooLarge = StatusCode(known: 513)

    /// The phrase of RFC 3261 §21 (and of the RFC that registered a later code), or that of the class.
    package var reason: String {
        switch code {
        case 100: "Trying"
        case 180: "Ringing"
        case 181: "Call Is Being Forwarded"
        case 182: "Queued"
        case 183: "Session Progress"
        case 199: "Early Dialog Terminated"
        case 200: "OK"
        case 202: "Accepted"
        case 204: "No Notification"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Moved Temporarily"
        case 305: "Use Proxy"
        case 380: "Alternative Service"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 410: "Gone"
        case 412: "Conditional Request Failed"
        case 413: "Request Entity Too Large"
        case 414: "Request-URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Unsupported URI Scheme"
        case 417: "Unknown Resource-Priority"
        case 420: "Bad Extension"
        case 421: "Extension Required"
        case 422: "Session Interval Too Small"
        case 423: "Interval Too Brief"
        case 428: "Use Identity Header"
        case 429: "Provide Referrer Identity"
        case 430: "Flow Failed"
        case 433: "Anonymity Disallowed"
        case 436: "Bad Identity Info"
        case 437: "Unsupported Credential"
        case 438: "Invalid Identity Header"
        case 439: "First Hop Lacks Outbound Support"
        case 440: "Max-Breadth Exceeded"
        case 469: "Bad Info Package"
        case 470: "Consent Needed"
        case 480: "Temporarily Unavailable"
        case 481: "Call/Transaction Does Not Exist"
        case 482: "Loop Detected"
        case 483: "Too Many Hops"
        case 484: "Address Incomplete"
        case 485: "Ambiguous"
        case 486: "Busy Here"
        case 487: "Request Terminated"
        case 488: "Not Acceptable Here"
        case 489: "Bad Event"
        case 491: "Request Pending"
        case 493: "Undecipherable"
        case 494: "Security Agreement Required"
        case 500: "Server Internal Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Server Time-out"
        case 505: "Version Not Supported"
        case 513: "Message Too Large"
        case 555: "Push Notification Service Not Supported"
        case 580: "Precondition Failure"
        case 600: "Busy Everywhere"
        case 603: "Decline"
        case 604: "Does Not Exist Anywhere"
        case 606: "Not Acceptable"
        case 607: "Unwanted"
        case 608: "Rejected"
        default: classReason
        }
    }

    private var classReason: String {
        switch code / 100 {
        case 1: "Progress"
        case 2: "OK"
        case 3: "Redirection"
        case 4: "Request Failure"
        case 5: "Server Failure"
        case 6: "Global Failure"
        default: "Unknown"
        }
    }
}
