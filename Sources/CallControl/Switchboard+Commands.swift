import Audio
import Codecs
import Logging
import MediaPlane
import SIP
import SIPDialogs
import Scenarios
import Timing

/// What a scenario wants done.
extension Switchboard {
    func perform(_ commands: [ScenarioCommand], on call: Call) {
        for command in commands { perform(command, on: call) }
    }

    private func perform(_ command: ScenarioCommand, on call: Call) {
        switch command {
        case .ring(let headers): provisional(call, .ringing, body: nil, headers: headers.pairs)
        case .earlyMedia(let headers): earlyMedia(call, headers: headers.pairs)
        case .answer(let headers): answer(call, headers: headers.pairs)
        case .reject(let status, let reason, let headers):
            refuse(call, StatusCode(status) ?? .busyHere, reason: reason, headers: headers.pairs)
        case .redirect(let status, let contacts, let headers):
            let goals = contacts.map { ("Contact", $0.headerValue) }
            refuse(call, StatusCode(status) ?? .movedTemporarily, reason: nil, headers: goals + headers.pairs)
        case .hangUp(let cause, let headers): hangUp(call, cause: cause, headers: headers.pairs)
        case .play(let playback): play(playback, on: call)
        case .control(let id, let control): self.control(id, control, of: call)
        case .stopPlay(let id): if call.playback?.play == id { stopPlayback(of: call) }
        case .music(let id, let musicClass): playMusic(id, musicClass, on: call)
        case .record(let order): record(order, on: call)
        case .stopRecording(let id): stopRecording(id, of: call)
        case .echo(let isOn): call.media?.session.echo(isOn)
        case .sendDigits(let digits): call.media?.session.send(keys: Array(digits))
        case .order(let id, let order): perform(order, id, on: call)
        case .enterRoom(let id, let entry): enterRoom(id, entry, on: call)
        case .leaveRoom: leaveRoom(call)
        case .muteInRoom(let isMuted): mute(call, isMuted)
        case .dial(let id, let order): dial(id, order, on: call)
        case .cancelDial(let id), .endBridge(let id): cancelDial(id, on: call)
        case .transfer(let id, let order): transfer(id, order, on: call)
        case .log(let text): log.info("scenario: \(text)", metadata: ["id": "\(call.callID)", "scenario": "\(call.scenarioName)"])
        case .emit(let event, let data):
            log.info("event \(event)", metadata: data.mapValues { "\($0)" }.merging(["id": "\(call.callID)"]) { $1 })
        case .entered(let state, let scenario):
            log.debug("state", metadata: ["id": "\(call.callID)", "scenario": "\(scenario)", "state": "\(state)"])
        }
    }

    // MARK: Answering

    private func provisional(_ call: Call, _ status: StatusCode, body: Body?, headers: [(String, String)]) {
        guard case .invited = call.phase else { return }
        let handle = call.handle
        signal { [now] in $0.provisional(handle, status: status, body: body, headers: headers, at: now, into: &$1) }
    }

    /// Opens the media and answers the offer once; an early answer serves again in the 200 (RFC 3261 §13.2.1).
    private func describe(_ call: Call) -> Body? {
        if call.media == nil {
            do {
                let session = try media.open()
                call.media = CallMedia(
                    session: session, address: settings.mediaAddress, sessionID: random.next(), capabilities: call.capabilities,
                    encoding: settings.encoding)
                call.media?.onlyHost = call.onlyMediaHost
                callsBySession[session.id] = call
            } catch {
                log.error("no media for a call", metadata: ["id": "\(call.callID)", "reason": "\(error)"])
                call.endReason = "no media: \(error)"
                leave(call, headers: [("Retry-After", "10")], refusal: .serviceUnavailable)
                call.pendingEvents.append(.hungUp)
                return nil
            }
        }
        do {
            // Answered early, and perhaps described anew since (RFC 3311): what was said last stands.
            if let described = call.media?.agreed { return described }
            if let offer = call.offer { return try call.media?.answer(offer) }
            return call.media?.offer()
        } catch {
            call.endReason = error.reason
            leave(call, headers: error.headers, refusal: error.status)
            call.pendingEvents.append(.hungUp)
            return nil
        }
    }

    private func earlyMedia(_ call: Call, headers: [(String, String)]) {
        guard case .invited = call.phase else { return }
        // Without an offer there is nobody to send to yet: an offer in a 183 would need 100rel (RFC 3262 §5).
        guard call.offer != nil else { return provisional(call, .sessionProgress, body: nil, headers: headers) }
        guard let body = describe(call) else { return }
        provisional(call, .sessionProgress, body: body, headers: headers)
    }

    private func answer(_ call: Call, headers: [(String, String)]) {
        if call.isAnswered { return call.pendingEvents.append(.answered) }
        guard case .invited = call.phase, let body = describe(call) else { return }
        call.phase = .answered(acknowledged: false)
        call.answeredAt = now
        count { $0.answered += 1 }
        let handle = call.handle
        signal { [now] in $0.accept(handle, body: body, headers: headers, at: now, into: &$1) }
        // The offerer is ready for media from the moment it offers (RFC 3264 §5.1). After a late offer the ACK says where to send.
        if call.media?.awaitsAnswer == false { call.pendingEvents.append(.answered) }
    }

    private func refuse(_ call: Call, _ status: StatusCode, reason: String?, headers: [(String, String)]) {
        guard case .invited = call.phase else { return hangUp(call, cause: nil, headers: []) }
        call.endReason = "\(status.code)"
        call.phase = .over
        count { $0.refused += 1 }
        let handle = call.handle
        signal { [now] in $0.reject(handle, status: status, reason: reason, headers: headers, at: now, into: &$1) }
    }

    private func hangUp(_ call: Call, cause: Int?, headers: [(String, String)]) {
        if call.endReason.isEmpty { call.endReason = "scenario" }
        // RFC 3326 and RFC 6432: why, in the terms of the telephone network.
        let headers = (cause.map { [("Reason", "Q.850;cause=\($0)")] } ?? []) + headers
        leave(call, headers: headers, refusal: .temporarilyUnavailable)
    }
}

extension [ScenarioHeader] {
    fileprivate var pairs: [(String, String)] { map { ($0.name, $0.value) } }
}
