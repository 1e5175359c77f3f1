import Audio
import CMediaSockets
import Codecs

/// A room's turn: hear everybody, add up, and send each what the others say.
extension MediaWorker {
    /// Octets of a member's state that hearing and sending touch.
    private static let warmed = 640
    /// Members that are looked ahead; a room has memory for more than that.
    private static let ahead = 3

    func turnOfRooms() {
        var unfinished = roomWheel.takeUnfinished()
        while let room = unfinished {
            unfinished = room.pointee.nextUnfinished
            goOn(with: room, next: nil)
        }
        var due = roomWheel.advance()
        while let room = due {
            due = room.pointee.nextInPhase
            if let second = due?.pointee.nextInPhase {
                // Two rooms ahead it is known who is in it, three ahead that there is one.
                media_prefetch(second.pointee.members, 64)
                if let third = second.pointee.nextInPhase { media_prefetch(third, MemoryLayout<RoomState>.size) }
            }
            guard room.pointee.count > 0 else { continue }
            if room.pointee.begin() { closeGates(of: room) }
            goOn(with: room, next: due)
        }
    }

    private func closeGates(of room: UnsafeMutablePointer<RoomState>) {
        for index in 0..<room.pointee.places { room.pointee.members[index]?.pointee.seat?.pointee.gate.close() }
    }

    /// One stage of the round. What the caches have lost since the last one comes back a step before it is needed: members' states
    /// during the system calls of those before them, in the same room or in the one before it.
    private func goOn(with room: UnsafeMutablePointer<RoomState>, next: UnsafeMutablePointer<RoomState>?) {
        let mix = room.pointee.isWhole ? scratch.mix : room.pointee.mix ?? scratch.mix
        let members = room.pointee.members
        if room.pointee.stage == 0 { mix.pointee.begin(isWide: room.pointee.isWide) }
        let heard = room.pointee.heard
        for index in heard {
            if index + Self.ahead < heard.upperBound {
                warm(members, index + Self.ahead)
                if let member = members[index + Self.ahead - 1] { warmPlayout(of: member) }
            } else if let next {
                warm(next.pointee.members, index + Self.ahead - heard.upperBound)
            }
            if let member = members[index], let seat = member.pointee.seat { hear(member, seat, room, mix) }
        }
        if room.pointee.isMixComplete { complete(room, mix) }
        let sent = room.pointee.sent
        for index in sent {
            // In a round of several ticks all this has gone again since it was heard.
            if !room.pointee.isWhole, index + Self.ahead < sent.upperBound {
                warm(members, index + Self.ahead)
                if let seat = members[index + Self.ahead - 1]?.pointee.seat { media_prefetch(seat, 128) }
            }
            if let next, index + Self.ahead >= sent.upperBound, let member = next.pointee.members[index + Self.ahead - sent.upperBound] {
                warmPlayout(of: member)
            }
            if let member = members[index], let seat = member.pointee.seat { answer(member, seat, room, mix) }
        }
        if room.pointee.nextStage() {
            roomWheel.putUnfinished(room)
        } else if room.pointee.hasChimes {
            room.pointee.dropChimes()
        }
    }

    /// Asks for the state of the member at `index`; there is memory for as many as are looked ahead.
    private func warm(_ members: UnsafeMutablePointer<RoomState.Member?>, _ index: Int) {
        if let member = members[index] { media_prefetch(member, Self.warmed) }
    }

    /// The state is here: what it points to is asked for.
    private func warmPlayout(of member: UnsafeMutablePointer<SessionState>) {
        if let playout = member.pointee.playout { media_prefetch(playout, 256) }
        if let seat = member.pointee.seat { media_prefetch(seat, 128) }
    }

    // MARK: Hearing

    private func hear(
        _ member: UnsafeMutablePointer<SessionState>, _ seat: UnsafeMutablePointer<RoomSeat>, _ room: UnsafeMutablePointer<RoomState>,
        _ mix: UnsafeMutablePointer<RoomMix>
    ) {
        // The packet that waits and the place of the one that comes: 20 ms old, and back by the time the socket has been read.
        member.pointee.playout?.pointee.prefetch()
        listen(to: member)
        seat.pointee.voice = nil
        guard let stream = member.pointee.stream, let playout = member.pointee.playout else { return }
        let (frame, wide) = (mix.pointee.narrow.place, mix.pointee.widePlace)
        let isSound =
            if let treatment = seat.pointee.treatment {
                treatment.pointee.voice(of: playout, stream, member.pointee.coder, narrow: frame, wide: wide, scratch: scratch)
            } else {
                playout.pointee.voice(of: stream, member.pointee.coder, narrow: frame, wide: wide, scratch: scratch)
            }
        let isAllowed = isSound && stream.receives && !member.pointee.isMuted
        if room.pointee.isGated {
            guard isLetIn(frame, wide, isSound: isAllowed, member, seat, room) else { return }
        } else if !isAllowed {
            return
        }
        seat.pointee.voice = mix.pointee.addVoice()
    }

    /// Whether the frame of a member of a large room is mixed; fades it where its place changes hands.
    private func isLetIn(
        _ frame: UnsafeMutablePointer<Int16>, _ wide: UnsafeMutablePointer<Int16>?, isSound: Bool,
        _ member: UnsafeMutablePointer<SessionState>, _ seat: UnsafeMutablePointer<RoomSeat>, _ room: UnsafeMutablePointer<RoomState>
    ) -> Bool {
        let wasHeard = seat.pointee.gate.isHeard
        let loudness = isSound ? Loudness.mean(of: frame, count: AudioFrame.samples) : 0
        let verdict = seat.pointee.gate.judge(loudness, mayOpen: room.pointee.talkers < room.pointee.settings.talkers)
        let isHeard = seat.pointee.gate.isHeard
        if isHeard != wasHeard { room.pointee.talkers += isHeard ? 1 : -1 }
        if isHeard {
            if let quietest = room.pointee.quietestTalker?.pointee.seat, quietest.pointee.gate.level <= seat.pointee.gate.level {
            } else {
                room.pointee.quietestTalker = member
            }
        } else if loudness >= TalkGate.opening {
            if let loudest = room.pointee.loudestWaiting?.pointee.seat, loudest.pointee.gate.level >= seat.pointee.gate.level {
            } else {
                room.pointee.loudestWaiting = member
            }
        }
        guard isSound else { return false }
        switch verdict {
        case .unheard: return false
        case .heard: return true
        case .fading(let direction):
            Ramp.apply(direction, to: frame, count: AudioFrame.samples)
            if let wide { Ramp.apply(direction, to: wide, count: RoomMix.wideFrame) }
            return true
        }
    }

    private func complete(_ room: UnsafeMutablePointer<RoomState>, _ mix: UnsafeMutablePointer<RoomMix>) {
        if room.pointee.hasChimes { room.pointee.mixChimes(into: mix.pointee) }
        room.pointee.mixNoise(into: mix.pointee)
        guard room.pointee.isGated, room.pointee.talkers >= room.pointee.settings.talkers,
            let waiting = room.pointee.loudestWaiting?.pointee.seat, let quietest = room.pointee.quietestTalker?.pointee.seat,
            quietest.pointee.gate.yields(to: waiting.pointee.gate.level)
        else { return }
        quietest.pointee.gate.yield()
        waiting.pointee.gate.invite()
        room.pointee.talkers += 1
    }

    // MARK: Sending

    private func answer(
        _ member: UnsafeMutablePointer<SessionState>, _ seat: UnsafeMutablePointer<RoomSeat>, _ room: UnsafeMutablePointer<RoomState>,
        _ mix: UnsafeMutablePointer<RoomMix>
    ) {
        if seat.pointee.skips > 0 {
            seat.pointee.skips -= 1
            return
        }
        let isDriven = seat.pointee.isDriven
        if isDriven { member.pointee.setDue(after: 20_000_000, tick: tickTime) }
        guard let stream = member.pointee.stream else { return }
        var sound: UnsafeRawBufferPointer?
        if stream.sends, !isDriven || !member.pointee.send.isBusy {
            sound = UnsafeRawBufferPointer(
                start: whatIsHeard(by: seat, stream.form, room, mix), count: AudioFrame.samples * stream.form.octetsPerTick)
        }
        guard isDriven else {
            if let sound { seat.pointee.queue.append(sound) }
            return
        }
        send(member, stream: stream, live: sound)
        report(member, stream: stream)
    }

    private func whatIsHeard(
        by seat: UnsafeMutablePointer<RoomSeat>, _ form: SoundForm, _ room: UnsafeMutablePointer<RoomState>,
        _ mix: UnsafeMutablePointer<RoomMix>
    ) -> UnsafeMutablePointer<UInt8> {
        if room.pointee.count == 1, !room.pointee.hasChimes,
            seat.pointee.fillMusic(scratch.sound, ticks: AudioFrame.samples, form: form)
        {
            return scratch.sound
        }
        guard let voice = seat.pointee.voice else {
            seat.pointee.limiter.rest()
            return mix.pointee.everybody(form, &room.pointee.limiters)
        }
        mix.pointee.everybody(but: voice, form, &seat.pointee.limiter, into: scratch.sound)
        return scratch.sound
    }
}
