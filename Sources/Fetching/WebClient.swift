import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import WebAddresses

/// Where requests may go, and what one of them may cost.
package struct WebClientSettings: Equatable, Sendable {
    package var origins = ListedOrigins()
    /// For one request with all that belongs to it: waiting for its turn, redirects, the whole answer.
    package var timeout = Duration.seconds(10)
    /// The largest body of an answer, in bytes.
    package var size = 10 << 20
    /// Requests under way at one time.
    package var atOnce = 8
    /// A PEM file of authorities that are believed beside those of the system.
    package var authorities: String?

    package init() {}
}

/// Sends HTTP/1.1 requests to listed servers only, by TLS 1.2 or newer where the address says https, and follows redirects only from one of
/// them to another. A thread of its own does the network's work.
///
/// No cookies, no proxy of the environment, no compression: what a server can make this one do ends at `size` bytes.
package final class WebClient: WebTransport {
    private static let redirects = 4

    private let settings: WebClientSettings
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let client: HTTPClient
    private let turnstile: Turnstile

    /// Connects to nobody yet. `shutdown` must be called in the end.
    package init(_ settings: WebClientSettings) {
        self.settings = settings
        turnstile = Turnstile(seats: settings.atOnce, longestRow: 8 * settings.atOnce)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authorities = settings.authorities { tls.additionalTrustRoots = [.file(authorities)] }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        let whole = TimeAmount(settings.timeout)
        configuration.timeout = .init(connect: min(whole, .seconds(5)), read: whole, write: whole)
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.atOnce
        // A server that refuses is not asked again within one request: a copy may be at hand.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    /// Gives up what is under way.
    package func shutdown() async {
        try? await client.shutdown()
        try? await group.shutdownGracefully()
    }

    package func send(_ request: WebRequest) async throws(WebFailure) -> WebResponse {
        // Here and nowhere else, so that nobody can forget it.
        guard settings.origins.contains(request.address.origin) else { throw .notListed(request.address.origin) }
        let deadline = ContinuousClock.now + settings.timeout
        guard await turnstile.enter(until: deadline) else { throw .tooManyRequests }
        let result = await within(deadline) { await self.follow(request, until: deadline) }
        await turnstile.leave()
        return try result.get()
    }

    /// The client's own deadline ends with the head of an answer; a body may drip for ever.
    private func within(
        _ deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () async -> Result<WebResponse, WebFailure>
    ) async -> Result<WebResponse, WebFailure> {
        await withTaskGroup(of: Result<WebResponse, WebFailure>.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                return .failure(.timedOut)
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.timedOut)
        }
    }

    private func follow(_ first: WebRequest, until deadline: ContinuousClock.Instant) async -> Result<WebResponse, WebFailure> {
        var request = first
        for _ in 0...Self.redirects {
            do throws(WebFailure) {
                let response = try await exchange(request, until: deadline)
                guard let next = try next(after: response, to: request) else { return .success(response) }
                request = next
            } catch {
                return .failure(error)
            }
        }
        return .failure(.tooManyRedirects)
    }

    /// The request that a redirect asks for (RFC 9110 §15.4); nil where there is none. What is not safe to repeat is not repeated elsewhere.
    private func next(after response: WebResponse, to request: WebRequest) throws(WebFailure) -> WebRequest? {
        guard [301, 302, 303, 307, 308].contains(response.status), request.method == "GET" || request.method == "HEAD",
            let location = response["Location"]
        else { return nil }
        var next = request
        do {
            next.address = try request.address.following(location)
        } catch {
            throw .badRedirect(error.description)
        }
        guard settings.origins.contains(next.address.origin) else { throw .badRedirect("\(WebFailure.notListed(next.address.origin))") }
        // Nor does TLS end on the way.
        guard request.address.origin.scheme == .http || next.address.origin.scheme == .https else {
            throw .badRedirect("\(next.address.origin) is without TLS")
        }
        // What was said to the one is not the other's to read.
        let harmless: Set<String> = ["accept", "if-none-match", "if-modified-since"]
        if next.address.origin != request.address.origin { next.headers.removeAll { !harmless.contains($0.name.lowercased()) } }
        return next
    }

    private func exchange(_ request: WebRequest, until deadline: ContinuousClock.Instant) async throws(WebFailure) -> WebResponse {
        var message = HTTPClientRequest(url: request.address.description)
        message.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        message.headers.replaceOrAdd(name: "User-Agent", value: "antiphon")
        if !request.body.isEmpty { message.body = .bytes(ByteBuffer(bytes: request.body)) }
        do {
            let response = try await client.execute(message, deadline: .now() + TimeAmount(deadline - ContinuousClock.now))
            return try await whole(response)
        } catch let failure as WebFailure {
            throw failure
        } catch {
            throw Self.failure(error)
        }
    }

    private func whole(_ response: HTTPClientResponse) async throws -> WebResponse {
        let headers = response.headers.map { (name: $0.name, value: $0.value) }
        var answer = WebResponse(status: Int(response.status.code), headers: headers)
        if let coding = answer["Content-Encoding"], coding.lowercased() != "identity" {
            throw WebFailure.encoded(String(coding.prefix(40)))
        }
        if let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > settings.size {
            throw WebFailure.tooLarge(limit: settings.size)
        }
        for try await piece in response.body {
            guard answer.body.count + piece.readableBytes <= settings.size else { throw WebFailure.tooLarge(limit: settings.size) }
            answer.body.append(contentsOf: piece.readableBytesView)
        }
        return answer
    }

    private static func failure(_ error: any Error) -> WebFailure {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout || error == .connectTimeout: .timedOut
        case is CancellationError: .timedOut
        case let error as HTTPClientError: .unreachable(error.shortDescription)
        default: .unreachable(String("\(error)".prefix(200)))
        }
    }
}

extension TimeAmount {
    /// Not below zero; at most a day.
    fileprivate init(_ duration: Duration) {
        let bounded = min(max(duration, .zero), .seconds(86_400))
        self = .nanoseconds(bounded.components.seconds * 1_000_000_000 + bounded.components.attoseconds / 1_000_000_000)
    }
}
