import Foundation
import Synchronization
import Testing
import WebAddresses

@testable import Fetching

@Suite struct ResponseCacheTests {
    /// A cache in a folder of its own, a server that answers by the script, and clocks that stand until they are moved.
    private final class Bench: Sendable {
        struct Script {
            var answers: [Result<WebResponse, WebFailure>] = []
            var requests: [WebRequest] = []
            var reports: [String] = []
            var time = 1_000
        }

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("antiphon-web-\(UUID().uuidString)").path
        let script = Mutex(Script())

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func cache(capacity: Int = 1 << 20, size: Int = 1 << 20, through transport: (any WebTransport)? = nil) -> ResponseCache {
            let start = ContinuousClock.now
            return ResponseCache(
                path: folder, capacity: capacity, size: size, transport: transport ?? Scripted(bench: self),
                unixTime: { [self] in script.withLock { $0.time } },
                clock: { [self] in start + .seconds(script.withLock { $0.time }) },
                report: { [self] report in script.withLock { $0.reports.append(report) } })
        }

        func answer(_ status: Int, _ headers: [(String, String)] = [], body: String = "") {
            let response = WebResponse(status: status, headers: headers.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8))
            script.withLock { $0.answers.append(.success(response)) }
        }

        func fail(_ failure: WebFailure) { script.withLock { $0.answers.append(.failure(failure)) } }
        func pass(_ seconds: Int) { script.withLock { $0.time += seconds } }

        /// Of the requests since the last look: their paths and conditions.
        func takeRequests() -> [String] {
            script.withLock { script in
                defer { script.requests = [] }
                return script.requests.map { ([$0.address.target] + $0.headers.map { "\($0.name): \($0.value)" }).joined(separator: " ") }
            }
        }

        var reports: [String] { script.withLock { $0.reports } }
        var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }
    }

    private struct Scripted: WebTransport {
        let bench: Bench

        func send(_ request: WebRequest) async throws(WebFailure) -> WebResponse {
            try bench.script.withLock { script in
                script.requests.append(request)
                return script.answers.isEmpty ? .failure(.unreachable("nothing is scripted")) : script.answers.removeFirst()
            }.get()
        }
    }

    private func get(_ cache: ResponseCache, _ path: String = "/a") async throws -> String {
        String(decoding: try await cache.get(WebAddress("https://media.example" + path)).bytes, as: UTF8.self)
    }

    private func failure(_ cache: ResponseCache, _ path: String = "/a") async -> WebFailure? {
        do {
            _ = try await cache.get(try WebAddress("https://media.example" + path))
            return nil
        } catch { return error as? WebFailure }
    }

    @Test func freshOnesAreNotAskedForAndOldOnesByTheirTag() async throws {
        let bench = Bench()
        let cache = bench.cache()
        bench.answer(200, [("ETag", "\"1\""), ("Cache-Control", "max-age=60")], body: "one")
        for _ in 0..<3 { #expect(try await get(cache) == "one") }
        #expect(bench.takeRequests() == ["/a"])
        bench.pass(60)
        bench.answer(304, [("Cache-Control", "max-age=10")])
        for _ in 0..<3 { #expect(try await get(cache) == "one") }
        #expect(bench.takeRequests() == ["/a If-None-Match: \"1\""])
        bench.pass(10)
        bench.answer(200, [("ETag", "\"2\"")], body: "two")
        #expect(try await get(cache) == "two")
        bench.answer(304)
        #expect(try await get(cache) == "two")
        #expect(bench.takeRequests() == ["/a If-None-Match: \"1\"", "/a If-None-Match: \"2\""])
        #expect(bench.reports.isEmpty)
        await cache.shutdown()
    }

    @Test func withoutATagTheDateIsAskedBy() async throws {
        let bench = Bench()
        let cache = bench.cache()
        bench.answer(200, [("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")], body: "one")
        bench.answer(304)
        for _ in 0..<2 { #expect(try await get(cache) == "one") }
        #expect(bench.takeRequests() == ["/a", "/a If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"])
        await cache.shutdown()
    }

    @Test(arguments: [WebFailure.timedOut, .unreachable("gone"), .status(503)])
    func theCopyServesWhileTheServerIsAway(failure: WebFailure) async throws {
        let bench = Bench()
        let cache = bench.cache()
        bench.answer(200, body: "one")
        #expect(try await get(cache, "/a?token=secret") == "one")
        if case .status(let status) = failure { bench.answer(status) } else { bench.fail(failure) }
        // The next ones do not wait for it.
        for _ in 0..<3 { #expect(try await get(cache, "/a?token=secret") == "one") }
        #expect(bench.takeRequests() == ["/a?token=secret", "/a?token=secret"])
        #expect(
            bench.reports.count == 1 && bench.reports[0].contains("the copy") && !bench.reports[0].contains("secret"), "\(bench.reports)")
        bench.pass(15)
        bench.answer(200, body: "two")
        #expect(try await get(cache, "/a?token=secret") == "two")
        await cache.shutdown()
    }

    @Test func withoutACopyItFailsAtOnceForAWhile() async throws {
        let bench = Bench()
        let cache = bench.cache()
        bench.fail(.timedOut)
        for _ in 0..<3 { #expect(await failure(cache) == .timedOut) }
        #expect(bench.takeRequests().count == 1)
        // Another address of the same server is another matter.
        bench.answer(200, body: "b")
        #expect(try await get(cache, "/b") == "b")
        await cache.shutdown()
    }

    @Test func whatForbidsItIsNotUsedUnasked() async throws {
        let bench = Bench()
        let cache = bench.cache()
        for (index, control) in ["must-revalidate", "no-cache"].enumerated() {
            bench.answer(200, [("Cache-Control", control)], body: "one")
            #expect(try await get(cache, "/\(index)") == "one")
            bench.fail(.timedOut)
            #expect(await failure(cache, "/\(index)") == .timedOut, "\(control)")
        }
        await cache.shutdown()
    }

    @Test(arguments: [404, 410, 401, 403, 204, 206, 304]) func anAnswerThatIsNoneFails(status: Int) async throws {
        let bench = Bench()
        let cache = bench.cache()
        bench.answer(status, body: "<html>")
        #expect(await failure(cache) == .status(status))
        #expect(bench.files.isEmpty)
        await cache.shutdown()
    }

    @Test func whatIsGoneLeavesNoCopy() async throws {
        let bench = Bench()
        let cache = bench.cache()
        bench.answer(200, body: "one")
        #expect(try await get(cache) == "one")
        bench.answer(404)
        #expect(await failure(cache) == .status(404))
        #expect(bench.files.isEmpty)
        bench.fail(.timedOut)
        #expect(await failure(cache) == .timedOut)
        await cache.shutdown()
    }

    @Test func whatMustNotBeStoredIsNot() async throws {
        let bench = Bench()
        let cache = bench.cache()
        for _ in 0..<2 {
            bench.answer(200, [("Cache-Control", "no-store, max-age=60")], body: "one")
            #expect(try await get(cache) == "one")
        }
        #expect(bench.files.isEmpty && bench.takeRequests() == ["/a", "/a"])
        await cache.shutdown()
    }

    @Test func itSurvivesARestartAndTrustsNothing() async throws {
        let bench = Bench()
        var cache = bench.cache()
        bench.answer(200, [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")], body: "one")
        #expect(try await get(cache) == "one")
        await cache.shutdown()
        try Data().write(to: URL(fileURLWithPath: bench.folder + "/0123.part"))
        cache = bench.cache()
        #expect(try await get(cache) == "one")
        #expect(bench.takeRequests() == ["/a"] && bench.files.count == 1, "\(bench.files)")
        let path = bench.folder + "/" + (try #require(bench.files.first))
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(permissions == 0o600)
        // Cut short; of another body; something else; a link to somewhere; a folder.
        for damage in 0..<5 {
            try FileManager.default.removeItem(atPath: path)
            switch damage {
            case 0: try whole.dropLast().write(to: URL(fileURLWithPath: path))
            case 1: try (whole.dropLast(3) + Data("two".utf8)).write(to: URL(fileURLWithPath: path))
            case 2: try Data(repeating: 0, count: 50_000).write(to: URL(fileURLWithPath: path))
            case 3: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/hostname")
            default: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
            bench.answer(200, [("Cache-Control", "max-age=60"), ("ETag", "\"1\"")], body: "one")
            #expect(try await get(cache) == "one", "\(damage)")
            #expect(bench.takeRequests() == ["/a"], "\(damage)")
        }
        await cache.shutdown()
    }

    @Test func whatWasNotUsedForLongestGoes() async throws {
        let bench = Bench()
        let cache = bench.cache(capacity: 3_000)
        func age(_ seconds: Double) throws {
            // Files made within one tick of the file system's clock would be equally old.
            for name in bench.files {
                let path = bench.folder + "/" + name
                let date = try #require(FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
                try FileManager.default.setAttributes([.modificationDate: date.addingTimeInterval(-seconds)], ofItemAtPath: path)
            }
        }
        let body = String(repeating: "x", count: 900)
        for name in ["/a", "/b"] {
            bench.answer(200, [("Cache-Control", "max-age=60")], body: body)
            #expect(try await get(cache, name) == body)
            try age(10)
        }
        #expect(try await get(cache, "/a") == body)
        try age(10)
        bench.answer(200, [("Cache-Control", "max-age=60")], body: body)
        #expect(try await get(cache, "/c") == body)
        #expect(bench.files.count == 2)
        _ = bench.takeRequests()
        for name in ["/a", "/c"] { #expect(try await get(cache, name) == body) }
        #expect(bench.takeRequests() == [])
        #expect(await failure(cache, "/b") != nil)
        await cache.shutdown()
    }

    @Test func aFolderThatCannotBeMadeIsReportedAndSoundComesAllTheSame() async throws {
        let bench = Bench()
        try Data().write(to: URL(fileURLWithPath: bench.folder))
        let cache = bench.cache()
        bench.answer(200, [("Cache-Control", "max-age=60")], body: "one")
        #expect(try await get(cache) == "one")
        #expect(bench.reports.count == 1 && bench.reports[0].contains("cannot be written"), "\(bench.reports)")
        await cache.shutdown()
    }

    // MARK: Many at a time

    /// Answers when it is told to.
    private actor Held: WebTransport {
        private var requests: [(address: WebAddress, answer: CheckedContinuation<WebResponse, Never>)] = []
        private var arrivals: [CheckedContinuation<Void, Never>] = []
        private(set) var count = 0

        func send(_ request: WebRequest) async throws(WebFailure) -> WebResponse {
            await withCheckedContinuation { answer in
                requests.append((request.address, answer))
                count += 1
                for arrival in arrivals { arrival.resume() }
                arrivals = []
            }
        }

        /// Waits until somebody asks, and answers.
        func answerOne() async {
            while requests.isEmpty { await withCheckedContinuation { arrivals.append($0) } }
            let request = requests.removeFirst()
            request.answer.resume(
                returning: WebResponse(
                    status: 200, headers: [(name: "Cache-Control", value: "max-age=60")], body: Array(request.address.target.utf8)))
        }
    }

    @Test func whoeverWantsTheSameWaitsForOneRequest() async throws {
        let bench = Bench()
        let held = Held()
        let cache = bench.cache(through: held)
        try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<40 { group.addTask { try await get(cache, "/\(index % 2)") } }
            await held.answerOne()
            await held.answerOne()
            var answers: [String: Int] = [:]
            for try await answer in group { answers[answer, default: 0] += 1 }
            #expect(answers == ["/0": 20, "/1": 20])
        }
        #expect(await held.count == 2)
        #expect(await cache.countUnderWay == 0)
        await cache.shutdown()
    }

    @Test func whoGivesUpLeavesItToTheNext() async throws {
        let bench = Bench()
        let held = Held()
        let cache = bench.cache(through: held)
        let first = Task { try await get(cache) }
        await Task.yield()
        first.cancel()
        await held.answerOne()
        _ = await first.result
        #expect(try await get(cache) == "/a")
        #expect(await held.count == 1)
        #expect(await cache.countUnderWay == 0)
        await cache.shutdown()
    }
}
