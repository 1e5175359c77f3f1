import Timing

/// Who is in a room.
package struct Participant: Equatable, Sendable {
    /// Names him for as long as the process lives.
    package var id: UInt64
    /// The user part of his address; empty when it is withheld.
    package var caller: String
    package var role: ParticipantRole
    package var isMuted = false
    package var joinedAt: MonotonicTime
}

/// Why somebody is not let in.
package enum RoomDenial: Equatable, Sendable {
    case full, locked
    /// The PIN is wrong or missing.
    case denied
}

/// One room (RFC 4353 calls the part that decides about it the focus): who is in it, and who may come. A value without sound: the
/// media plane has a room of its own beside it.
package struct ConferenceFocus: Sendable {
    package let policy: RoomPolicy
    package let openedAt: MonotonicTime
    package private(set) var roster: [Participant] = []
    package var isLocked = false

    package init(policy: RoomPolicy, at now: MonotonicTime) {
        self.policy = policy
        openedAt = now
    }

    package var isEmpty: Bool { roster.isEmpty }
    package var isFull: Bool { roster.count >= policy.capacity }

    /// Takes somebody in, or says why not. A wrong PIN learns nothing of whether there would be room.
    package mutating func admit(
        _ id: UInt64, caller: String, pin: String?, at now: MonotonicTime
    ) -> Result<Participant, RoomDenial> {
        guard let role = policy.role(for: pin) else { return .failure(.denied) }
        guard !isFull else { return .failure(.full) }
        // A moderator has the key of a locked room.
        guard !isLocked || role == .moderator else { return .failure(.locked) }
        let participant = Participant(id: id, caller: caller, role: role, joinedAt: now)
        roster.append(participant)
        return .success(participant)
    }

    /// True when he was there.
    package mutating func remove(_ id: UInt64) -> Bool {
        guard let index = roster.firstIndex(where: { $0.id == id }) else { return false }
        roster.remove(at: index)
        return true
    }

    package mutating func mute(_ id: UInt64, _ isMuted: Bool) {
        guard let index = roster.firstIndex(where: { $0.id == id }) else { return }
        roster[index].isMuted = isMuted
    }
}

extension RoomDenial: Error {}
