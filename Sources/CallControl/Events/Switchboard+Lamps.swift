import Logging
import SIP
import SIPDialogs
import SIPEvents
import Timing
import Voicemail

/// Message lamps of telephones that do not subscribe: told through an outbound proxy, which knows where they are registered.
extension Switchboard {
    /// Over which time a start spreads what it tells.
    private static let startSpread = Duration.seconds(60)

    /// Tells every lamp once, since nobody knows what was told last before the server stopped.
    package func lightLamps(at now: MonotonicTime) {
        self.now = now
        guard settings.lampProxy != nil, let store = messages else { return }
        background.run { [self] in
            let boxes: [Mailbox]
            do {
                boxes = try store.mailboxes()
            } catch {
                return log.error("lamps not told", metadata: ["reason": "\(error)"])
            }
            background.comeBack { [self] in
                for box in boxes { tellLamp(box, after: .milliseconds(Int64.random(in: 0..<Self.startSpread.wholeMilliseconds))) }
            }
        }
    }

    func tellLamp(_ box: Mailbox, after delay: Duration = .zero) {
        // Who subscribes hears it in his subscription.
        guard let proxy = settings.lampProxy, !notifier.watches(EventResource(.messageSummary, "\(box.address)")) else { return }
        settings.locate(proxy.uri) { [self] flows in
            guard let flow = flows.first else {
                return log.warning("lamp not told", metadata: ["mailbox": "\(box.address)", "reason": "no way to \(proxy.uri.host)"])
            }
            let notice = UnsolicitedNotice(
                Self.summary(of: box), to: SIPURI(user: box.address.name, host: box.address.domain),
                from: NameAddress(uri: SIPURI(user: "voicemail", host: box.address.domain)), routes: [proxy.text], flow: flow)
            var isTaken = true
            signal { [now] in isTaken = lamps.tell("\(box.address)", notice, after: delay, at: now, through: &$0, into: &$1) }
            if !isTaken { log.warning("lamp not told", metadata: ["mailbox": "\(box.address)", "reason": "too many are under way"]) }
        }
    }

    /// The answer to a NOTIFY; false when it was to something else.
    func lampResponded(_ request: RequestHandle, _ outcome: RequestOutcome) -> Bool {
        var isLamp = false
        signal { [now] in isLamp = lamps.responded(request, outcome, at: now, through: &$0, into: &$1) }
        if isLamp, outcome.status.isFinal, !outcome.status.isSuccess {
            log.debug("lamp not lit", metadata: ["status": "\(outcome.status)"])
        }
        return isLamp
    }
}
