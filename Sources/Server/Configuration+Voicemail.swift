import CallControl
import Conferencing
import Credentials
import Findings
import SIP
import Voicemail

extension Configuration {
    package struct Voicemail: Sendable {
        /// Mailboxes that are made at start where they do not exist.
        package var mailboxes: [String] = Configuration.defaultMailboxes
        /// The PIN that such a mailbox is given; without one nobody can log in until `antiphon mailbox pin` has set one.
        package var firstPIN: PIN? = PIN("7391")
        package var policy = MailboxPolicy()
        /// The proxy that message lamps are lit through, unasked.
        package var lampProxy: NameAddress?
        package var full = Full.answer

        /// What a caller meets whose message a mailbox has no room for: a voice that says so, or 480.
        package enum Full: String, CaseIterable, Sendable {
            case answer, refuse
        }
    }

    mutating func readVoicemail(_ node: YAMLNode, into findings: inout [Finding]) {
        var fields = YAMLFields(node, what: "`voicemail`", at: node.location, into: &findings)
        // A file of one's own has mailboxes of one's own, and no PIN that stands in the documentation.
        voicemail = Voicemail(mailboxes: [], firstPIN: nil)
        for item in fields.take("mailboxes")?.itemsOrSelf ?? [] {
            guard let name = item.text("mailboxes", into: &findings) else { continue }
            if MailboxAddress(name: name, domain: domain) == nil {
                findings.append(
                    .error("bad-mailbox", at: item.location, "`\(name)` is no mailbox's name", mend: "letters, digits and . - _ + * # only")
                )
            }
            voicemail.mailboxes.append(name)
        }
        if let pin = fields.take("first_pin") {
            voicemail.firstPIN = pin.digits("first_pin", into: &findings).flatMap { PIN($0) }
            if voicemail.firstPIN == nil {
                findings.append(.error("bad-pin", at: pin.location, "`first_pin` must be 4 to 12 digits"))
            }
            if !isLoopbackOnly {
                findings.append(
                    .error(
                        "first-pin", at: pin.location, "one PIN for all mailboxes is for a server on loopback only",
                        mend: "leave it out, and give each mailbox a PIN with `antiphon mailbox pin NAME`"))
            }
        }
        if let proxy = fields.take("lamps").flatMap({ Self.address($0, "lamps", into: &findings) }) {
            voicemail.lampProxy = proxy
            // The proxy is on the way to the telephone, not its end: `lr`, which has no value (RFC 3261 §19.1.1).
            if !proxy.uri.parameters.contains("lr") { voicemail.lampProxy?.uri.parameters["lr"] = nil }
        }
        voicemail.full = fields.word("full", of: Voicemail.Full.self, into: &findings) ?? .answer
        let standard = MailboxPolicy()
        voicemail.policy = MailboxPolicy(
            mostMessages: fields.int("messages", in: 1...100_000, into: &findings) ?? standard.mostMessages,
            mostSeconds: fields.duration("sound", into: &findings).map { Int($0.components.seconds) } ?? standard.mostSeconds,
            longestMessage: fields.duration("longest", into: &findings).map { Int($0.components.seconds) } ?? standard.longestMessage,
            shortestMessage: fields.duration("shortest", into: &findings).map { Int($0 / .milliseconds(1)) } ?? standard.shortestMessage)
        fields.finish(into: &findings)
    }

    mutating func readRooms(_ node: YAMLNode, into findings: inout [Finding]) {
        rooms = []
        for item in node.list("rooms", into: &findings) ?? [] {
            var fields = YAMLFields(item, what: "a room", at: item.location, into: &findings)
            let room = fields.take("room")
            let pin = roomPIN("pin", &fields, into: &findings)
            let moderatorPIN = roomPIN("moderator_pin", &fields, into: &findings)
            let seats = fields.int("seats", in: 1...10_000, into: &findings)
            let sound = roomSound(&fields, into: &findings)
            fields.finish(into: &findings)
            guard let room, let text = room.text("room", into: &findings) else {
                findings.append(.error("incomplete-room", at: item.location, "a room needs `room`: its number, or a pattern of numbers"))
                continue
            }
            do {
                let policy = RoomPolicy(pin: pin, moderatorPIN: moderatorPIN, capacity: seats ?? RoomPolicy().capacity, sound: sound)
                rooms.append(RoomBook.Entry(pattern: try DialPattern(text), policy: policy))
            } catch {
                findings.append(.error("bad-pattern", at: room.location, "`\(text)` is no dial pattern: \(error)"))
            }
        }
    }

    private func roomSound(_ fields: inout YAMLFields, into findings: inout [Finding]) -> RoomSound {
        var sound = RoomSound()
        if let node = fields.take("comfort_noise") {
            sound.comfortNoise =
                node.scalar == "off" ? nil : node.decimal("comfort_noise", in: RoomSound.comfortNoiseLevels, into: &findings)
        }
        sound.automaticGain = fields.bool("automatic_gain", into: &findings) ?? sound.automaticGain
        sound.noiseSuppression = fields.bool("noise_suppression", into: &findings) ?? sound.noiseSuppression
        return sound
    }

    private func roomPIN(_ name: String, _ fields: inout YAMLFields, into findings: inout [Finding]) -> RoomPIN? {
        guard let node = fields.take(name), let digits = node.digits(name, into: &findings) else { return nil }
        guard let pin = RoomPIN(digits) else {
            findings.append(.error("bad-pin", at: node.location, "`\(name)` must be 4 to 12 digits"))
            return nil
        }
        return pin
    }
}
