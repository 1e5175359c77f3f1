import CMediaSockets
import RTP
import SRTP

/// The contexts of an encrypted session: made by the control side when keys are agreed on, used by the media thread alone from then on.
/// The control side keeps them too, so that letting go of them is as a rule not the media thread's work.
struct StreamProtection {
    var outbound: SRTPContext?
    var inbound: SRTPContext?

    /// With contexts for `keys`. Those of keys that have not changed go on: a context begun anew with an old key would send under indexes
    /// that were used before, and give away what was said.
    func changed(to keys: MediaKeys?, ssrc: UInt32) throws(SRTPError) -> StreamProtection {
        guard let keys else { return StreamProtection() }
        var changed = self
        if outbound?.key.isSame(as: keys.outbound) != true {
            changed.outbound = try SRTPContext(keys.outbound, .outbound(ssrc: ssrc))
        }
        if inbound?.key.isSame(as: keys.inbound) != true { changed.inbound = try SRTPContext(keys.inbound, .inbound) }
        return changed
    }
}

extension SessionState {
    mutating func adopt(_ protection: StreamProtection) {
        send.protect(by: protection.outbound)
        receive.open(with: protection.inbound)
    }
}

extension MediaWorker {
    /// Checks and deciphers the datagram in `scratch.datagram`; nil when it is refused, which is counted and has no other effect.
    func open(
        _ datagram: UnsafeRawBufferPointer, with context: SRTPContext, from source: SocketAddress,
        session: UnsafeMutablePointer<SessionState>
    ) -> UnsafeRawBufferPointer? {
        let length: Int
        do throws(SRTPError) {
            if RTPHeader.isRTCP(datagram) {
                // Its first octets say so with encryption too (RFC 5761 §4).
                guard source == session.pointee.latch.target else { throw .unknownSource }
                length = try context.unprotectReport(scratch.datagram, count: datagram.count)
            } else {
                length = try context.unprotect(scratch.datagram, count: datagram.count)
            }
        } catch {
            session.pointee.receive.refuse(error)
            return nil
        }
        return UnsafeRawBufferPointer(start: scratch.datagram, count: length)
    }
}
