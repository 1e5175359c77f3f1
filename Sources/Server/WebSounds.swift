import Fetching
import Logging
import Prompts
import Synchronization
import WebAddresses

/// Sounds from http and https addresses, kept under `data/web`. Until it is started, which `check` does not do, it has no thread and fetches
/// nothing.
package final class WebSounds: Sendable {
    private struct Running {
        var client: WebClient
        var cache: ResponseCache
    }

    private let settings: WebSettings
    private let running = Mutex<Running?>(nil)

    init(_ settings: WebSettings) { self.settings = settings }

    func start(log: Logger) {
        let client = WebClient(settings.client)
        let cache = ResponseCache(
            path: settings.folder, capacity: settings.cache, size: settings.client.size, transport: client,
            report: { log.warning("fetching", metadata: ["reason": "\($0)"]) })
        running.withLock { $0 = Running(client: client, cache: cache) }
    }

    /// Gives up what is under way; whoever waits for it is told so.
    func stop() async {
        let stopped = running.withLock { running in
            defer { running = nil }
            return running
        }
        await stopped?.client.shutdown()
        await stopped?.cache.shutdown()
    }

    var fetcher: SoundFetcher {
        SoundFetcher { [self] text, then in
            guard let cache = running.withLock({ $0?.cache }) else {
                return then(.failure(FetchFailure(description: "nothing is fetched while the server does not run")))
            }
            let address: WebAddress
            do throws(WebAddress.Mistake) {
                address = try WebAddress(text)
            } catch {
                return then(
                    .failure(FetchFailure(description: "\(text.prefix { $0 != "?" }): \(WebFailure.badAddress("\(error)"))")))
            }
            Task {
                do {
                    let fetched = try await cache.get(address)
                    then(.success(FetchedSound(bytes: fetched.bytes, digest: fetched.digest)))
                } catch {
                    then(.failure(FetchFailure(description: "\(address.loggable): \(error)")))
                }
            }
        }
    }
}
