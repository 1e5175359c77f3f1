import Credentials

/// What the configuration says of a room: who is let in, how many, and how it sounds.
package struct RoomPolicy: Sendable {
    /// What participants and moderators key in; nil lets everybody in as that.
    package var pin: RoomPIN?
    package var moderatorPIN: RoomPIN?
    /// Seats.
    package var capacity: Int
    package var sound: RoomSound

    package init(pin: RoomPIN? = nil, moderatorPIN: RoomPIN? = nil, capacity: Int = 500, sound: RoomSound = RoomSound()) {
        self.pin = pin
        self.moderatorPIN = moderatorPIN
        self.capacity = max(1, capacity)
        self.sound = sound
    }

    /// What somebody is who keys in `keys` (nil: nothing yet); nil for nothing in this room.
    func role(for keys: String?) -> ParticipantRole? {
        // Both are compared whatever comes of the first, so that the time tells nothing.
        let isModerator = moderatorPIN.map { $0.matches(keys ?? "") } ?? false
        let isParticipant = pin.map { $0.matches(keys ?? "") } ?? true
        return isModerator ? .moderator : isParticipant ? .participant : nil
    }
}

package enum ParticipantRole: String, Sendable { case participant, moderator }

/// The PIN of a room. It stands in the configuration; here it is kept as digits, and never printed.
package struct RoomPIN: Sendable, CustomStringConvertible, CustomReflectable {
    private let digits: [UInt8]

    /// Nil unless `text` is 4 to 12 digits.
    package init?(_ text: String) {
        guard PIN(text) != nil else { return nil }
        digits = Array(text.utf8)
    }

    /// Compares in a time that does not depend on how many digits are right.
    package func matches(_ keys: String) -> Bool {
        let given = Array(keys.utf8.prefix(64))
        var difference = given.count ^ digits.count
        for index in 0..<64 {
            difference |= Int(index < given.count ? given[index] : 0) ^ Int(index < digits.count ? digits[index] : 0)
        }
        return difference == 0
    }

    package var description: String { "(a PIN)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
