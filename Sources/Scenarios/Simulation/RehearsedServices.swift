/// Mailboxes and rooms without a disk and without sound: every box exists and holds messages, and a PIN is always the same.
struct RehearsedServices: Sendable {
    /// What opens a mailbox, and a room whose number begins with `guardedRooms`.
    static let pin = "7391"
    static let moderatorPIN = "7392"
    private static let guardedRooms = "39"

    /// Failures that the test wants, by what fails.
    var failures: [String: ServiceFailure] = [:]
    private var messages = (1...2).map { number in
        MessageFacts(
            number: number, caller: "100\(number)", receivedAt: 1_772_445_600, duration: .seconds(5), isUrgent: false, isSaved: false,
            path: "/messages/\(number).wav")
    }
    private var isOpen = false
    private var cursor: Int?
    private var folder = MessageFolder.all
    private(set) var delivered: [String] = []

    mutating func answer(_ order: ServiceOrder, identity: String) -> ServiceAnswer {
        if let failure = failures[order.name] { return .failed(failure) }
        switch order {
        case .mailboxStatus, .roomStatus, .mailboxMark, .mailboxSetGreeting: return .done
        case .mailboxOpen(let box, let pin):
            isOpen = pin.map { $0.isEmpty ? identity == box : $0 == Self.pin } ?? (identity == box)
            return isOpen ? .done : .failed(.denied)
        case .mailboxCount: return .counts(new: count(.new), saved: count(.saved), deleted: 0)
        case .mailboxMove(let move, let folder): return self.move(move, folder)
        case .mailboxDeliver(let box, _, _):
            delivered.append(box)
            return .done
        case .mailboxGreeting: return .failed(.missing)
        case .mailboxSetPIN(let pin): return Set(pin).count < 2 ? .failed(.refused) : .done
        case .roomCount: return .count(2)
        }
    }

    func refusal(of entry: RoomEntry) -> RoomRefusal? {
        guard entry.room.hasPrefix(Self.guardedRooms) else { return nil }
        return [Self.pin, Self.moderatorPIN].contains(entry.pin ?? "") ? nil : .denied
    }

    private func count(_ folder: MessageFolder) -> Int {
        messages.filter { folder == .all || $0.isSaved == (folder == .saved) }.count
    }

    private mutating func move(_ move: MessageMove, _ wanted: MessageFolder?) -> ServiceAnswer {
        folder = wanted ?? folder
        let held = messages.indices.filter { folder == .all || messages[$0].isSaved == (folder == .saved) }
        let target: Int?
        switch move {
        case .first: target = held.first
        case .next: target = held.first { $0 > cursor ?? -1 }
        case .previous: target = held.last { $0 < cursor ?? 0 }
        }
        guard let target else { return .failed(.empty) }
        cursor = target
        return .message(messages[target])
    }
}

extension ServiceOrder {
    /// The step that gives it.
    var name: String {
        switch self {
        case .mailboxStatus: "mailbox.status"
        case .mailboxOpen: "mailbox.open"
        case .mailboxCount: "mailbox.count"
        case .mailboxMove(let move, _): "mailbox.\(move.rawValue)"
        case .mailboxMark(let mark): "mailbox.\(mark.rawValue)"
        case .mailboxDeliver: "mailbox.deliver"
        case .mailboxGreeting: "mailbox.greeting"
        case .mailboxSetGreeting: "mailbox.set_greeting"
        case .mailboxSetPIN: "mailbox.set_pin"
        case .roomStatus: "conference.status"
        case .roomCount: "conference.count"
        }
    }
}
