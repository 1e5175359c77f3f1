import Conferencing
import Testing
import Timing

@Suite("Who is let into a room")
struct ConferenceFocusTests {
    private static let guarded = RoomPolicy(pin: RoomPIN("7391"), moderatorPIN: RoomPIN("7392"), capacity: 2)

    @Test("an open room takes everybody as a participant")
    func open() throws {
        var focus = ConferenceFocus(policy: RoomPolicy(), at: .zero)
        let participant = try focus.admit(1, caller: "1001", pin: nil, at: .zero).get()
        #expect(participant.role == .participant)
        #expect(focus.roster.map(\.id) == [1])
    }

    @Test("the PIN decides the role", arguments: [("7391", ParticipantRole.participant), ("7392", .moderator)])
    func roles(pin: String, role: ParticipantRole) throws {
        var focus = ConferenceFocus(policy: Self.guarded, at: .zero)
        let participant = try focus.admit(1, caller: "", pin: pin, at: .zero).get()
        #expect(participant.role == role)
    }

    @Test("no PIN and wrong PINs are denied", arguments: [nil, "", "7390", "73911", "739", "0000"])
    func denied(pin: String?) {
        var focus = ConferenceFocus(policy: Self.guarded, at: .zero)
        let result = focus.admit(1, caller: "", pin: pin, at: .zero)
        #expect(result == .failure(.denied))
        #expect(focus.isEmpty)
    }

    @Test("a full room says so to those who have the PIN, and nothing to the others")
    func full() {
        var focus = ConferenceFocus(policy: Self.guarded, at: .zero)
        for id in 1...2 as ClosedRange<UInt64> { _ = focus.admit(id, caller: "", pin: "7391", at: .zero) }
        let late = focus.admit(3, caller: "", pin: "7391", at: .zero)
        #expect(late == .failure(.full))
        let stranger = focus.admit(3, caller: "", pin: "1111", at: .zero)
        #expect(stranger == .failure(.denied))
        let (wasThere, wasThereTwice) = (focus.remove(1), focus.remove(1))
        #expect(wasThere)
        #expect(!wasThereTwice)
        let next = focus.admit(3, caller: "", pin: "7391", at: .zero)
        #expect(next != .failure(.full))
    }

    @Test("a locked room takes its moderator only")
    func locked() throws {
        var focus = ConferenceFocus(policy: Self.guarded, at: .zero)
        focus.isLocked = true
        let participant = focus.admit(1, caller: "", pin: "7391", at: .zero)
        #expect(participant == .failure(.locked))
        let moderator = try focus.admit(2, caller: "", pin: "7392", at: .zero).get()
        #expect(moderator.role == .moderator)
    }

    @Test("a PIN does not show itself")
    func hidden() throws {
        let pin = try #require(RoomPIN("7391"))
        #expect(!"\(pin)\(String(reflecting: pin))".contains("7391"))
        #expect(RoomPIN("12") == nil)
        #expect(RoomPIN("12a4") == nil)
    }
}
