import Glibc
import KeptFiles
import NIOPosix
import WebAddresses

/// What was fetched.
package struct Fetched: Equatable, Sendable {
    package var bytes: [UInt8]
    /// Names the bytes: SHA-256 in hexadecimal digits.
    package var digest: String
}

/// Gets things by HTTP and keeps them on the disk (RFC 9111): fresh ones are not asked for, old ones are asked for by their validators, and
/// where a server does not answer, the copy serves.
///
/// Each address is asked for once at a time, however many wait for it. Who stops waiting changes nothing: what was begun is kept for the
/// next one, and ends by the client's time-out.
package actor ResponseCache {
    /// A server that did not answer is left alone for so long, and its copies serve at once: nobody else waits for it.
    private static let pause = Duration.seconds(15)
    private static let mostPauses = 1_000

    private let folder: BoundedFolder
    /// The largest body, in bytes.
    private let size: Int
    private let transport: any WebTransport
    /// Reading and writing waits for a disk, which no thread of the language's own pool should.
    private let disk = NIOThreadPool(numberOfThreads: 2)
    private let unixTime: @Sendable () -> Int
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let report: @Sendable (String) -> Void
    private var underWay: [WebAddress: Task<Result<Fetched, WebFailure>, Never>] = [:]
    private var pauses: [WebAddress: (end: ContinuousClock.Instant, failure: WebFailure)] = [:]
    private var isOpen = false

    /// - `path`: of the folder, which is made when it is first needed. `capacity`, `size`: of all and of one, in bytes.
    /// - `report`: takes what an operator should read: a copy that had to serve, a disk that cannot be written.
    package init(
        path: String, capacity: Int, size: Int, transport: any WebTransport,
        unixTime: @escaping @Sendable () -> Int = { time(nil) },
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        report: @escaping @Sendable (String) -> Void
    ) {
        folder = BoundedFolder(path: path, capacity: capacity, suffix: ".web")
        self.size = size
        self.transport = transport
        self.unixTime = unixTime
        self.clock = clock
        self.report = report
        disk.start()
    }

    package func shutdown() async {
        for task in underWay.values { task.cancel() }
        try? await disk.shutdownGracefully()
    }

    /// Addresses that are being fetched.
    package var countUnderWay: Int { underWay.count }

    package func get(_ address: WebAddress) async throws(WebFailure) -> Fetched {
        if let task = underWay[address] { return try await task.value.get() }
        let task = Task { await load(address) }
        underWay[address] = task
        let result = await task.value
        underWay[address] = nil
        return try result.get()
    }

    private func load(_ address: WebAddress) async -> Result<Fetched, WebFailure> {
        let key = KeptResponse.digest(Array(address.description.utf8))
        await open()
        let kept = await kept(key, of: address)
        if let kept, kept.isFresh(at: unixTime()) { return .success(await use(kept, key)) }
        if let pause = pauses[address] {
            if clock() < pause.end { return await doWithout(pause.failure, kept, key, address, isNew: false) }
            pauses[address] = nil
        }
        do throws(WebFailure) {
            var request = WebRequest(address)
            request.headers = kept?.conditions ?? []
            let response = try await transport.send(request)
            return .success(try await take(response, kept, key, address))
        } catch {
            return await doWithout(error, kept, key, address, isNew: true)
        }
    }

    private func take(
        _ response: WebResponse, _ kept: KeptResponse?, _ key: String, _ address: WebAddress
    ) async throws(WebFailure) -> Fetched {
        switch response.status {
        case 200:
            let new = KeptResponse(response, from: address, at: unixTime())
            if Freshness(control: response["Cache-Control"]).isNotKept {
                if kept != nil { await onDisk { $0.remove(key) } }
            } else {
                await write(new, key)
            }
            return Fetched(bytes: new.body, digest: new.record.digest)
        case 304:
            guard var kept else { throw .status(304) }
            kept.take(response, at: unixTime())
            await write(kept, key)
            return Fetched(bytes: kept.body, digest: kept.record.digest)
        case 404, 410:
            if kept != nil { await onDisk { $0.remove(key) } }
            throw .status(response.status)
        default: throw .status(response.status)
        }
    }

    /// No answer, or one that gives nothing: the copy, where the server is only away for a while and has not forbidden it.
    private func doWithout(
        _ failure: WebFailure, _ kept: KeptResponse?, _ key: String, _ address: WebAddress, isNew: Bool
    ) async -> Result<Fetched, WebFailure> {
        guard failure.isPassing else { return .failure(failure) }
        if isNew, failure != .tooManyRequests { pause(address, failure) }
        guard let kept, !kept.record.isStrict else { return .failure(failure) }
        if isNew { report("\(address.loggable): \(failure); the copy of an earlier time serves") }
        return .success(await use(kept, key))
    }

    private func pause(_ address: WebAddress, _ failure: WebFailure) {
        let now = clock()
        if pauses.count >= Self.mostPauses { pauses = pauses.filter { now < $0.value.end } }
        guard pauses.count < Self.mostPauses else { return }
        pauses[address] = (now + Self.pause, failure)
    }

    // MARK: The disk

    private func open() async {
        guard !isOpen else { return }
        isOpen = true
        await onDisk { $0.clear() }
    }

    private func kept(_ key: String, of address: WebAddress) async -> KeptResponse? {
        let limit = size + KeptResponse.longestRecord
        return await onDisk { folder -> KeptResponse? in
            guard let bytes = folder.read(key, upTo: limit) else { return nil }
            if let kept = KeptResponse(bytes, of: address) { return kept }
            folder.remove(key)
            return nil
        } ?? nil
    }

    private func use(_ kept: KeptResponse, _ key: String) async -> Fetched {
        await onDisk { $0.touch(key) }
        return Fetched(bytes: kept.body, digest: kept.record.digest)
    }

    /// What cannot be written is used all the same, and fetched again the next time.
    private func write(_ response: KeptResponse, _ key: String) async {
        let problem = await onDisk { folder -> String? in
            guard let bytes = response.bytes else { return nil }
            guard folder.make(), folder.write(bytes, as: key) else {
                return "\(folder.path): cannot be written: \(String(cString: strerror(errno)))"
            }
            folder.prune()
            return nil
        }
        if let problem = problem ?? nil { report(problem) }
    }

    /// Nil once it is shut down.
    @discardableResult
    private func onDisk<Value: Sendable>(_ work: @escaping @Sendable (BoundedFolder) -> Value) async -> Value? {
        let folder = folder
        return try? await disk.runIfActive { work(folder) }
    }
}
