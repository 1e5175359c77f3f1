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
        Self.reasons[code] ?? Self.classes[code / 100] ?? "Unknown"
    }

    private static let classes = [1: "Progress", 2: "OK", 3: "Redirection", 4: "Request Failure", 5: "Server Failure", 6: "Global Failure"]

    private static let reasons: [Int: String] = [
        100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
        199: "Early Dialog Terminated",
        200: "OK", 202: "Accepted", 204: "No Notification",
        300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
        400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 412: "Conditional Request Failed",
        413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
        417: "Unknown Resource-Priority", 420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
        423: "Interval Too Brief", 428: "Use Identity Header", 429: "Provide Referrer Identity", 430: "Flow Failed",
        433: "Anonymity Disallowed", 436: "Bad Identity Info", 437: "Unsupported Credential", 438: "Invalid Identity Header",
        439: "First Hop Lacks Outbound Support", 440: "Max-Breadth Exceeded", 469: "Bad Info Package", 470: "Consent Needed",
        480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops",
        484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
        489: "Bad Event", 491: "Request Pending", 493: "Undecipherable", 494: "Security Agreement Required",
        500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out",
        505: "Version Not Supported", 513: "Message Too Large", 555: "Push Notification Service Not Supported", 580: "Precondition Failure",
        600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted", 608: "Rejected",
    ]
}
