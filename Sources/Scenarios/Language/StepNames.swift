/// The words of the language.
enum StepNames {
    static let built: Set<String> = [
        "answer", "ring", "early_media", "reject", "redirect", "hangup", "play", "say", "gather", "menu", "record", "echo", "moh", "dial",
        "transfer", "set", "if", "switch", "goto", "call", "return", "wait", "log", "emit", "send_dtmf", "lookup", "during", "locale",
        "mailbox.status", "mailbox.open", "mailbox.count", "mailbox.first", "mailbox.next", "mailbox.previous", "mailbox.play",
        "mailbox.envelope", "mailbox.delete", "mailbox.undelete", "mailbox.save", "mailbox.deliver", "mailbox.greeting",
        "mailbox.set_greeting", "mailbox.set_pin", "conference", "conference.status", "conference.count", "conference.mute",
        "conference.unmute", "conference.leave",
    ]

    /// Words of the design that this version does not run yet; using one is a clear finding, not an unknown step.
    static let later: Set<String> = [
        "http", "mailbox.forward", "mailbox.reply", "mailbox.notify", "conference.deaf", "conference.lock", "conference.unlock",
        "conference.kick", "conference.volume", "conference.record", "conference.invite", "conference.end",
    ]

    /// Steps whose fields stand under their name and nowhere else.
    static let nested: Set<String> = [
        "answer", "ring", "early_media", "redirect", "hangup", "gather", "menu", "record", "echo", "moh", "emit", "conference",
        "lookup", "transfer", "dial",
    ]

    /// Steps that can leave the state, or whose branches can.
    static let leaving: Set<String> = [
        "reject", "redirect", "hangup", "goto", "return", "menu", "if", "switch", "conference", "lookup", "during", "dial",
        "transfer",
    ]

    /// Steps that need the caller for themselves, so that no key of a room can begin them.
    static let outsideRooms: Set<String> = ["dial", "transfer"]

    /// Steps that may stand in `handlers.hangup`, when there is nobody left to hear anything.
    static let withoutMedia: Set<String> = ["set", "if", "switch", "log", "emit", "mailbox.deliver", "lookup", "during", "locale"]

    /// The fields that `defaults` may give, by step.
    static let defaults: [String: Set<String>] = [
        "answer": ["after"], "ring": ["after"], "early_media": ["after"],
        "play": ["barge_in", "repeat", "gain", "start_at", "controls"], "say": ["barge_in", "repeat", "gain"],
        "gather": ["min", "max", "first", "between", "end", "retries", "barge_in", "type_ahead"],
        "menu": ["first", "between", "retries", "type_ahead"],
        "record": ["max", "silence", "beep", "end", "min", "trim", "channels"],
        "echo": ["for", "end"], "moh": ["class", "for", "end"],
        "dial": ["strategy", "timeout", "music", "caller_id", "pass_digits", "stop_by"], "transfer": ["mode"],
    ]
}
