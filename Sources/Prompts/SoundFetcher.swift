/// A sound file that was fetched, as it came.
package struct FetchedSound: Equatable, Sendable {
    package var bytes: [UInt8]
    /// Names the bytes.
    package var digest: String

    package init(bytes: [UInt8], digest: String) {
        self.bytes = bytes
        self.digest = digest
    }
}

/// Why a sound was not fetched, in words for the log.
package struct FetchFailure: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Gets sound files from http and https addresses. It refuses those that the configuration does not allow.
package struct SoundFetcher: Sendable {
    package typealias Answer = Result<FetchedSound, FetchFailure>

    /// Returns at once and calls back from some thread, once.
    package var fetch: @Sendable (_ address: String, _ then: @escaping @Sendable (Answer) -> Void) -> Void

    package init(_ fetch: @escaping @Sendable (_ address: String, _ then: @escaping @Sendable (Answer) -> Void) -> Void) {
        self.fetch = fetch
    }
}
