import Findings
import Timing

/// A dial that has not led to a conversation yet.
struct Dialling: Sendable {
    let id: OrderID
    let step: DialStep
    /// The step for which it is done, where that is no `dial`.
    let transfer: TransferStep?
    /// Should the server never tell anything.
    let until: MonotonicTime
    /// The music or the ring-back tone that the caller hears.
    var sound: PlayID?
    var rings = false
    /// The caller hears one of those who are called.
    var isHeard = false
}

/// The conversation with the one who answered.
struct Bridging: Sendable {
    let dialling: Dialling
    let target: String
    let since: MonotonicTime
    /// Until when the caller must have acknowledged the answer that the conversation took; nil when he was answered before.
    var answerBy: MonotonicTime?
    /// The last keys, for `stop_by`.
    var typed = ""
    var lastKey: MonotonicTime
    /// What is left of `limits.menus`: the conversation does not count.
    var menusLeft: Duration?
}

/// Calling others, and talking with them.
///
///     dial ──▶ dialling ──answered──▶ bridged ──other side, stop_by──▶ ended
///                 │ nobody               │ caller hangs up
///                 ▼                      ▼
///             its failure           handlers.hangup, which find `into` filled
extension ScenarioRun {
    /// Between two keys of `stop_by` no more time may pass.
    private static let keyPause = Duration.seconds(3)

    mutating func start(_ step: DialStep, for transfer: TransferStep? = nil, at now: MonotonicTime, into commands: inout [ScenarioCommand])
    {
        leaveRoom(at: now, into: &commands)
        var order = order(step)
        var named: Set<String> = []
        // A variable that was left empty names nobody, and a phone rings once.
        order.targets = order.targets.filter { !$0.isEmpty && named.insert($0).inserted }
        // INVITEs that are given up need up to 64*T1 = 32 s to end (RFC 3261 §9.1).
        var dialling = Dialling(
            id: OrderID(nextID()), step: step, transfer: transfer, until: now + order.longest + .seconds(40))
        guard !order.targets.isEmpty else {
            commands.append(.log("nobody to call: all targets are empty"))
            return conclude(dialling, .unreachable(nil), target: "", into: &commands)
        }
        if step.musicClass != nil {
            signal(.earlyMedia(), at: now, into: &commands)
            sound(&dialling, into: &commands)
        }
        commands.append(.dial(dialling.id, order))
        waiting = .dialling(dialling)
    }

    private mutating func order(_ step: DialStep) -> DialOrder {
        let confirmation = step.confirmation.map { confirm in
            DialConfirmation(
                keys: confirm.keys.keys,
                prompt: Playback(
                    id: PlayID(nextID()), items: items(confirm.prompt) + [.silence(.seconds(1))], locale: locale, fallback: fallbackLocales,
                    repeatCount: nil))
        }
        return DialOrder(
            targets: step.to.map { evaluate($0).asText.onOneLine }, strategy: step.strategy, timeout: step.timeout,
            confirmation: confirmation, headers: headers(step.headers),
            callerID: step.callerID.map { evaluate($0).asText.onOneLine.cut(toBytes: 128) }, passesDigits: step.passesDigits)
    }

    /// Somebody's phone rings, or may: he who is called without a 180 rings in a sound of his own, which the caller does not hear.
    mutating func dialProgressed(_ id: OrderID, into commands: inout [ScenarioCommand]) {
        guard case .dialling(var dialling) = waiting, dialling.id == id, !dialling.rings, dialling.step.musicClass == nil else { return }
        dialling.rings = true
        if !dialling.isHeard { sound(&dialling, into: &commands) }
        waiting = .dialling(dialling)
    }

    /// Somebody who is called has something to say, or is gone who had.
    mutating func dialSounds(_ id: OrderID, _ isHeard: Bool, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard case .dialling(var dialling) = waiting, dialling.id == id, dialling.isHeard != isHeard else { return }
        dialling.isHeard = isHeard
        if isHeard {
            hush(&dialling, into: &commands)
            signal(.earlyMedia(), at: now, into: &commands)
        } else if dialling.rings || dialling.step.musicClass != nil {
            sound(&dialling, into: &commands)
        }
        waiting = .dialling(dialling)
    }

    /// What the caller hears while nobody says anything.
    private mutating func sound(_ dialling: inout Dialling, into commands: inout [ScenarioCommand]) {
        if let musicClass = dialling.step.musicClass {
            let sound = PlayID(nextID())
            commands.append(.music(sound, musicClass: musicClass))
            dialling.sound = sound
        } else if isAnswered || hasEarlyMedia {
            // Of a length that each country's cadence divides, so that it goes on evenly.
            dialling.sound = playback([.tone(.ringback, .seconds(30))], repeatCount: nil, into: &commands)
        } else {
            commands.append(.ring())
        }
    }

    private func hush(_ dialling: inout Dialling, into commands: inout [ScenarioCommand]) {
        if let sound = dialling.sound { commands.append(.stopPlay(sound)) }
        dialling.sound = nil
    }

    mutating func dialBridged(_ id: OrderID, target: String, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard case .dialling(var dialling) = waiting, dialling.id == id else { return }
        hush(&dialling, into: &commands)
        // What was typed while it rang was meant for nobody who is there now.
        typedAhead = []
        var bridging = Bridging(
            dialling: dialling, target: target, since: now, lastKey: now, menusLeft: menusEnd.map { max($0 - now, .zero) })
        menusEnd = nil
        if !isAnswered {
            commands.append(.answer())
            bridging.answerBy = now + Self.answerPatience
        }
        waiting = .bridged(bridging)
    }

    /// The other side, or nobody, has ended it.
    mutating func dialEnded(
        _ id: OrderID, _ outcome: DialOutcome, target: String, at now: MonotonicTime, into commands: inout [ScenarioCommand]
    ) {
        switch waiting {
        case .dialling(var dialling) where dialling.id == id:
            hush(&dialling, into: &commands)
            conclude(dialling, outcome, target: target, into: &commands)
        case .bridged(let bridging) where bridging.dialling.id == id:
            part(bridging, outcome, at: now, into: &commands)
        default:
            break
        }
    }

    /// The caller's keys during the conversation; the server passes them on.
    mutating func feedBridge(_ key: Character, _ start: Bridging, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard let stop = start.dialling.step.stopBy else { return }
        var bridging = start
        if now - bridging.lastKey > Self.keyPause { bridging.typed = "" }
        bridging.typed = String((bridging.typed + String(key)).suffix(stop.count))
        bridging.lastKey = now
        waiting = .bridged(bridging)
        guard bridging.typed == stop else { return }
        lastTyped = stop
        commands.append(.endBridge(bridging.dialling.id))
        part(bridging, .ended(now - bridging.since), at: now, into: &commands)
    }

    private mutating func part(_ bridging: Bridging, _ outcome: DialOutcome, at now: MonotonicTime, into commands: inout [ScenarioCommand])
    {
        if let left = bridging.menusLeft { menusEnd = now + left }
        conclude(bridging.dialling, outcome, target: bridging.target, into: &commands)
        // What follows waits for the caller's ACK, as after any answer.
        if let until = bridging.answerBy, phase == .running { waiting = .answer(until: until) }
    }

    private mutating func conclude(_ dialling: Dialling, _ outcome: DialOutcome, target: String, into commands: inout [ScenarioCommand]) {
        waiting = .nothing
        if let transfer = dialling.transfer {
            transferred(transfer, status: outcome.status, succeeded: outcome.end == .ended, into: &commands)
            return
        }
        store(outcome, target: target, of: dialling.step)
        push(outcome.end == .ended ? dialling.step.ended : dialling.step.failures[outcome.end] ?? [])
    }

    private mutating func store(_ outcome: DialOutcome, target: String, of step: DialStep) {
        guard let name = step.into, case .record(let fields) = frames.last?.scenario.types[name] else { return }
        store(outcome.value(target: target, fields: fields), in: name)
    }

    /// The run goes elsewhere: what rings is cancelled, who talks is parted.
    mutating func abandonDial(into commands: inout [ScenarioCommand]) {
        switch waiting {
        case .dialling(let dialling):
            commands.append(.cancelDial(dialling.id))
        case .bridged(let bridging):
            commands.append(.endBridge(bridging.dialling.id))
            if let left = bridging.menusLeft { menusEnd = clock + left }
            store(.ended(clock - bridging.since), target: bridging.target, of: bridging.dialling.step)
        default:
            break
        }
    }

    // MARK: Transfers

    mutating func perform(
        _ transfer: TransferStep, at location: SourceLocation, _ now: MonotonicTime, into commands: inout [ScenarioCommand]
    ) {
        guard let target = targets([transfer.to], at: location, into: &commands)?.first else {
            return transferred(transfer, status: 403, succeeded: false, into: &commands)
        }
        switch transfer.mode {
        case .redirect:
            // A 3xx is an answer to the INVITE, so it must be the first final one (RFC 3261 §21.3).
            guard !isAnswered, phase == .running else {
                commands.append(.log("\(location): an answered call cannot be redirected"))
                return transferred(transfer, status: 0, succeeded: false, into: &commands)
            }
            store(.int(302), in: transfer.into)
            let headers = headers(transfer.headers)
            finish(.redirect(status: 302, contacts: [RedirectContact(uri: target)], headers: headers), into: &commands)
            push(transfer.done)
        case .refer where !isAnswered:
            // The REFER goes inside the call, whose dialog is there for good only after the answer.
            commands.append(.log("\(location): a call that is not answered cannot be referred"))
            transferred(transfer, status: 0, succeeded: false, into: &commands)
        case .bridge:
            start(transfer.bridge, for: transfer, at: now, into: &commands)
        case .auto where !isAnswered:
            start(transfer.bridge, for: transfer, at: now, into: &commands)
        case .refer, .auto:
            leaveRoom(at: now, into: &commands)
            let id = OrderID(nextID())
            commands.append(.transfer(id, TransferOrder(target: target, headers: headers(transfer.headers))))
            // The other side may let the target ring for the three minutes of timer C (RFC 3261 §16.6) before it tells.
            waiting = .transferring(id, transfer, until: now + .seconds(220))
        }
    }

    mutating func transferEnded(_ id: OrderID, _ outcome: TransferOutcome, at now: MonotonicTime, into commands: inout [ScenarioCommand]) {
        guard case .transferring(id, let transfer, _) = waiting else { return }
        waiting = .nothing
        switch outcome {
        case .done: transferred(transfer, status: outcome.status, succeeded: true, into: &commands)
        case .refused where transfer.mode == .auto:
            commands.append(.log("no transfer by REFER (\(outcome.status)): bridged instead"))
            start(transfer.bridge, for: transfer, at: now, into: &commands)
        case .refused, .failed: transferred(transfer, status: outcome.status, succeeded: false, into: &commands)
        }
    }

    private mutating func transferred(_ transfer: TransferStep, status: Int, succeeded: Bool, into commands: inout [ScenarioCommand]) {
        store(.int(status), in: transfer.into)
        guard succeeded else { return push(transfer.failed) }
        // RFC 5589 §6.1: when the target has answered, the transferor takes his own call down.
        if transfer.mode.leaves { finish(.hangUp(cause: nil), into: &commands) }
        push(transfer.done)
    }
}
