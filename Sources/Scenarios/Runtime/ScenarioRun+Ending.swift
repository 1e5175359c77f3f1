import Timing

/// Limits, errors and the end of the call.
extension ScenarioRun {
    /// Runs handlers.hangup of every scenario that is under way, the innermost first.
    mutating func leave(into commands: inout [ScenarioCommand]) {
        phase = .leaving
        leaveRoom(at: nil, into: &commands)
        abandonDial(into: &commands)
        waiting = .nothing
        for index in frames.indices {
            frames[index].blocks = frames[index].handler(\.hangUp).map { [StepBlock(steps: $0)] } ?? []
        }
    }

    /// Ends the call from this side.
    mutating func finish(_ command: ScenarioCommand, into commands: inout [ScenarioCommand]) {
        commands.append(command)
        leave(into: &commands)
    }

    mutating func limitPassed(_ reason: String, into commands: inout [ScenarioCommand]) {
        usesLeft.revisits = [:]
        handle(\.limit, reason, otherwise: .hangUp(cause: nil), into: &commands)
    }

    /// Without handlers.error the call goes on with the next step.
    mutating func errorHappened(_ reason: String, into commands: inout [ScenarioCommand]) {
        handle(\.error, reason, otherwise: nil, into: &commands)
    }

    private mutating func handle(
        _ kind: KeyPath<ScenarioHandlers, [Step]?>, _ reason: String, otherwise: ScenarioCommand?, into commands: inout [ScenarioCommand]
    ) {
        commands.append(.log(reason))
        guard phase == .running else { return }
        guard let index = frames.lastIndex(where: { $0.handler(kind) != nil }), let steps = frames[index].handler(kind) else {
            guard let otherwise else { return }
            quieten(into: &commands)
            finish(otherwise, into: &commands)
            return
        }
        quieten(into: &commands)
        // An error inside a handler ends the call, and so do errors that come again and again.
        guard usesLeft.failures > 0, !isHandling else {
            finish(.hangUp(cause: 41), into: &commands)
            return
        }
        usesLeft.failures -= 1
        leaveRoom(at: nil, into: &commands)
        frames.removeSubrange((index + 1)...)
        frames[index].blocks = [StepBlock(steps: steps, isHandler: true)]
    }

    private var isHandling: Bool { frames.contains { $0.blocks.contains { $0.isHandler } } }

    /// Stops whatever is going on.
    mutating func quieten(into commands: inout [ScenarioCommand]) {
        switch waiting {
        case .playing(let id, _): commands.append(.stopPlay(id))
        case .collecting(let collecting): if let id = collecting.prompt { commands.append(.stopPlay(id)) }
        case .recording(let id, _): commands.append(.stopRecording(id))
        case .holding(let id, _, _): commands.append(id.map { .stopPlay($0) } ?? .echo(false))
        case .entering(let id, _): commands.append(.leaveRoom(id))
        case .dialling(let dialling):
            if let sound = dialling.sound { commands.append(.stopPlay(sound)) }
            abandonDial(into: &commands)
        case .bridged: abandonDial(into: &commands)
        case .nothing, .answer, .delay, .endingRecording, .service, .greeting, .conferring, .transferring: break
        }
        waiting = .nothing
    }
}
