import Testing

@testable import Voicemail

/// Everything in any order against a simple model, with restarts and kills at random steps.
@Suite struct RandomWalkTests {
    private struct Model: Equatable {
        var messages: [MailboxAddress: [VoiceMessage]] = [:]
        var greetings: [MailboxAddress: [GreetingKind: Int16]] = [:]
    }

    private final class Walk {
        let fixture: StoreFixture
        let boxes: [MailboxAddress]
        let policy = MailboxPolicy(mostMessages: 6)
        var store: MessageStore
        var model = Model()
        var random: SeededRandom

        init(seed: UInt64) throws {
            fixture = try StoreFixture()
            random = SeededRandom(seed: seed)
            boxes = try ["1001", "1002"].map { try MailboxAddress.box($0) }
            store = try fixture.open(policy: policy)
            for box in boxes { try store.add(box) }
        }

        func reopen() throws {
            store.close()
            store = try fixture.open(policy: policy)
        }

        /// What the store shows, in the model's terms.
        func seen() throws -> Model {
            var seen = Model()
            for box in boxes {
                let messages = try store.messages(in: box)
                if !messages.isEmpty { seen.messages[box] = messages }
                for kind in GreetingKind.allCases {
                    if let path = store.greetingPath(kind, of: box) {
                        seen.greetings[box, default: [:]][kind] = try StoreFixture.sound(path).value
                    }
                }
            }
            return seen
        }

        /// One random act; the model is told what it must come to.
        func act() throws {
            let box = boxes[Int.random(in: 0..<boxes.count, using: &random)]
            let value = Int16.random(in: 1...2_000, using: &random)
            fixture.advance(Int64.random(in: 0...5, using: &random))
            let chosen = model.messages[box]?.randomElement(using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0...3: try leave(in: box, value)
            case 4:
                guard let pending = try begin(box) else { return }
                if Bool.random(using: &random) { try StoreFixture.record(pending.path, milliseconds: 2_500) }
                try store.discard(pending.id)
            case 5...7:
                guard let chosen, let state = VoiceMessage.State.allCases.randomElement(using: &random) else { return }
                try store.mark(chosen.id, as: state)
                model.messages[box] = model.messages[box]?.map { message in
                    var message = message
                    if message.id == chosen.id { message.state = state }
                    return message
                }
            case 8:
                try store.purgeDeleted(in: box)
                let rest = model.messages[box]?.filter { $0.state != .deleted } ?? []
                model.messages[box] = rest.isEmpty ? nil : rest
            case 9:
                let path = try store.greetingDraft(.busy, of: box)
                try StoreFixture.record(path, milliseconds: 500, value: value)
                try store.setGreeting(.busy, of: box, from: path)
                model.greetings[box, default: [:]][.busy] = value
            case 10:
                try store.removeGreeting(.busy, of: box)
                model.greetings[box] = nil
            default:
                let path = fixture.root + "/call.wav"
                try? Disk.remove(path)
                guard try store.status(of: box) == .open else { return }
                try StoreFixture.record(path, milliseconds: 2_500, value: value)
                let draft = MessageDraft(box: box, caller: "sip:eve@example.com", calledAt: store.clock())
                if let message = try store.adopt(path, as: draft, duration: 2_500) { model.messages[box, default: []].append(message) }
            }
        }

        private func begin(_ box: MailboxAddress) throws -> PendingMessage? {
            do {
                return try store.begin(MessageDraft(box: box, caller: "sip:bob@example.com", calledAt: store.clock()))
            } catch {
                let held = model.messages[box]?.count { $0.state != .deleted } ?? 0
                #expect(error.kind == .mailboxFull && held >= policy.mostMessages)
                return nil
            }
        }

        private func leave(in box: MailboxAddress, _ value: Int16) throws {
            guard let pending = try begin(box) else { return }
            let isLong = Int.random(in: 0..<4, using: &random) > 0
            try StoreFixture.record(pending.path, milliseconds: isLong ? 2_100 : 1_000, value: value)
            if let message = try store.deliver(pending.id, duration: isLong ? 2_100 : 1_000) {
                model.messages[box, default: []].append(message)
            }
            #expect(isLong == (model.messages[box]?.last?.id == pending.id))
        }
    }

    @Test func whateverHappensIndexDiskAndModelAgree() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("whateverHappensIndexDiskAndModelAgree seed \(seed)")
        let walk = try Walk(seed: seed)
        var kills = 0
        for turn in 0..<600 {
            if Int.random(in: 0..<3, using: &walk.random) == 0 {
                let before = walk.model
                let after = Int.random(in: 0...2, using: &walk.random)
                let wasKilled = try walk.fixture.killed(at: nil, after: after, store: walk.store) { try walk.act() }
                walk.store = try walk.fixture.open(policy: walk.policy)
                let seen = try walk.seen()
                if wasKilled {
                    kills += 1
                    #expect(
                        Self.isAllowed(seen, before: before, after: walk.model), "killed after \(after) steps in turn \(turn), seed \(seed)"
                    )
                    walk.model = seen
                }
            } else {
                try walk.act()
            }
            if Int.random(in: 0..<20, using: &walk.random) == 0 { try walk.reopen() }
            let seen = try walk.seen()
            try #require(seen == walk.model, "turn \(turn), seed \(seed)")
            #expect(try walk.store.check().isEmpty, "turn \(turn), seed \(seed)")
        }
        print("\(kills) kills")
        #expect(kills > 0)
    }

    /// Killed in the middle of an act: all of it, nothing of it, or a message that was complete but would not have been kept.
    private static func isAllowed(_ seen: Model, before: Model, after: Model) -> Bool {
        guard seen.greetings == before.greetings || seen.greetings == after.greetings else { return false }
        for box in Set(before.messages.keys).union(after.messages.keys).union(seen.messages.keys) {
            let (old, new, now) = (before.messages[box] ?? [], after.messages[box] ?? [], seen.messages[box] ?? [])
            if now != old, now != new { return false }
        }
        return true
    }
}
