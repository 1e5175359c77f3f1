import AudioFiles

/// What a mailbox holds at most, and what counts as a message.
package struct MailboxPolicy: Equatable, Sendable {
    /// Messages, new and saved together.
    package var mostMessages: Int
    /// Seconds of sound, new and saved together.
    package var mostSeconds: Int
    /// Seconds: the recorder stops there. At most the half hour that a file is read back to.
    package var longestMessage: Int
    /// Milliseconds: what is shorter was no message.
    package var shortestMessage: Int

    package init(mostMessages: Int = 100, mostSeconds: Int = 3 * 3_600, longestMessage: Int = 300, shortestMessage: Int = 2_000) {
        self.mostMessages = max(1, mostMessages)
        self.mostSeconds = min(max(1, mostSeconds), 1_000_000_000)
        self.longestMessage = min(max(1, longestMessage), AudioFileReader.longestSeconds)
        self.shortestMessage = max(0, shortestMessage)
    }
}
