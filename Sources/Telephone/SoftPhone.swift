import AudioFiles
import CallControl
import Codecs
import MediaPlane
import SDP
import SIP
import SIPDialogs
import SIPTransport
import Timing

/// A test telephone: places calls, plays, records, presses keys, counts what comes. For `antiphon call`, `antiphon load` and tests.
///
/// Confined to one event loop like the switchboard, hence `@unchecked Sendable`.
package final class SoftPhone: SignallingEndpoint, @unchecked Sendable {
    /// What happens to a call that was placed.
    package enum Event: Sendable {
        case progressed(StatusCode)
        case answered
        case key(Character)
        case playFinished
        case keysSent
        case recorded(RecordingTapResult)
        /// The last event: why it ended, and what was counted.
        case ended(String, SessionStatistics?)
    }

    /// One line of the telephone.
    private final class Line {
        let uri: SIPURI
        var media: CallMedia
        let tell: (Event) -> Void
        var isAnswered = false
        var end: String?

        init(uri: SIPURI, media: CallMedia, tell: @escaping (Event) -> Void) {
            self.uri = uri
            self.media = media
            self.tell = tell
        }
    }

    package var transmit: ([UInt8], Flow) -> Void = { _, _ in }
    private var userAgent: UserAgent
    private let media: any MediaSessionSource
    private let mediaAddress: String
    private let identity: NameAddress
    private let capabilities: AudioCapabilities
    private var lines: [CallHandle: Line] = [:]
    private var linesBySession: [MediaSessionID: Line] = [:]
    private var outputs: [UserAgentOutput] = []
    private var now = MonotonicTime.zero

    package init(
        configuration: UserAgentConfiguration, identity: NameAddress, media: any MediaSessionSource, mediaAddress: String,
        capabilities: AudioCapabilities = AudioCapabilities()
    ) {
        self.capabilities = capabilities
        userAgent = UserAgent(configuration: configuration, random: { UInt64.random(in: .min ... .max) })
        self.media = media
        self.mediaAddress = mediaAddress
        self.identity = identity
    }

    package var openLines: Int { linesBySession.count }

    // MARK: Orders

    /// Places a call. Throws when there is no RTP port left. `tell` is called on the event loop.
    package func call(_ uri: SIPURI, via flow: Flow, at now: MonotonicTime, tell: @escaping (Event) -> Void) throws -> CallHandle {
        self.now = now
        let session = try media.open()
        var callMedia = CallMedia(
            session: session, address: mediaAddress, sessionID: UInt64.random(in: .min ... .max), capabilities: capabilities)
        let offer = callMedia.offer()
        let line = Line(uri: uri, media: callMedia, tell: tell)
        linesBySession[session.id] = line
        var handle: CallHandle?
        signal { [identity] userAgent, outputs in
            let made = userAgent.invite(uri, from: identity, body: offer, via: flow, headers: [], at: now, into: &outputs)
            self.lines[made] = line
            handle = made
        }
        // `signal` runs its closure at once, so there is a handle.
        return handle!
    }

    /// The media of a call, for playing, recording and keys; nil when it is over.
    package func media(of call: CallHandle) -> (any MediaSessionOrders)? { lines[call]?.media.session }

    /// The suite that a call is encrypted with; nil in the clear.
    package func encryption(of call: CallHandle) -> String? { lines[call]?.media.audio?.crypto?.suite.rawValue }

    package func codec(of call: CallHandle) -> CodecName? { lines[call]?.media.audio?.codec }

    package func form(of call: CallHandle) -> SoundForm? { lines[call]?.media.form }

    package func hangUp(_ call: CallHandle, at now: MonotonicTime) {
        self.now = now
        guard let line = lines[call] else { return }
        line.end = line.end ?? "hung up here"
        signal { $0.hangUp(call, headers: [], at: now, into: &$1) }
        if line.isAnswered { finish(call, line) }
    }

    // MARK: The transport's side

    package func receive(_ bytes: [UInt8], from flow: Flow, at now: MonotonicTime) {
        self.now = now
        signal { $0.receive(bytes, from: flow, at: now, into: &$1) }
    }

    package func connectionClosed(_ connection: UInt64, at now: MonotonicTime) {
        self.now = now
        signal { $0.connectionClosed(connection, at: now, into: &$1) }
    }

    package func fire(at now: MonotonicTime) {
        self.now = now
        signal { $0.fire(at: now, into: &$1) }
    }

    package func nextDeadline() -> MonotonicTime? { userAgent.nextDeadline() }

    private func signal(_ command: (inout UserAgent, inout [UserAgentOutput]) -> Void) {
        let isOutermost = outputs.isEmpty
        command(&userAgent, &outputs)
        guard isOutermost else { return }
        var index = 0
        while index < outputs.count {
            let output = outputs[index]
            index += 1
            switch output {
            case .send(let bytes, let flow): transmit(bytes, flow)
            case .event(let event): handle(event)
            }
        }
        outputs.removeAll(keepingCapacity: true)
    }

    private func handle(_ event: UserAgentEvent) {
        switch event {
        case .progressed(let call, let progress):
            guard let line = lines[call] else { return }
            // Early media: the answer in a 183 is the answer (RFC 3264 §4); the 200 repeats it.
            if let body = progress.body { try? line.media.accept(body) }
            line.tell(.progressed(progress.status))
        case .answered(let call, let body, _): answered(call, body)
        case .failed(let call, let status, let reason, _):
            guard let line = lines[call] else { return }
            line.end = line.end ?? "\(status.code) \(reason)"
            finish(call, line)
        case .ended(let call, let cause):
            guard let line = lines[call] else { return }
            line.end = line.end ?? "\(cause)"
            finish(call, line)
        case .reinvited(let call, let body):
            do {
                let reply =
                    try body.map { offer throws(MediaRefusal) in try lines[call]?.media.answer(offer) } ?? lines[call]?.media.offer()
                signal { [now] in $0.answerReinvite(call, status: .ok, body: reply ?? nil, headers: [], at: now, into: &$1) }
            } catch {
                signal { [now] in $0.answerReinvite(call, status: error.status, body: nil, headers: error.headers, at: now, into: &$1) }
            }
        case .invited(let call, _):
            // A test telephone takes no calls.
            signal { [now] in $0.reject(call, status: .temporarilyUnavailable, headers: [], at: now, into: &$1) }
        case .updated(let call, let offer):
            do {
                let reply = try lines[call]?.media.answer(offer)
                signal { [now] in $0.answerUpdate(call, status: .ok, body: reply, at: now, into: &$1) }
            } catch {
                signal { [now] in $0.answerUpdate(call, status: .notAcceptableHere, at: now, into: &$1) }
            }
        case .acknowledged, .cancelled, .probed, .reinviteAnswered, .updateAnswered, .refreshed, .provisionalAcknowledged, .malformed,
            .requested, .responded:
            break
        }
    }

    private func answered(_ call: CallHandle, _ body: Body?) {
        signal { [now] in $0.acknowledge(call, body: nil, at: now, into: &$1) }
        guard let line = lines[call] else { return }
        line.isAnswered = true
        do {
            if line.media.awaitsAnswer {
                guard let body else { throw MediaRefusal(status: .badRequest, headers: [], reason: "the 200 brought no answer") }
                try line.media.accept(body)
            }
            line.tell(.answered)
        } catch {
            line.end = "unusable answer: \(error)"
            hangUp(call, at: now)
        }
    }

    // MARK: The media plane's side

    package func handle(_ events: [MediaEvent], at now: MonotonicTime) {
        self.now = now
        for event in events {
            guard let line = linesBySession[event.session] else { continue }
            switch event {
            case .digit(_, let key), .tone(_, let key, isDown: true): line.tell(.key(key))
            case .playFinished: line.tell(.playFinished)
            case .otherCodec(_, let payloadType): _ = line.media.turn(to: payloadType)
            case .tone: break
            case .keysSent: line.tell(.keysSent)
            case .recordingEnded(_, let result): line.tell(.recorded(result))
            case .silent, .counted: break
            case .closed(let id, let statistics):
                linesBySession[id] = nil
                media.release(id)
                line.tell(.ended(line.end ?? "", statistics))
            }
        }
    }

    private func finish(_ call: CallHandle, _ line: Line) {
        lines[call] = nil
        line.media.session.close()
    }
}
