import Conferencing

/// Which rooms there are: the first entry whose pattern matches a room's name says who is let in.
package struct RoomBook: Sendable {
    package struct Entry: Sendable {
        package var pattern: DialPattern
        package var policy: RoomPolicy

        package init(pattern: DialPattern, policy: RoomPolicy) {
            self.pattern = pattern
            self.policy = policy
        }
    }

    package var entries: [Entry]

    package init(entries: [Entry] = []) {
        self.entries = entries
    }

    /// Nil when there is no such room.
    func policy(of room: String) -> RoomPolicy? {
        entries.first { $0.pattern.match(room) != nil }?.policy
    }
}
