import SIP

/// A room as its subscribers see it (RFC 4575 §5).
package struct ConferenceState: Hashable, Sendable {
    /// How somebody came in (§5.7).
    package enum JoiningMethod: String, Hashable, Sendable {
        case dialedIn = "dialed-in"
        case dialedOut = "dialed-out"
    }

    /// One of somebody's calls (§5.7).
    package struct Endpoint: Hashable, Sendable {
        /// A URI that differs from those of his other calls.
        package var entity: String
        package var joiningMethod: JoiningMethod
        /// He hears, and is not heard.
        package var isMuted: Bool

        package init(entity: String, joiningMethod: JoiningMethod = .dialedIn, isMuted: Bool = false) {
            self.entity = entity
            self.joiningMethod = joiningMethod
            self.isMuted = isMuted
        }
    }

    /// Somebody, with all his calls (§5.6).
    package struct User: Hashable, Sendable {
        /// A URI that differs from everybody else's.
        package var entity: String
        package var displayText: String?
        package var roles: [String]
        package var endpoints: [Endpoint]

        package init(entity: String, displayText: String? = nil, roles: [String] = [], endpoints: [Endpoint]) {
            self.entity = entity
            self.displayText = displayText
            self.roles = roles
            self.endpoints = endpoints
        }
    }

    /// The room's URI.
    package var entity: String
    /// Somebody is in it.
    package var isActive: Bool
    package var isLocked: Bool
    /// How many are in it, whether or not `users` names them all.
    package var userCount: Int
    /// In the order in which they came; each entity once.
    package var users: [User]

    package init(entity: String, isActive: Bool, isLocked: Bool, userCount: Int, users: [User]) {
        self.entity = entity
        self.isActive = isActive
        self.isLocked = isLocked
        self.userCount = userCount
        self.users = users
    }

    package static let contentType = "application/conference-info+xml"
}

extension ConferenceState {
    /// Somebody as a focus knows him.
    package struct Member: Hashable, Sendable {
        /// Names him as long as the room is open.
        package var id: UInt64
        /// The user part of his address; empty when it is withheld.
        package var caller: String
        package var role: String
        package var isMuted: Bool
        package var joiningMethod: JoiningMethod

        package init(id: UInt64, caller: String, role: String, isMuted: Bool, joiningMethod: JoiningMethod = .dialedIn) {
            self.id = id
            self.caller = caller
            self.role = role
            self.isMuted = isMuted
            self.joiningMethod = joiningMethod
        }
    }

    /// The state of `room` in `domain` with these members, in the order in which they came.
    ///
    /// Two calls of one caller are one user with two endpoints; whoever withholds his number is a user of his own, under a name
    /// that tells nothing (RFC 4575 §5.6, RFC 3323 §4.1.1.3).
    package init(room: String, domain: String, members: [Member], isLocked: Bool) {
        var users: [User] = []
        var places: [String: Int] = [:]
        for member in members {
            let uri =
                member.caller.isEmpty
                ? SIPURI(user: "anonymous\(member.id)", host: "anonymous.invalid") : SIPURI(user: member.caller, host: domain)
            var line = uri
            line.parameters["participant"] = String(member.id)
            let endpoint = Endpoint(entity: line.text, joiningMethod: member.joiningMethod, isMuted: member.isMuted)
            if let place = places[uri.text] {
                users[place].endpoints.append(endpoint)
                if !users[place].roles.contains(member.role) { users[place].roles.append(member.role) }
            } else {
                places[uri.text] = users.count
                users.append(
                    User(
                        entity: uri.text, displayText: member.caller.isEmpty ? nil : member.caller,
                        roles: member.role.isEmpty ? [] : [member.role], endpoints: [endpoint]))
            }
        }
        self.init(
            entity: SIPURI(user: room, host: domain).text, isActive: !members.isEmpty, isLocked: isLocked, userCount: users.count,
            users: users)
    }
}
