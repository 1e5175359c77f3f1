import Logging
import SDP
import SIP
import SIPDialogs

/// Hold and resume between two parties who talk through the server. Each is described to the other as he describes himself (RFC 3264
/// §8.4):
///
/// ```
///  holder ──INVITE sendonly──► server ──INVITE sendonly──► held
///         ◄──200 recvonly─────        ◄──200 recvonly─────
/// ```
/// The holder is answered at once, so his hold stands whatever the other says to it. Who holds while he is held is told so by the same
/// rule. Where two offers meet, the user agent tries ours again (RFC 3261 §14.1).
extension Switchboard {
    /// The direction of whoever the party of `handle` talks with, as that one says of himself. The server itself holds nobody.
    func direction(for handle: CallHandle) -> MediaDirection {
        if let call = calls[handle] { return party(of: call)?.media.peerDirection ?? .sendReceive }
        if let leg = legs[handle], let call = caller(of: leg) { return call.media?.peerDirection ?? .sendReceive }
        return .sendReceive
    }

    /// Whom a caller is joined with.
    func party(of call: Call) -> OutboundLeg? {
        call.dialling.flatMap { $0.isJoined ? $0.bridged : nil }
    }

    /// With whom somebody who was called is joined.
    func caller(of leg: OutboundLeg) -> Call? {
        guard case .dial(let call, _) = leg.purpose, party(of: call) === leg else { return nil }
        return call
    }

    /// Whoever has described himself anew may have begun to hold, or ceased to, or have another codec.
    func passHold(of handle: CallHandle) {
        guard let call = calls[handle] ?? legs[handle].flatMap({ caller(of: $0) }) else { return }
        followCodec(of: call)
        settleDirections(of: call)
    }

    /// Tells each of two parties of the other's direction where he knows another one. One with whom some exchange is under way is told
    /// when that is over.
    func settleDirections(of call: Call) {
        if case .answered = call.phase, let media = call.media {
            tellDirection(to: call.handle, media) { call.media = $0 }
        }
        if let leg = party(of: call), case .answered = leg.phase {
            tellDirection(to: leg.handle, leg.media) { leg.media = $0 }
        }
    }

    /// After a conversation the caller is with the server, which holds nobody; not worth a message when the scenario has hung up.
    func settleAlone(_ call: Call) {
        guard call.isParted else { return }
        call.isParted = false
        settleDirections(of: call)
    }

    private func tellDirection(to handle: CallHandle, _ media: CallMedia, keep: (CallMedia) -> Void) {
        let direction = direction(for: handle)
        guard media.isToBeTold(direction) else { return }
        var described = media
        let offer = described.offer(as: direction)
        // Kept before it is sent, as the outcome may be known at once.
        keep(described)
        var isSent = false
        signal { [now] in isSent = $0.reinvite(handle, body: offer, at: now, into: &$1) }
        if !isSent { keep(media) }
    }

    func reinviteAnswered(_ handle: CallHandle, _ status: StatusCode, _ answer: Body?) {
        if let leg = legs[handle] {
            take(answer, status, &leg.media)
        } else if let call = calls[handle], var media = call.media {
            take(answer, status, &media)
            call.media = media
        }
        passHold(of: handle)
    }

    private func take(_ answer: Body?, _ status: StatusCode, _ media: inout CallMedia) {
        guard status.isSuccess, let answer else {
            log.info("hold or resume not taken", metadata: ["status": "\(status)"])
            return media.withdraw()
        }
        do throws(MediaRefusal) {
            try media.accept(answer)
        } catch {
            log.info("answer refused", metadata: ["reason": "\(error.reason)"])
        }
    }

    /// A session timer's re-INVITE was answered: mostly as before, but the peer may say otherwise by now.
    func refreshed(_ handle: CallHandle, _ answer: Body) {
        do throws(MediaRefusal) {
            if let leg = legs[handle] { try leg.media.refresh(with: answer) } else { try calls[handle]?.media?.refresh(with: answer) }
        } catch {
            log.info("answer refused", metadata: ["reason": "\(error.reason)"])
        }
        passHold(of: handle)
    }

    /// The answer in an ACK, where somebody who was called had asked for an offer of ours.
    func acknowledged(_ leg: OutboundLeg, _ answer: Body?) {
        if leg.media.awaitsAnswer, let answer { take(answer, .ok, &leg.media) }
        passHold(of: leg.handle)
    }
}
