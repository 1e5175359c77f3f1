import RTP
import Timing

/// How both directions sound by the E-model, in `codec`, the encoding name of SDP.
extension SessionStatistics {
    /// What a packet waits at least at the ear of somebody who does not tell, ms.
    private static let leastWait = 20

    /// How the peer sounds here.
    package func heard(in codec: String) -> DirectionQuality {
        DirectionQuality(
            codec: codec, missing: losses, jitterMilliseconds: jitterMilliseconds,
            delay: oneWay(packet: packetTimeMilliseconds, wait: meanBufferDelayMilliseconds))
    }

    /// How we sound to the peer, by what he says of it; nil when he says nothing.
    package func said(in codec: String) -> DirectionQuality? {
        guard packetsLostByPeer != nil || metricsOfPeer != nil, packetsSent > 0 else { return nil }
        let sent = Int(clamping: packetsSent)
        func packets(_ share: UInt8) -> Int { Int(Double(sent) * Double(share) / 256) }
        let lost = min(packetsLostByPeer ?? metricsOfPeer.map { packets($0.lossRate) } ?? 0, sent)
        let discarded = min(metricsOfPeer.map { packets($0.discardRate) } ?? 0, sent - lost)
        let wait = metricsOfPeer.flatMap { $0.jitterBufferNominal > 0 ? Int($0.jitterBufferNominal) : nil }
        return DirectionQuality(
            codec: codec, missing: BurstGapStatistics(received: sent - lost - discarded, lost: lost, discarded: discarded),
            jitterMilliseconds: jitterOfPeerMilliseconds ?? 0, delay: oneWay(packet: sentPacketTimeMilliseconds, wait: wait))
    }

    /// The opinion that a conversation of ours leaves the peer with (MOS-CQ): his own, where he has one, else an estimate; nil when he has
    /// told nothing.
    package func opinionOfPeer(in codec: String) -> Double? {
        metricsOfPeer?.conversationalOpinion ?? said(in: codec)?.rating?.conversationalScore
    }

    /// From mouth to ear: half the way there and back, a packet, and what it waits.
    private func oneWay(packet: Int, wait: Int?) -> Duration {
        .milliseconds(Int64((roundTripMilliseconds ?? 0) / 2) + Int64(packet) + Int64(wait ?? Self.leastWait))
    }
}
