import Logging
import SIP
import SIPDialogs

/// Requests that are no part of a call's set-up.
extension Switchboard {
    func requested(_ request: RequestHandle, _ asked: IncomingRequest) {
        switch asked.method {
        case .info: inform(request, asked)
        case .notify: notified(request, asked)
        case .subscribe: if !referralSubscribed(request, asked) { subscribe(request, asked) }
        case .refer: referred(request, asked)
        default: answer(request, .notImplemented)
        }
    }

    func answer(
        _ request: RequestHandle, _ status: StatusCode, reason: String? = nil, headers: [(String, String)] = [], body: Body? = nil
    ) {
        signal { [now] in $0.respond(to: request, status, reason: reason, headers: headers, body: body, at: now, into: &$1) }
    }

    /// INFO (RFC 6086): keys of telephones that have no telephone events; an empty one only asks whether we are there.
    private func inform(_ request: RequestHandle, _ asked: IncomingRequest) {
        guard let handle = asked.call else { return answer(request, .noSuchCall) }
        if asked.header("Info-Package") != nil {
            // No package is taken here, so none was offered in Recv-Info (§4.2.2).
            return answer(request, StatusCode(469) ?? .badEvent)
        }
        guard let body = asked.body else { return answer(request, .ok) }
        guard let key = InfoDigit.key(in: body) else {
            return answer(request, .unsupportedMediaType, headers: [("Accept", InfoDigit.contentTypes.joined(separator: ", "))])
        }
        answer(request, .ok)
        if let call = calls[handle], !call.isOver {
            guard isNew(key, from: .info, of: call) else { return }
            pass(key, to: party(of: call), call.dialling)
            return tell(call, .digit(key))
        }
        guard let leg = legs[handle], leg.keys.press(key, from: .info, at: now) == .told else { return }
        if let call = caller(of: leg), let media = call.media { pass(key, to: call.handle, media, call.dialling) }
        legPressed(leg, key)
    }

    private func pass(_ key: Character, to leg: OutboundLeg?, _ dialling: Dialling?) {
        if let leg { pass(key, to: leg.handle, leg.media, dialling) }
    }

    /// A key that came by signalling, on to the one whom the caller talks with: as a telephone event where that was agreed on (RFC 4733),
    /// else as it came. Keys among the media go over the bridge.
    private func pass(_ key: Character, to handle: CallHandle, _ media: CallMedia, _ dialling: Dialling?) {
        guard dialling?.order.passesDigits == true else { return }
        if media.audio?.telephoneEventPayloadType != nil { return media.session.send(keys: [key]) }
        // What it is answered with changes nothing.
        signal { [now] in _ = $0.send(.info, in: handle, body: InfoDigit.body(for: key), at: now, into: &$1) }
    }

    /// A telephone event for one who takes none, as a tone. To all others the bridge passes it on.
    func sound(_ key: Character, to media: CallMedia?, _ dialling: Dialling?) {
        guard dialling?.order.passesDigits == true, let audio = media?.audio, audio.telephoneEventPayloadType == nil else { return }
        media?.session.send(keys: [key])
    }

    /// A NOTIFY that nobody subscribed to gets 481 (RFC 6665 §4.1.3).
    private func notified(_ request: RequestHandle, _ asked: IncomingRequest) {
        if let call = asked.call.flatMap({ calls[$0] }), transferNotified(request, asked, call) { return }
        answer(request, .noSuchCall)
    }

    func responded(_ request: RequestHandle, _ outcome: RequestOutcome) {
        var isNotice = false
        signal { [now] in isNotice = notifier.responded(request, outcome, at: now, through: &$0, into: &$1) }
        if isNotice { return followNotices() }
        if lampResponded(request, outcome) { return }
        if referralResponded(request, outcome) { return }
        if trunkResponded(request, outcome) { return }
        transferResponded(request, outcome)
    }
}
