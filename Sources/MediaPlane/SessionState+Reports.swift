import CMediaSockets
import Codecs
import RTP
import Timing

/// What a session tells of itself: its peer by RTCP, the control side in figures.
extension SessionState {
    /// A compound report, with what the peer asked for of how he sounds; with `goodbye` the last one (RFC 3550 §6.6).
    mutating func sendReport(clock: TickClock, scratch: MediaScratch, goodbye: Bool = false) {
        guard let stream, stream.sends || stream.receives else { return }
        let sent =
            send.packetsSent == 0
            ? nil
            : SenderReport(
                ssrc: send.ssrc, ntp: NTPTimestamp(unixNanoseconds: clock.wall), timestamp: send.timestamp,
                packets: UInt32(truncatingIfNeeded: send.packetsSent), octets: UInt32(truncatingIfNeeded: send.octetsSent))
        let received = receive.reception.report(at: MonotonicTime(nanoseconds: clock.now))
        var length = RTCPCompound.write(
            ssrc: send.ssrc, sent: sent, received: received, canonicalName: scratch.canonicalName, metrics: metrics, goodbye: goodbye,
            into: UnsafeMutableRawBufferPointer(start: scratch.packet, count: MediaScratch.datagramCapacity))
        guard length > 0 else { return }
        if let protection = send.protection {
            guard let protected = try? protection.protectReport(scratch.packet, count: length) else { return }
            length = protected
        }
        if let target = reports.target {
            // RFC 3550 §11: beside the port that RTP is latched to; the address of the SDP until then.
            var address = target
            if latch.isLatched, !latch.target.sameHost(as: target) {
                address = latch.target
                address.port &+= 1
            }
            _ = withUnsafePointer(to: address.raw) { media_send(rtcp.descriptor, scratch.packet, length, $0) }
        } else if latch.target.isRoutable {
            _ = withUnsafePointer(to: latch.target.raw) { media_send(rtp.descriptor, scratch.packet, length, latch.isLatched ? nil : $0) }
        }
    }

    mutating func sendGoodbye(clock: TickClock, scratch: MediaScratch) {
        guard send.packetsSent > 0 else { return }
        sendReport(clock: clock, scratch: scratch, goodbye: true)
    }

    /// How the peer sounds here (RFC 3611 §4.7), the packet's times by his own packets. Nil where he did not ask, and before he has spoken.
    private var metrics: VoIPMetrics? {
        guard let stream, stream.reportsVoIPMetrics, let source = receive.source else { return nil }
        let figures = statistics()
        let quality = figures.heard(in: stream.codec.encodingName)
        guard quality.missing.expected > 0 else { return nil }
        var metrics = VoIPMetrics(
            ssrc: source, quality: quality, packetTime: figures.packetTimeMilliseconds,
            roundTrip: Int((figures.roundTripMilliseconds ?? 0).rounded()),
            // What a packet of ours takes to be filled, and what his waits here.
            endSystemDelay: figures.sentPacketTimeMilliseconds + (figures.bufferDelayMilliseconds ?? 0))
        if playout != nil {
            // How fast it follows is left at "unknown": at once where packets come too late, slowly where they no longer do.
            metrics.concealment = .enhanced
            metrics.jitterBufferKind = .adaptive
            metrics.jitterBufferNominal = UInt16(clamping: figures.bufferDelayMilliseconds ?? 0)
            // The earliest packet may wait as long as the buffer ever lets one wait.
            metrics.jitterBufferMaximum = UInt16(clamping: delayLimit)
            metrics.jitterBufferAbsoluteMaximum = metrics.jitterBufferMaximum
        }
        return metrics
    }

    /// How long the fastest of the peer's packets wait, ms; nil where nobody listens to him, or he does not speak.
    private var bufferDelay: Int? {
        guard let playout, playout.pointee.playoutTimestamp != nil else { return nil }
        return playout.pointee.currentDelay
    }

    /// A look once a second, for the mean.
    mutating func noteBufferDelay() {
        guard let bufferDelay else { return }
        bufferDelays.sum &+= bufferDelay
        bufferDelays.count &+= 1
    }

    /// What has been counted until now.
    func statistics() -> SessionStatistics {
        var result = receive.statistics()
        result.packetsSent = send.packetsSent
        result.octetsSent = send.octetsSent
        result.sendFailures = send.failures
        result.unauthenticated &+= reports.unauthenticated
        result.roundTripMilliseconds = reports.roundTripMilliseconds
        if let report = reports.received {
            result.packetsLostByPeer = max(0, Int(report.cumulativeLost))
            result.jitterOfPeerMilliseconds = Double(report.jitter) * 1_000 / Double(stream?.codec.clockRate ?? SoundForm.tickRate)
        }
        result.metricsOfPeer = metricsOfPeer
        result.sentPacketTimeMilliseconds = stream?.packetTime ?? result.sentPacketTimeMilliseconds
        result.bufferDelayMilliseconds = bufferDelay
        if bufferDelays.count > 0 { result.meanBufferDelayMilliseconds = bufferDelays.sum / bufferDelays.count }
        result.concealedFrames = concealedFrames
        if let playout { result.concealedFrames += playout.pointee.concealedFrames }
        return result
    }
}
