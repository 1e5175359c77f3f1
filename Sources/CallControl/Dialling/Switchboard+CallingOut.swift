import Logging
import MediaPlane
import SDP
import SIP
import SIPDialogs
import Timing

/// Why a call out was not even begun.
struct CallOutRefusal: Error {
    var failure: DialFailure
    var reason: String
}

/// Calls that the server places.
extension Switchboard {
    /// Calls `target` when the policy lets it: finds the way to it, opens media, sends the INVITE. `then` is told once, now or later on
    /// the event loop, of the leg, or why there is none. `part` goes along with the offer, with headers of its own. `through`: media that is
    /// there already, described anew in a dialog of its own. `codec` is offered before all others: that of whoever is to be joined with him,
    /// so that packets go on as they come.
    func callOut(
        _ target: String, as purpose: OutboundLeg.Purpose, caller: String?, headers: [(String, String)], part: [UInt8]? = nil,
        through media: CallMedia? = nil, preferring codec: CodecName? = nil,
        then: @escaping (Result<OutboundLeg, CallOutRefusal>) -> Void
    ) {
        let refused: (DialFailure, String) -> Void = { [self] failure, reason in
            log.notice("call out refused", metadata: ["target": "\(target)", "reason": "\(reason)"])
            then(.failure(CallOutRefusal(failure: failure, reason: reason)))
        }
        guard let uri = try? SIPURI.parse(target), uri.isSIP else { return refused(.rejected(nil), "no SIP URI") }
        if case .failure(let refusal) = dialOut.admit(target, at: now) { return refused(.rejected(nil), "\(refusal)") }
        let trunk = trunk(for: uri)
        // With an outbound proxy the way leads to it, whatever the target is (RFC 3261 §8.1.2); over a trunk by its Service-Route
        // (RFC 3608 §5).
        let routes = trunk.map { $0.registration.report.serviceRoute + $0.settings.registration.routes } ?? settings.dialOut.routes
        let hop = routes.first.flatMap { try? NameAddress.parse($0).uri } ?? uri
        let from = trunk?.settings.registration.addressOfRecord ?? self.caller(caller)
        settings.locate(hop) { [self] flows in
            guard let flow = flows.first else {
                dialOut.release(talk: .zero)
                return refused(.unreachable(nil), "no way to \(hop.host) was found")
            }
            do {
                var description = try media?.waiting() ?? openMedia()
                description.beginDialog(capabilities(for: flow).preferring(codec ?? media?.audio?.codec))
                let offer = description.offer()
                let enclosed = part.map { MultipartBody.joined(offer, $0, boundary: boundary()) }
                let invitation = Invitation(uri: uri, from: from, offer: offer, enclosed: enclosed, routes: routes, headers: headers)
                guard let handle = invite(invitation, over: flow) else { return }
                let leg = OutboundLeg(
                    handle: handle, purpose: purpose, target: target, media: description, invitation: invitation, way: flow)
                leg.otherWays = Array(flows.dropFirst())
                legs[handle] = leg
                limitRinging(of: leg)
                if media == nil { legsBySession[description.session.id] = leg }
                then(.success(leg))
            } catch {
                dialOut.release(talk: .zero)
                refused(.unreachable(.serviceUnavailable), "no media: \(error)")
            }
        }
    }

    /// 128 random bits occur in no part.
    private func boundary() -> String { "part-\(String(random.next(), radix: 36))\(String(random.next(), radix: 36))" }

    private func openMedia() throws -> CallMedia {
        CallMedia(
            session: try media.open(), address: settings.mediaAddress, sessionID: random.next(), capabilities: settings.capabilities,
            encoding: settings.encoding)
    }

    /// What is offered and answered to a peer: by its own rules, or as with all others.
    func capabilities(for flow: Flow) -> AudioCapabilities {
        settings.routing.peers.match(CallSource(flow))?.rules.capabilities(settings.capabilities) ?? settings.capabilities
    }

    private func invite(_ invitation: Invitation, over flow: Flow) -> CallHandle? {
        var handle: CallHandle?
        signal { [now] in
            handle = $0.invite(
                invitation.uri, from: invitation.from, body: invitation.enclosed ?? invitation.offer, description: invitation.offer,
                via: flow, routes: invitation.routes, headers: invitation.headers, at: now, into: &$1)
        }
        return handle
    }

    /// Nobody need ever answer, and a proxy that said 100 need not live to say more. A `dial` step has a time of its own.
    private func limitRinging(of leg: OutboundLeg) {
        if case .dial = leg.purpose { return }
        deadlines.set(now + Self.longestRinging, for: .ringing(leg.handle))
    }

    /// Timer C (RFC 3261 §16.6): longer no proxy on the way need keep an INVITE.
    private static let longestRinging = Duration.seconds(180)

    func endRinging(_ leg: OutboundLeg) {
        guard case .calling = leg.phase else { return }
        leg.otherWays = []
        let handle = leg.handle
        // `.failed` follows.
        signal { [now] in $0.hangUp(handle, headers: [], at: now, into: &$1) }
    }

    func caller(_ user: String?) -> NameAddress {
        var address =
            settings.dialOut.caller ?? NameAddress(uri: SIPURI(user: "antiphon", host: settings.routing.defaultDomain, port: nil))
        if let user { address.uri.escapedUser = SIPURI(user: user, host: "").escapedUser }
        return address
    }

    /// Says good-bye to a leg that nobody wants any more.
    func drop(_ leg: OutboundLeg) {
        guard !leg.isOver else { return }
        leg.phase = .over
        let handle = leg.handle
        signal { [now] in $0.hangUp(handle, headers: [], at: now, into: &$1) }
        close(leg)
    }

    /// Gives back what a leg held. Its session tells its figures once more.
    func close(_ leg: OutboundLeg) {
        deadlines.set(nil, for: .ringing(leg.handle))
        guard legs.removeValue(forKey: leg.handle) != nil else { return }
        leg.phase = .over
        dialOut.release(talk: leg.answeredAt.map { now - $0 } ?? .zero)
        endReferral(leg.referral)
        if !leg.isGuest { leg.media.session.close() }
    }

    // MARK: What the user agent tells of legs

    func answered(_ handle: CallHandle, _ body: Body?, _ message: SIPMessage) {
        guard let leg = legs[handle] else { return }
        signal { [now] in $0.acknowledge(handle, body: nil, at: now, into: &$1) }
        settings.noteWay(leg.way, true, nil)
        deadlines.set(nil, for: .ringing(handle))
        leg.phase = .answered
        leg.answeredAt = now
        do throws(MediaRefusal) {
            if leg.media.awaitsAnswer {
                // A 200 whose branch gave the answer before brings none (RFC 3262 §5).
                let branch = try? message.envelope().toTag
                guard let body = body ?? branch.flatMap({ leg.reliableAnswers[$0] }) else {
                    throw MediaRefusal(status: .badRequest, headers: [], reason: "the 200 brought no answer to our offer")
                }
                try leg.media.accept(body)
            }
        } catch {
            log.info("answer refused", metadata: ["target": "\(leg.target)", "reason": "\(error.reason)"])
            drop(leg)
            return failed(leg, .notAcceptableHere, contacts: [])
        }
        switch leg.purpose {
        case .dial(let call, let number): legAnswered(leg, call, number: number)
        case .originate(let origination): begin(origination, with: leg)
        case .refer(let referral): referralAnswered(referral, leg)
        }
    }

    func failed(_ handle: CallHandle, _ status: StatusCode, message: SIPMessage?) {
        guard let leg = legs[handle] else { return }
        // RFC 3263 §4.3: nobody there, or one that says 503, is a reason to try the next.
        let isDead = message == nil || status == .serviceUnavailable
        settings.noteWay(leg.way, !isDead, message?.retryAfter.map { .seconds(Int64($0)) })
        if isDead, !leg.isOver, !leg.otherWays.isEmpty {
            let way = leg.otherWays.removeFirst()
            if let next = invite(leg.invitation, over: way) {
                legs[handle] = nil
                leg.handle = next
                leg.way = way
                leg.reliableAnswers = [:]
                legs[next] = leg
                deadlines.set(nil, for: .ringing(handle))
                limitRinging(of: leg)
                if case .dial(let call, _) = leg.purpose, let dialling = call.dialling { silence(leg, dialling, call) }
                return
            }
        }
        close(leg)
        // RFC 3261 §8.1.3.4: the contacts of a 3xx, best first.
        let contacts: [NameAddress] = status.isRedirection ? (try? message?.addresses(of: .contact)) ?? [] : []
        let best = contacts.filter(\.uri.isSIP).sorted { $0.preference > $1.preference }
        failed(
            leg, status,
            contacts: best.map { contact in
                var uri = contact.uri
                uri.headers = []
                return uri.text
            })
    }

    private func failed(_ leg: OutboundLeg, _ status: StatusCode, contacts: [String]) {
        switch leg.purpose {
        case .dial(let call, let number): legFailed(leg, call, number: number, status, contacts: contacts)
        case .originate(let origination): origination.whenSettled(status)
        case .refer(let referral): referralFailed(referral, status)
        }
    }

    /// A leg that stood is over.
    func ended(_ leg: OutboundLeg) {
        close(leg)
        switch leg.purpose {
        case .dial(let call, let number): legEnded(leg, call, number: number)
        // Gone before he could take the place.
        case .refer(let referral): referralFailed(referral, .temporarilyUnavailable)
        case .originate: break
        }
    }
}

extension NameAddress {
    /// The q of a Contact, 1 unless it is given (RFC 3261 §20.10).
    fileprivate var preference: Double { parameters["q"].flatMap { Double($0) } ?? 1 }
}
