import Timing
import WebAddresses

/// Playing and recording.
extension ScenarioRun {
    mutating func start(_ play: PlayStep, into commands: inout [ScenarioCommand]) {
        // A key that was typed before stops the prompt as if it came now.
        if play.bargeIn, let key = typedAhead.first {
            lastTyped = String(key)
            push(play.key)
            return
        }
        let id = playback(play.prompt, repeatCount: play.repeatCount, gain: play.gain, startAt: play.startAt, into: &commands)
        waiting = .playing(id, play)
    }

    /// Plays what is no prompt of the file's own.
    mutating func play(_ items: [PromptItem], _ play: PlayStep, into commands: inout [ScenarioCommand]) {
        if play.bargeIn, let key = typedAhead.first {
            lastTyped = String(key)
            return push(play.key)
        }
        let id = PlayID(nextID())
        commands.append(.play(Playback(id: id, items: items, locale: locale, fallback: fallbackLocales)))
        waiting = .playing(id, play)
    }

    mutating func playback(
        _ prompt: [PromptPart], repeatCount: Int? = 1, gain: Double = 0, startAt: Duration = .zero, into commands: inout [ScenarioCommand]
    ) -> PlayID {
        let id = PlayID(nextID())
        commands.append(
            .play(
                Playback(
                    id: id, items: items(prompt), locale: locale, fallback: fallbackLocales, repeatCount: repeatCount, gain: gain,
                    startAt: startAt)
            )
        )
        return id
    }

    func items(_ prompt: [PromptPart]) -> [PromptItem] {
        prompt.map { part in
            switch part {
            case .clip(let name): .clip(name)
            case .file(let path): .file(evaluate(path).asText)
            case .say(let kind, let value): .say(kind, spoken(kind, evaluate(value)))
            case .speak(let text): .speech(evaluate(text).asText)
            case .url(let address): .url(webAddress(address))
            case .tone(let name, let duration): .tone(name, duration)
            case .silence(let duration): .silence(duration)
            }
        }
    }

    /// Values that stand behind the host are each a part of the path or the query and nothing more, whatever a caller has keyed in or his
    /// telephone has sent.
    private func webAddress(_ expression: Expression) -> String {
        guard case .joined(let parts) = expression else { return evaluate(expression).asText }
        return parts.reduce(into: "") { text, part in
            let value = evaluate(part).asText
            if case .literal = part {
                text += value
            } else {
                text += WebAddress.namesItsHost(text) ? WebAddress.escaped(value) : value
            }
        }
    }

    mutating func start(_ record: RecordStep, into commands: inout [ScenarioCommand]) {
        // Keys from before the tone were not meant for the recording.
        typedAhead = []
        let id = RecordingID(nextID())
        commands.append(
            .record(
                RecordingOrder(
                    id: id, max: record.max, silence: record.silence, beep: record.beep, trim: record.trim, min: record.min,
                    channels: record.channels, purpose: record.purpose.map { evaluate($0).asText })))
        waiting = .recording(id, record)
    }
}
