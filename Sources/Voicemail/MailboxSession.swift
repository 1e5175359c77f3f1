/// One owner in his mailbox: which message he is at, and what the store must be told. A value; it reads and writes nothing.
///
/// A message stays in the folder in which it was when the session began, so that saving one does not shift the others under his
/// feet. A deleted one is passed over, but while it is the current one it can be had back.
package struct MailboxSession: Equatable, Sendable {
    package enum Folder: String, Sendable, CaseIterable {
        case new, saved, all
    }

    /// To be carried out by the store: `mark(id, as: state)`.
    package struct Order: Equatable, Sendable {
        package var id: MessageID
        package var state: VoiceMessage.State
    }

    private struct Entry: Equatable {
        var message: VoiceMessage
        var folder: Folder
        /// What it was before it was deleted.
        var stateBefore: VoiceMessage.State
    }

    private var entries: [Entry] = []
    private var cursor: Int?

    /// `messages` in the order in which they shall be heard.
    package init(_ messages: [VoiceMessage]) {
        update(messages)
    }

    /// Takes in what has come since; what is known already stays as it stands here.
    package mutating func update(_ messages: [VoiceMessage]) {
        let known = Set(entries.map(\.message.id))
        entries += messages.filter { !known.contains($0.id) }.map {
            Entry(message: $0, folder: $0.state == .new ? .new : .saved, stateBefore: $0.state == .new ? .new : .saved)
        }
    }

    package var newCount: Int { entries.count { $0.message.state == .new } }
    package var savedCount: Int { entries.count { $0.message.state == .saved } }
    package var deletedCount: Int { entries.count { $0.message.state == .deleted } }
    package var urgentCount: Int { entries.count { $0.message.state == .new && $0.message.isUrgent } }

    /// The message that he is at, deleted or not.
    package var current: VoiceMessage? { cursor.map { entries[$0].message } }

    /// Which of the folder's messages the current one is, from 1, counting none that is deleted before it.
    package func position(in folder: Folder) -> Int? {
        guard let cursor, Self.holds(entries[cursor], folder) else { return nil }
        return entries[..<cursor].count { Self.isHeard($0, folder) } + 1
    }

    package func count(of folder: Folder) -> Int { entries.count { Self.isHeard($0, folder) } }

    /// Goes to the folder's first message; nil, and to none, when there is none.
    package mutating func first(_ folder: Folder) -> VoiceMessage? {
        cursor = entries.firstIndex { Self.isHeard($0, folder) }
        return current
    }

    /// Goes on; nil, staying where he is, when there is no further one.
    package mutating func next(_ folder: Folder) -> VoiceMessage? {
        guard let cursor else { return first(folder) }
        return move(to: entries[(cursor + 1)...].firstIndex { Self.isHeard($0, folder) })
    }

    /// Goes back; nil, staying where he is, when there is none before.
    package mutating func previous(_ folder: Folder) -> VoiceMessage? {
        guard let cursor else { return nil }
        return move(to: entries[..<cursor].lastIndex { Self.isHeard($0, folder) })
    }

    /// Nil when there is no current message or it is deleted already; so below.
    package mutating func delete() -> Order? {
        guard let cursor, entries[cursor].message.state != .deleted else { return nil }
        entries[cursor].stateBefore = entries[cursor].message.state
        return mark(.deleted)
    }

    package mutating func undelete() -> Order? {
        guard let cursor, entries[cursor].message.state == .deleted else { return nil }
        return mark(entries[cursor].stateBefore)
    }

    /// Saves the current message, a deleted one too.
    package mutating func save() -> Order? {
        guard let cursor, entries[cursor].message.state != .saved else { return nil }
        return mark(.saved)
    }

    private mutating func mark(_ state: VoiceMessage.State) -> Order? {
        guard let cursor else { return nil }
        entries[cursor].message.state = state
        return Order(id: entries[cursor].message.id, state: state)
    }

    private mutating func move(to index: Int?) -> VoiceMessage? {
        guard let index else { return nil }
        cursor = index
        return current
    }

    private static func holds(_ entry: Entry, _ folder: Folder) -> Bool { folder == .all || entry.folder == folder }

    private static func isHeard(_ entry: Entry, _ folder: Folder) -> Bool {
        holds(entry, folder) && entry.message.state != .deleted
    }
}
