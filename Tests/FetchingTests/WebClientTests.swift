import Synchronization
import Testing
import WebAddresses

@testable import Fetching

/// The client against servers on loopback.
@Suite struct WebClientTests {
    /// For which `servers` are listed.
    private func settings(
        _ servers: [WebServer], timeout: Duration = .seconds(10), size: Int = 10 << 20, atOnce: Int = 8
    ) -> WebClientSettings {
        var settings = WebClientSettings()
        settings.origins = ListedOrigins(servers.compactMap { WebOrigin(written: "http://127.0.0.1:\($0.port)") })
        (settings.timeout, settings.size, settings.atOnce) = (timeout, size, atOnce)
        return settings
    }

    /// Runs `body` with a client, and ends it and `servers`.
    private func with(
        _ servers: [WebServer], _ settings: WebClientSettings? = nil, _ body: (WebClient) async throws -> Void
    ) async throws {
        let settings = settings ?? self.settings(servers)
        let client = WebClient(settings)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(client))
        } catch { result = .failure(error) }
        await client.shutdown()
        for server in servers { await server.close() }
        try result.get()
    }

    private func failure(_ client: WebClient, _ text: String) async throws -> WebFailure? {
        let request = WebRequest(try WebAddress(text))
        do {
            _ = try await client.send(request)
            return nil
        } catch { return error }
    }

    private static func isUnreachable(_ failure: WebFailure?) -> Bool { if case .unreachable = failure { true } else { false } }
    private static func isBadRedirect(_ failure: WebFailure?) -> Bool { if case .badRedirect = failure { true } else { false } }

    @Test func whatIsThereComesWhole() async throws {
        let sound = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let server = try await WebServer { $0 == "/a?b=%20" ? .whole(200, [("ETag", "\"1\"")], body: sound) : .chunked(body: sound) }
        try await with([server]) { client async throws in
            var request = WebRequest(try WebAddress("http://127.0.0.1:\(server.port)/a?b=%20"))
            request.headers = [(name: "If-None-Match", value: "\"0\"")]
            let answer = try await client.send(request)
            #expect(answer.status == 200 && answer.body == sound && answer["etag"] == "\"1\"")
            #expect(try await client.send(WebRequest(try WebAddress("http://127.0.0.1:\(server.port)/c"))).body == sound)
            let first = try #require(server.requests.first)
            #expect(
                first.line == "GET /a?b=%20" && first.headers["If-None-Match"] == ["\"0\""] && first.headers["User-Agent"] == ["antiphon"])
            #expect(first.headers["Host"] == ["127.0.0.1:\(server.port)"])
            #expect(server.connections == 1, "the connection is used again")
        }
    }

    @Test func whoIsNotListedIsNotAsked() async throws {
        let server = try await WebServer { _ in .whole(200) }
        try await with([]) { client async throws in
            for host in ["127.0.0.1", "localhost", "127.1", "2130706433"] {
                let address = try WebAddress("http://\(host):\(server.port)/")
                #expect(try await failure(client, address.description) == .notListed(address.origin))
            }
        }
        #expect(server.connections == 0)
        await server.close()
    }

    @Test func aRedirectLeadsToListedServersOnly() async throws {
        let stranger = try await WebServer { _ in .whole(200) }
        let strangerPort = stranger.port
        let second = try await WebServer { _ in .whole(200, body: [2]) }
        let secondPort = second.port
        let first = try await WebServer { path in
            switch path {
            case "/relative/a": .whole(301, [("Location", "../here")])
            case "/here": .whole(200, body: [1])
            case "/other": .whole(302, [("Location", "http://127.0.0.1:\(secondPort)/there")])
            case "/stranger": .whole(307, [("Location", "http://127.0.0.1:\(strangerPort)/")])
            case "/loop": .whole(308, [("Location", "/loop")])
            case "/file": .whole(302, [("Location", "file:///etc/passwd")])
            default: .whole(302)
            }
        }
        try await with([first, second]) { client async throws in
            let start = "http://127.0.0.1:\(first.port)"
            #expect(try await client.send(WebRequest(try WebAddress(start + "/relative/a"))).body == [1])
            var request = WebRequest(try WebAddress(start + "/other"))
            request.headers = [(name: "Authorization", value: "secret"), (name: "If-None-Match", value: "\"1\"")]
            #expect(try await client.send(request).body == [2])
            let asked = try #require(second.requests.first?.headers)
            #expect(asked["Authorization"].isEmpty && asked["If-None-Match"] == ["\"1\""])
            #expect(Self.isBadRedirect(try await failure(client, start + "/stranger")))
            #expect(Self.isBadRedirect(try await failure(client, start + "/file")))
            #expect(try await failure(client, start + "/loop") == .tooManyRedirects)
            #expect(first.requests.filter { $0.line == "GET /loop" }.count == 5)
            #expect(try await client.send(WebRequest(try WebAddress(start + "/nowhere"))).status == 302)
            // What changes something is not sent elsewhere.
            request.method = "POST"
            request.body = [3]
            #expect(try await client.send(request).status == 302)
        }
        #expect(stranger.connections == 0)
        await stranger.close()
    }

    @Test(arguments: [false, true]) func noAnswerIsLargerThanAllowed(isChunked: Bool) async throws {
        let body = [UInt8](repeating: 7, count: 10_001)
        let server = try await WebServer { path in
            let body = path == "/fits" ? Array(body.dropLast()) : body
            return isChunked ? .chunked(body: body) : .whole(200, body: body)
        }
        try await with([server], settings([server], size: 10_000)) { client async throws in
            let start = "http://127.0.0.1:\(server.port)"
            #expect(try await client.send(WebRequest(try WebAddress(start + "/fits"))).body.count == 10_000)
            #expect(try await failure(client, start + "/large") == .tooLarge(limit: 10_000))
        }
    }

    @Test func aServerThatDripsOrIsSilentDoesNotHoldUsUp() async throws {
        let server = try await WebServer { $0 == "/drip" ? .dripping : .silence }
        try await with([server], settings([server], timeout: .milliseconds(300))) { client async throws in
            for path in ["/drip", "/silent"] {
                let start = ContinuousClock.now
                #expect(try await failure(client, "http://127.0.0.1:\(server.port)\(path)") == .timedOut)
                #expect(ContinuousClock.now - start < .seconds(60), "it ends at all, and long before the test's patience")
            }
        }
    }

    @Test func brokenServers() async throws {
        let server = try await WebServer { path in
            switch path {
            case "/nonsense": .nonsense
            case "/closing": .closing
            case "/short": .whole(200, [("Content-Length", "abc")], body: [1])
            default: .whole(200, [("Content-Encoding", "gzip")], body: [1])
            }
        }
        let closed = try await WebServer { _ in .silence }
        await closed.close()
        try await with([server, closed]) { client async throws in
            let start = "http://127.0.0.1:\(server.port)"
            for path in ["/nonsense", "/closing", "/short"] {
                #expect(Self.isUnreachable(try await failure(client, start + path)), "\(path)")
            }
            #expect(try await failure(client, start + "/gzip") == .encoded("gzip"))
            let refused = try await failure(client, "http://127.0.0.1:\(closed.port)/")
            #expect(Self.isUnreachable(refused), "\(refused.map { "\($0)" } ?? "")")
        }
    }

    @Test func soManyAtATimeAndNoMore() async throws {
        let server = try await WebServer { _ in .silence }
        try await with([server], settings([server], timeout: .milliseconds(300), atOnce: 2)) { client async throws in
            let outcomes = await withTaskGroup(of: WebFailure?.self) { group in
                for index in 0..<40 { group.addTask { try? await failure(client, "http://127.0.0.1:\(server.port)/\(index)") } }
                return await group.reduce(into: [WebFailure?]()) { $0.append($1) }
            }
            // Two asked, sixteen waited, most of them in vain, and the others did not even wait.
            #expect(outcomes.filter { $0 == .timedOut }.count >= 2)
            #expect(outcomes.filter { $0 == .tooManyRequests }.count >= 22)
            #expect(outcomes.count == 40 && outcomes.allSatisfy { $0 == .timedOut || $0 == .tooManyRequests })
            // A connection that was given up may be open for an instant when the next one comes.
            #expect(server.mostAtOnce <= 4, "\(server.mostAtOnce)")
        }
    }

    // MARK: TLS

    @Test func aCertificateIsBelievedOnlyFromAnAuthorityAndForItsName() async throws {
        let right = try await WebServer(certificate: "address") { _ in .whole(200, body: [1]) }
        let wrong = try await WebServer(certificate: "wrong") { _ in .whole(200, body: [1]) }
        func attempt(_ server: WebServer, authorities: String?) async throws -> WebFailure? {
            var found: WebFailure?
            var settings = WebClientSettings()
            settings.origins = ListedOrigins([WebOrigin(written: "https://127.0.0.1:\(server.port)")].compactMap { $0 })
            settings.authorities = authorities
            let client = WebClient(settings)
            found = try await failure(client, "https://127.0.0.1:\(server.port)/")
            await client.shutdown()
            return found
        }
        #expect(try await attempt(right, authorities: WebServer.file("authority")) == nil)
        #expect(Self.isUnreachable(try await attempt(right, authorities: nil)))
        #expect(Self.isUnreachable(try await attempt(wrong, authorities: WebServer.file("authority"))))
        #expect(wrong.requests.isEmpty && right.requests.count == 1)
        await right.close()
        await wrong.close()
    }

    @Test func tlsDoesNotEndOnTheWay() async throws {
        let plain = try await WebServer { _ in .whole(200) }
        let plainPort = plain.port
        let secure = try await WebServer(certificate: "address") { _ in .whole(302, [("Location", "http://127.0.0.1:\(plainPort)/")]) }
        let origins = ["https://127.0.0.1:\(secure.port)", "http://127.0.0.1:\(plain.port)"].compactMap { WebOrigin(written: $0) }
        var settings = WebClientSettings()
        settings.origins = ListedOrigins(origins)
        settings.authorities = WebServer.file("authority")
        try await with([plain, secure], settings) { client async throws in
            #expect(Self.isBadRedirect(try await failure(client, "https://127.0.0.1:\(secure.port)/")))
            #expect(plain.connections == 0)
        }
    }
}
