import AudioFiles
import Synchronization

/// Sounds that are published somewhere else.
extension PromptLibrary {
    /// Seconds: ten minutes at 48 kHz are 58 MB.
    private static let longestFetched = 600

    /// Fetches each address, all at the same time, and calls back when every one of them is there or is known to fail.
    package func fetch(_ addresses: Set<String>, then: @escaping @Sendable ([String: SoundFetcher.Answer]) -> Void) {
        guard let fetcher, !addresses.isEmpty else {
            let failure = FetchFailure(description: "nothing is fetched by HTTP (`http: {hosts: …}` in the configuration)")
            return then(Dictionary(uniqueKeysWithValues: addresses.map { ($0, .failure(failure)) }))
        }
        let gathered = GatheredSounds()
        for address in addresses {
            fetcher.fetch(address) { answer in
                let all = gathered.answers.withLock { answers in
                    answers[address] = answer
                    return answers.count == addresses.count ? answers : nil
                }
                if let all { then(all) }
            }
        }
    }

    /// What was fetched as samples at `rate`, at the library's loudness. Reads and measures it at its first use, which takes milliseconds:
    /// not for an event loop. `address` stands for a path in errors.
    package func sound(_ fetched: FetchedSound, from address: String, rate: Int) throws(AudioFileError) -> PCM {
        if let ready = recentClips.withLock({ $0.clip(fetched.digest) }) { return ready.sound(rate: rate) }
        let original = try AudioFileReader.read(
            fetched.bytes, name: address, rate: nil, highestRate: PromptClip.highestRate, longestSeconds: Self.longestFetched)
        guard !original.samples.isEmpty else {
            throw AudioFileError(.notAudio, path: address, problem: "it has no samples", remedy: "publish a sound file there")
        }
        let clip = PromptClip(original, target: loudness)
        recentClips.withLock { $0.keep(clip, as: fetched.digest) }
        return clip.sound(rate: rate)
    }
}

private final class GatheredSounds: Sendable {
    let answers = Mutex<[String: SoundFetcher.Answer]>([:])
}
