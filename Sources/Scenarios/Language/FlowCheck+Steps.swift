import Findings

extension FlowCheck {
    /// The facts after the steps; nil when no path comes out at their end.
    mutating func walk(_ steps: [Step], _ start: Facts) -> Facts? {
        var facts: Facts? = start
        for step in steps {
            if case .unreadable(mayLeave: true) = step.action {
                hasUnreadable = true
                return nil
            }
            guard let before = facts else {
                report(.error("unreachable-step", at: step.location, "this step is never reached: the one before it leaves", mend: nil))
                return nil
            }
            facts = walk(step, before)
        }
        return facts
    }

    /// The facts after several branches of which one is taken.
    mutating func walk(branches: [([Step], Facts)]) -> Facts? {
        var result: Facts?
        for (steps, facts) in branches {
            if let end = walk(steps, facts) { result = end.merged(result) }
        }
        return result
    }

    private mutating func walk(_ step: Step, _ before: Facts) -> Facts? {
        var facts = before
        switch step.action {
        case .answer(_, let headers):
            read(headers, facts, step)
            facts.signalling = .answered
            return facts
        case .ring(_, let headers):
            refuseAnswered(step, facts, severity: .warning)
            read(headers, facts, step)
            return facts
        case .earlyMedia(_, let headers):
            refuseAnswered(step, facts, severity: .warning)
            read(headers, facts, step)
            if facts.signalling.contains(.unanswered) { facts.signalling = facts.signalling.subtracting(.unanswered).union(.early) }
            return facts
        case .reject(_, let reason, let headers):
            refuseAnswered(step, facts, severity: .error)
            read(reason, facts, step)
            read(headers, facts, step)
            return nil
        case .redirect(_, let contacts, let headers):
            refuseAnswered(step, facts, severity: .error)
            for contact in contacts { read(contact.uri, facts, step) }
            read(headers, facts, step)
            return nil
        case .hangUp(_, let headers):
            read(headers, facts, step)
            return nil
        case .return(let fields):
            read(fields, facts, step)
            return nil
        case .goto(let name):
            edges.append(Edge(from: state, to: name, hasInput: facts.hasInput, isExhausted: isExhausted, location: step.location))
            enter(name, facts)
            return nil
        case .play, .collect, .record, .echo, .music, .sendDigits, .mailboxPlay, .conference:
            return walkMedia(step, facts)
        case .set(let assignments):
            for assignment in assignments {
                read(assignment.value, facts, step)
                facts.set.insert(assignment.name)
            }
            return facts
        case .if(let condition, let then, let otherwise):
            read(condition, facts, step)
            return walk(branches: [(then, facts), (otherwise, facts)])
        case .switch(let subject, let cases, let otherwise):
            read(subject, facts, step)
            return walk(branches: cases.map { ($0.steps, facts) } + [(otherwise, facts)])
        case .call(let call):
            for argument in call.with {
                if case .expression(let value, _) = argument.value { read(value, facts, step) }
            }
            // A callee may answer.
            if facts.signalling != .answered { facts.signalling = .unknown }
            if let name = call.into { facts.set.insert(name) }
            return facts
        case .log(let text):
            read(text, facts, step)
            return facts
        case .emit(_, let fields):
            read(fields, facts, step)
            return facts
        case .service(let service):
            read(service, facts, step)
            if let name = service.into { facts.set.insert(name) }
            return walk(branches: [(service.done, facts)] + service.failures.values.map { ($0, facts) })
        case .room(.toggleMute(let muted, let unmuted)):
            return walk(branches: [(muted, facts), (unmuted, facts)])
        case .room(.leave):
            return nil
        case .during(_, let then, let otherwise):
            return walk(branches: [(then, facts), (otherwise, facts)])
        case .lookup(let lookup):
            read(lookup.key, facts, step)
            var found = facts
            if let name = lookup.into { found.set.insert(name) }
            return walk(branches: [(lookup.found, found), (lookup.missing, facts)])
        case .dial(let dial):
            return walkDial(dial, facts, step)
        case .transfer(let transfer):
            return walkTransfer(transfer, facts, step)
        case .wait, .locale, .unreadable, .room:
            return facts
        }
    }

    private mutating func walkMedia(_ step: Step, _ before: Facts) -> Facts? {
        var facts = before
        if facts.signalling == .unanswered {
            report(
                .error(
                    "not-answered", at: step.location, "the call is not answered here, so nothing can be heard",
                    mend: "put answer or early_media before it"))
            facts.signalling = .answered
        }
        var keyed = facts
        keyed.hasInput = true
        switch step.action {
        case .play(let play):
            read(play.prompt, facts, step)
            if play.repeatCount == nil, !play.bargeIn { return nil }
            var branches = [(play.done, facts)]
            if play.bargeIn { branches.append((play.key, keyed)) }
            return walk(branches: play.repeatCount == nil ? [(play.key, keyed)] : branches)
        case .collect(let collect):
            return walkCollect(collect, facts, keyed, step)
        case .record(let record):
            let after = { (facts: Facts) in
                var facts = facts
                if let name = record.into { facts.set.insert(name) }
                return facts
            }
            // Silence is no sign that anybody is there.
            return walk(branches: [
                (record.ok, after(keyed)), (record.short, after(keyed)), (record.silent, after(facts)), (record.full, facts),
            ])
        case .echo(let hold), .music(_, let hold):
            if hold.isEndless { return nil }
            return walk(branches: [(hold.done, hold.duration == nil ? keyed : facts)])
        case .sendDigits(let digits):
            read(digits, facts, step)
            return facts
        case .mailboxPlay(let play):
            if case .greeting(let box, let kind) = play.sound {
                read(box, facts, step)
                read(kind, facts, step)
            }
            return walk(branches: [(play.play.done, facts), (play.play.key, keyed), (play.absent, facts)])
        case .conference(let conference):
            return walkConference(conference, facts, keyed, step)
        default:
            return facts
        }
    }

    private mutating func walkCollect(_ collect: CollectStep, _ facts: Facts, _ keyed: Facts, _ step: Step) -> Facts? {
        read(collect.prompt, facts, step)
        read(collect.shortPrompt, facts, step)
        // What does not leave here asks again, so it does not come out after the step.
        for steps in [collect.noInput, collect.invalid] { _ = walk(steps ?? [], facts) }
        var branches: [([Step], Facts)] = []
        switch collect.kind {
        case .menu(let entries):
            branches = entries.map { ($0.steps, keyed) }
        case .gather(_, _, _, let into, _, let ok):
            var after = keyed
            if let into { after.set.insert(into) }
            branches = [(ok, after)]
        }
        let result = walk(branches: branches)
        isExhausted = true
        let exhausted = walk(collect.exhausted, facts)
        isExhausted = false
        return exhausted?.merged(result) ?? result
    }

    private mutating func walkConference(_ conference: ConferenceStep, _ facts: Facts, _ keyed: Facts, _ step: Step) -> Facts? {
        read(conference.room, facts, step)
        read(conference.pin, facts, step)
        // The steps of a key come back to the room, so they do not come out after the step.
        for entry in conference.keys { _ = walk(entry.steps, keyed) }
        var branches = [(conference.left, keyed)]
        for steps in [conference.ended, conference.kicked, conference.full, conference.locked, conference.denied, conference.noRoom] {
            branches.append((steps, facts))
        }
        return walk(branches: branches)
    }

    private mutating func read(_ service: ServiceStep, _ facts: Facts, _ step: Step) {
        switch service.request {
        case .mailboxStatus(let value), .roomStatus(let value), .mailboxSetPIN(let value): read(value, facts, step)
        case .mailboxOpen(let box, let pin):
            read(box, facts, step)
            read(pin, facts, step)
        case .mailboxDeliver(let box, let recording, let urgent):
            read(box, facts, step)
            read(urgent, facts, step)
            read(.variable(recording), facts, step)
        case .mailboxSetGreeting(let kind, let recording):
            read(kind, facts, step)
            read(.variable(recording), facts, step)
        case .mailboxCount, .mailboxMove, .mailboxMark, .roomCount: break
        }
    }

    mutating func refuseAnswered(_ step: Step, _ facts: Facts, severity: Finding.Severity) {
        guard facts.signalling == .answered else { return }
        report(
            Finding(
                severity, "already-answered", at: step.location, "the call is already answered here",
                mend: severity == .error ? "use hangup" : "leave it out, or do it before answer"))
    }

    mutating func read(_ assignments: [Assignment], _ facts: Facts, _ step: Step) {
        for assignment in assignments { read(assignment.value, facts, step) }
    }

    mutating func read(_ parts: [PromptPart], _ facts: Facts, _ step: Step) {
        for part in parts {
            switch part {
            case .file(let value), .say(_, let value), .speak(let value), .url(let value): read(value, facts, step)
            case .clip, .tone, .silence: break
            }
        }
    }

    mutating func read(_ value: Expression?, _ facts: Facts, _ step: Step) {
        for name in (value?.variables ?? []).subtracting(facts.set).sorted() {
            report(
                .warning(
                    "used-before-set", at: step.location, "`\(name)` may be read here before anything was set",
                    mend: "give it an init, or set it on every path"))
        }
    }
}
