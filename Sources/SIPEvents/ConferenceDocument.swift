import SIP

/// A conference-info document: everything, or what has changed since another one (RFC 4575 §4, §5).
struct ConferenceDocument {
    let body: Body
    /// What whoever reads it knows then: without the users for whom there was no room, who come with the next one.
    let shown: ConferenceState

    /// The most bytes of users in one document: a message holds 64 KiB with its headers.
    static let roomForUsers = 48_000

    /// `previous` nil makes a full document.
    init(_ state: ConferenceState, since previous: ConferenceState?, version: UInt32, roomForUsers: Int = roomForUsers) {
        var changes = Changes(state, since: previous)
        let users = changes.write(room: roomForUsers)
        var shown = state
        shown.users = changes.shown

        var writer = XMLWriter()
        let scope = previous == nil ? "full" : "partial"
        writer.element(
            "conference-info",
            [
                ("xmlns", "urn:ietf:params:xml:ns:conference-info"), ("entity", state.entity), ("state", scope),
                ("version", String(version)),
            ]
        ) { writer in
            // §4.4: what has no `state` attribute is given whole or not at all.
            if previous == nil || previous?.summary != state.summary {
                writer.element("conference-state") { writer in
                    writer.element("user-count", text: String(state.userCount))
                    writer.element("active", text: String(state.isActive))
                    writer.element("locked", text: String(state.isLocked))
                }
            }
            if previous == nil || !users.isEmpty {
                // "full" is what an absent attribute means (§5.1).
                writer.element("users", previous == nil ? [] : [("state", "partial")]) { $0.append(users) }
            }
        }
        body = Body(contentType: ConferenceState.contentType, bytes: writer.bytes)
        self.shown = shown
    }

    /// Who came, changed or went.
    private struct Changes {
        let state: ConferenceState
        let previous: [ConferenceState.User]
        private let known: [String: ConferenceState.User]
        /// Who is known once this is read, in the order of the state.
        private(set) var shown: [ConferenceState.User] = []

        init(_ state: ConferenceState, since previous: ConferenceState?) {
            self.state = state
            self.previous = previous?.users ?? []
            known = Dictionary(self.previous.map { ($0.entity, $0) }) { first, _ in first }
        }

        /// The elements that fit into `room` bytes, but at least one.
        mutating func write(room: Int) -> [UInt8] {
            var written: [UInt8] = []
            var isFull = false
            func take(_ element: [UInt8]) -> Bool {
                isFull = isFull || !written.isEmpty && written.count + element.count > room
                if !isFull { written += element }
                return !isFull
            }
            let present = Set(state.users.map(\.entity))
            var kept: [ConferenceState.User] = []
            for user in previous where !present.contains(user.entity) && !take(Self.deletion(of: user)) { kept.append(user) }
            for user in state.users {
                let before = known[user.entity]
                if before == user || take(Self.element(of: user)) {
                    shown.append(user)
                } else if let before {
                    shown.append(before)
                }
            }
            shown += kept
            return written
        }

        /// §4.4: an element with `state="deleted"` needs nothing but its key.
        private static func deletion(of user: ConferenceState.User) -> [UInt8] {
            var writer = XMLWriter(fragment: ())
            writer.element("user", [("entity", user.entity), ("state", "deleted")]) { _ in }
            return writer.bytes
        }

        /// A user is always given whole, so that `state` need not be written (§5.6: "full" is the default).
        private static func element(of user: ConferenceState.User) -> [UInt8] {
            var writer = XMLWriter(fragment: ())
            writer.element("user", [("entity", user.entity)]) { writer in
                if let text = user.displayText { writer.element("display-text", text: text) }
                if !user.roles.isEmpty {
                    writer.element("roles") { for role in user.roles { $0.element("entry", text: role) } }
                }
                for endpoint in user.endpoints { write(endpoint, to: &writer) }
            }
            return writer.bytes
        }

        private static func write(_ endpoint: ConferenceState.Endpoint, to writer: inout XMLWriter) {
            writer.element("endpoint", [("entity", endpoint.entity)]) { writer in
                // §5.7.3: who can hear but is not mixed in.
                writer.element("status", text: endpoint.isMuted ? "muted-via-focus" : "connected")
                writer.element("joining-method", text: endpoint.joiningMethod.rawValue)
                writer.element("media", [("id", "1")]) { writer in
                    writer.element("type", text: "audio")
                    // §5.8.5: as his end sees it.
                    writer.element("status", text: endpoint.isMuted ? "recvonly" : "sendrecv")
                }
            }
        }
    }
}

extension ConferenceState {
    /// What stands in `conference-state`.
    fileprivate var summary: [Int] { [userCount, isActive ? 1 : 0, isLocked ? 1 : 0] }
}
