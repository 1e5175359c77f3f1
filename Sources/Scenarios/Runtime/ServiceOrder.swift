/// Names one order to a service; unique within a call.
package struct OrderID: Hashable, Sendable {
    package var number: Int
    package init(_ number: Int) { self.number = number }
}

/// What a run asks of the mailboxes and rooms; all values are known by now.
package enum ServiceOrder: Equatable, Sendable {
    case mailboxStatus(box: String)
    case mailboxOpen(box: String, pin: String?)
    case mailboxCount
    case mailboxMove(MessageMove, MessageFolder?)
    case mailboxMark(MessageMark)
    case mailboxDeliver(box: String, recording: RecordingResult, urgent: Bool)
    /// Where the greeting lies that the owner has recorded; nil is the mailbox that is open.
    case mailboxGreeting(box: String?, kind: GreetingName)
    case mailboxSetGreeting(kind: GreetingName, recording: RecordingResult)
    case mailboxSetPIN(String)
    case roomStatus(room: String)
    case roomCount
}

/// What a service answers.
package enum ServiceAnswer: Equatable, Sendable {
    case done
    case counts(new: Int, saved: Int, deleted: Int)
    case message(MessageFacts)
    /// A sound file.
    case sound(path: String)
    case count(Int)
    case failed(ServiceFailure)
}

/// What a scenario may know of a voice message.
package struct MessageFacts: Equatable, Sendable {
    /// Its place in the list that is gone through, from 1.
    package var number: Int
    /// Empty when the caller withheld his number.
    package var caller: String
    /// Seconds since 1970, UTC.
    package var receivedAt: Int64
    package var duration: Duration
    package var isUrgent: Bool
    package var isSaved: Bool
    package var path: String

    package init(number: Int, caller: String, receivedAt: Int64, duration: Duration, isUrgent: Bool, isSaved: Bool, path: String) {
        self.number = number
        self.caller = caller
        self.receivedAt = receivedAt
        self.duration = duration
        self.isUrgent = isUrgent
        self.isSaved = isSaved
        self.path = path
    }

    /// As the variable that `into` names sees it.
    static let fields: [String: ScenarioType] = ["number": .int, "caller": .text, "duration": .duration, "urgent": .bool, "saved": .bool]

    func value(fields: [String: ScenarioType]) -> ScenarioValue {
        let all: [String: ScenarioValue] = [
            "number": .int(number), "caller": .text(caller), "duration": .duration(duration), "urgent": .bool(isUrgent),
            "saved": .bool(isSaved),
        ]
        return .record(all.filter { fields[$0.key] != nil })
    }
}

/// Who wants into which room.
package struct RoomEntry: Equatable, Sendable {
    package var room: String
    package var pin: String?
    package var announces: Bool

    package init(room: String, pin: String?, announces: Bool) {
        self.room = room
        self.pin = pin
        self.announces = announces
    }
}

/// Why somebody was not let into a room.
package enum RoomRefusal: String, Sendable {
    case full, locked, denied
    case noRoom = "no_room"
}

/// Why somebody is out of a room that he had not left.
package enum RoomEnd: String, Sendable { case ended, kicked }
