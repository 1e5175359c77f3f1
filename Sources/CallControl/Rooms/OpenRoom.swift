import Conferencing
import MediaPlane
import Scenarios

/// A room that somebody is in: who may come is the focus's business, who hears whom the media plane's.
struct OpenRoom {
    var focus: ConferenceFocus
    let media: any MediaRoomOrders
    /// Calls by participant.
    var calls: [UInt64: Call] = [:]
}

/// Where a call is, between `enterRoom` and leaving it.
struct Attendance {
    let room: DialledIdentity
    let participant: UInt64
    /// The order with which the scenario entered.
    let order: OrderID
    let announces: Bool
}

/// What others may see of an open room.
package struct RoomListing: Sendable, Codable, Equatable {
    package struct Member: Sendable, Codable, Equatable {
        package var caller: String
        package var role: String
        package var muted: Bool
        /// For how long he has been there.
        package var seconds: Int

        package init(caller: String, role: String, muted: Bool, seconds: Int) {
            self.caller = caller
            self.role = role
            self.muted = muted
            self.seconds = seconds
        }
    }

    package var room: String
    package var locked: Bool
    package var members: [Member]

    package init(room: String, locked: Bool, members: [Member]) {
        self.room = room
        self.locked = locked
        self.members = members
    }
}
