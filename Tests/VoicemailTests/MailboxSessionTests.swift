import Testing

@testable import Voicemail

@Suite struct MailboxSessionTests {
    private func message(_ number: UInt64, _ state: VoiceMessage.State, isUrgent: Bool = false) throws -> VoiceMessage {
        VoiceMessage(
            id: MessageID(receivedAt: StoreFixture.noon, random: number), box: try .box("1001"), caller: "\(number)",
            receivedAt: StoreFixture.noon, duration: 3_000, state: state, isUrgent: isUrgent, path: "")
    }

    /// new 1, saved 2, new 3 (urgent), saved 4, new 5
    private func session() throws -> MailboxSession {
        MailboxSession([
            try message(1, .new), try message(2, .saved), try message(3, .new, isUrgent: true), try message(4, .saved),
            try message(5, .new),
        ])
    }

    private func walk(_ session: inout MailboxSession, _ folder: MailboxSession.Folder) -> [String] {
        var heard: [String] = []
        var message = session.first(folder)
        while let current = message {
            heard.append(current.caller)
            message = session.next(folder)
        }
        return heard
    }

    @Test func eachFolderIsWalkedInOrderAndBack() throws {
        var session = try session()
        #expect(session.current == nil)
        #expect(walk(&session, .new) == ["1", "3", "5"])
        #expect(session.current?.caller == "5", "at the end he stays where he is")
        #expect(session.previous(.new)?.caller == "3" && session.previous(.new)?.caller == "1" && session.previous(.new) == nil)
        #expect(session.current?.caller == "1")
        #expect(walk(&session, .saved) == ["2", "4"])
        #expect(walk(&session, .all) == ["1", "2", "3", "4", "5"])
        #expect(session.newCount == 3 && session.savedCount == 2 && session.urgentCount == 1 && session.deletedCount == 0)
    }

    @Test func deletingPassesOverAndUndoingBringsBack() throws {
        var session = try session()
        _ = session.first(.new)
        let second = session.next(.new)
        #expect(session.delete() == MailboxSession.Order(id: try #require(second).id, state: .deleted))
        #expect(session.delete() == nil)
        #expect(session.current?.state == .deleted && session.newCount == 2 && session.deletedCount == 1)
        #expect(session.undelete()?.state == .new)
        #expect(session.undelete() == nil)
        _ = session.delete()
        #expect(session.next(.new)?.caller == "5")
        #expect(session.previous(.new)?.caller == "1")
        #expect(session.undelete() == nil, "only the current one")
    }

    @Test func undoingGivesBackWhatItWas() throws {
        var session = try session()
        _ = session.first(.saved)
        _ = session.delete()
        #expect(session.undelete()?.state == .saved)
        _ = session.first(.new)
        #expect(session.save()?.state == .saved)
        #expect(session.save() == nil)
        _ = session.delete()
        #expect(session.undelete()?.state == .saved)
        _ = session.delete()
        #expect(session.save()?.state == .saved, "saving a deleted one keeps it")
        #expect(session.savedCount == 3 && session.newCount == 2)
    }

    @Test func savingDoesNotShiftTheFolderUnderHisFeet() throws {
        var session = try session()
        _ = session.first(.new)
        _ = session.save()
        #expect(session.next(.new)?.caller == "3")
        #expect(session.previous(.new)?.caller == "1")
        #expect(session.position(in: .new) == 1 && session.count(of: .new) == 3)
    }

    @Test func positionsCountWhatCanBeHeard() throws {
        var session = try session()
        _ = session.first(.new)
        #expect(session.position(in: .new) == 1 && session.position(in: .all) == 1 && session.position(in: .saved) == nil)
        _ = session.delete()
        _ = session.next(.new)
        #expect(session.position(in: .new) == 1 && session.count(of: .new) == 2)
    }

    @Test func anEmptyMailboxHasNothingAndNoOrders() {
        var session = MailboxSession([])
        #expect(session.first(.all) == nil && session.next(.new) == nil && session.previous(.saved) == nil)
        #expect(session.delete() == nil && session.undelete() == nil && session.save() == nil && session.position(in: .all) == nil)
    }

    @Test func whatComesDuringTheSessionIsAddedOnce() throws {
        var session = try session()
        _ = walk(&session, .new)
        session.update([try message(5, .saved), try message(6, .new)])
        #expect(session.newCount == 4 && session.next(.new)?.caller == "6" && session.next(.new) == nil)
    }

    /// Whatever is pressed: the cursor is on a message, the counts add up, and the orders carried out give the states shown.
    @Test func aRandomWalkKeepsCountsAndOrdersTrue() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("aRandomWalkKeepsCountsAndOrdersTrue seed \(seed)")
        var random = SeededRandom(seed: seed)
        var session = try session()
        var states = Dictionary(uniqueKeysWithValues: try (1...5).map { (try message($0, .new).id, $0 % 2 == 1) })
            .mapValues { $0 ? VoiceMessage.State.new : .saved }
        for _ in 0..<5_000 {
            let folder = try #require(MailboxSession.Folder.allCases.randomElement(using: &random))
            var order: MailboxSession.Order?
            switch Int.random(in: 0..<6, using: &random) {
            case 0: if let message = session.first(folder) { #expect(message.state != .deleted) }
            case 1: if let message = session.next(folder) { #expect(message.state != .deleted) }
            case 2: if let message = session.previous(folder) { #expect(message.state != .deleted) }
            case 3: order = session.delete()
            case 4: order = session.undelete()
            default: order = session.save()
            }
            if let order { states[order.id] = order.state }
            #expect(session.newCount + session.savedCount + session.deletedCount == 5)
            #expect(
                session.newCount == states.values.count { $0 == .new } && session.deletedCount == states.values.count { $0 == .deleted })
            if let current = session.current { #expect(states[current.id] == current.state) }
            #expect((0...5).contains(session.position(in: folder) ?? 0))
        }
    }
}
