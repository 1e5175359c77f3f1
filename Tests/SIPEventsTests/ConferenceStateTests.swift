import SIPEvents
import Testing

@Suite struct ConferenceStateTests {
    @Test func membersBecomeUsers() {
        let state = ConferenceState(
            room: "600", domain: "example.com",
            members: [
                .init(id: 1, caller: "1001", role: "moderator", isMuted: false),
                .init(id: 2, caller: "", role: "participant", isMuted: true),
                .init(id: 3, caller: "1001", role: "participant", isMuted: false, joiningMethod: .dialedOut),
                .init(id: 4, caller: "", role: "", isMuted: false),
            ], isLocked: true)
        #expect(state.entity == "sip:600@example.com" && state.isActive && state.isLocked && state.userCount == 3)
        #expect(
            state.users.map(\.entity) == ["sip:1001@example.com", "sip:anonymous2@anonymous.invalid", "sip:anonymous4@anonymous.invalid"])
        #expect(state.users.map(\.roles) == [["moderator", "participant"], ["participant"], []])
        #expect(
            state.users[0].endpoints == [
                .init(entity: "sip:1001@example.com;participant=1"),
                .init(entity: "sip:1001@example.com;participant=3", joiningMethod: .dialedOut),
            ])
        #expect(state.users.map(\.displayText) == ["1001", nil, nil] && state.users[1].endpoints[0].isMuted)
    }

    /// What a caller calls himself stays within his own URI.
    @Test func namesAreEscaped() {
        let state = ConferenceState(
            room: "a b", domain: "example.com", members: [.init(id: 7, caller: "x@y;z<\"", role: "participant", isMuted: false)],
            isLocked: false)
        #expect(state.entity == "sip:a%20b@example.com" && state.users[0].entity == "sip:x%40y;z%3C%22@example.com")
    }

    @Test func anEmptyRoomIsNotActive() {
        let state = ConferenceState(room: "600", domain: "h", members: [], isLocked: false)
        #expect(!state.isActive && state.userCount == 0 && state.users.isEmpty)
    }
}
