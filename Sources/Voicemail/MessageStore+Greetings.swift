import AudioFiles

extension MessageStore {
    /// A name that nothing bears, for recording a greeting into; `setGreeting` takes it from there. One that is not kept is removed
    /// with `discardGreetingDraft`, or at the next start.
    package func greetingDraft(_ kind: GreetingKind, of box: MailboxAddress) throws(VoicemailError) -> String {
        try folder.makeBox(box)
        let draft = "draft-\(run)-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        return "\(folder.greetings(of: box))/\(draft)\(MailFolder.soundSuffix)"
    }

    package func discardGreetingDraft(_ path: String) throws(VoicemailError) {
        try Disk.remove(path + ".part")
        try Disk.remove(path)
    }

    /// Makes a finished recording on the same disk the greeting. Until the new one is in place, callers hear the old one.
    package func setGreeting(_ kind: GreetingKind, of box: MailboxAddress, from path: String) throws(VoicemailError) {
        guard try index.read({ try Self.exists(box, $0) }) else { throw .unknown(box) }
        // A greeting that cannot be played must not replace one that can.
        _ = try SoundLength.milliseconds(path)
        try folder.makeBox(box)
        try Disk.replace(folder.greeting(kind, of: box), with: path)
        step(.greetingFile)
    }

    /// Back to the standard greeting; that there is none is as good.
    package func removeGreeting(_ kind: GreetingKind, of box: MailboxAddress) throws(VoicemailError) {
        let path = folder.greeting(kind, of: box)
        try Disk.remove(path)
        Disk.sync(folderOf: path)
        step(.greetingRemoved)
    }

    /// The greeting as it is on disk. Reads all of it, to tell one that plays from one that does not.
    package func greeting(_ kind: GreetingKind, of box: MailboxAddress) -> Greeting {
        let path = folder.greeting(kind, of: box)
        guard Disk.kind(of: path) != .none else { return .none }
        do {
            _ = try SoundLength.milliseconds(path)
            return .ready(path: path)
        } catch {
            return .unreadable(error)
        }
    }

    /// The greeting's file; nil when there is none that can be played.
    package func greetingPath(_ kind: GreetingKind, of box: MailboxAddress) -> String? {
        if case .ready(let path) = greeting(kind, of: box) { path } else { nil }
    }
}
