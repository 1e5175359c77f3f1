import WebAddresses

/// A request as whoever wants something writes it. How it is sent, and where it may go, is the client's business.
package struct WebRequest: Sendable {
    package var method = "GET"
    package var address: WebAddress
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8] = []

    package init(_ address: WebAddress) { self.address = address }
}

/// What was answered, whole.
package struct WebResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// All lines of that name as one, as RFC 9110 §5.3 puts them together.
    package subscript(_ name: String) -> String? {
        let wanted = name.lowercased()
        let lines = headers.filter { $0.name.lowercased() == wanted }.map(\.value)
        return lines.isEmpty ? nil : lines.joined(separator: ", ")
    }
}

/// Why there is no answer, or none that is wanted; in words for the log.
package enum WebFailure: Error, Equatable, CustomStringConvertible {
    case badAddress(String)
    case notListed(WebOrigin)
    case badRedirect(String)
    case tooManyRedirects
    case tooManyRequests
    case timedOut
    case tooLarge(limit: Int)
    /// A body in a form that was not asked for.
    case encoded(String)
    /// The connection, or what was said on it.
    case unreachable(String)
    case status(Int)

    /// Whether the server may well answer another time: nothing was heard of it, or that it cannot now (RFC 9110 §15.6, RFC 6585 §4).
    package var isPassing: Bool {
        switch self {
        case .timedOut, .unreachable, .tooManyRequests: true
        case .status(let status): status >= 500 || status == 429 || status == 408
        case .badAddress, .notListed, .badRedirect, .tooManyRedirects, .tooLarge, .encoded: false
        }
    }

    package var description: String {
        switch self {
        case .badAddress(let problem): "the address cannot be used: \(problem)"
        case .notListed(let origin): "\(origin) is not listed under `http: {hosts: …}` in the configuration"
        case .badRedirect(let problem): "the server sends on to another address: \(problem)"
        case .tooManyRedirects: "the server sends from address to address"
        case .tooManyRequests: "too many requests wait already"
        case .timedOut: "no whole answer in time"
        case .tooLarge(let limit): "the answer is larger than \(limit) bytes"
        case .encoded(let coding): "the answer is encoded as `\(coding)`, which was not asked for"
        case .unreachable(let problem): "no answer: \(problem)"
        case .status(let status): "the server answered \(status)"
        }
    }
}

/// What carries requests: the client, or a test's stand-in.
package protocol WebTransport: Sendable {
    func send(_ request: WebRequest) async throws(WebFailure) -> WebResponse
}
