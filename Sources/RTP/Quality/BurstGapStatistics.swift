/// Bursts and gaps of loss (RFC 3611 §4.7.2): each packet that should have come is told in the order of the sequence numbers.
///
///     1111011111111111111111   X111X1011110   1111111111111111111X1111111111      1 received, 0 lost, X discarded
///     `------ gap -------'   `- burst --'   `----------- gap ------------'
///
/// A burst begins and ends with a packet that was not played, and holds no run of `minimumGap` that were. One such packet alone belongs to
/// the gap around it. What appendix A.2 estimates from counted transitions is counted here as the section defines it.
package struct BurstGapStatistics: Equatable, Sendable {
    package enum Outcome: Sendable {
        case received
        /// It never came.
        case lost
        /// It came, and too late to be played.
        case discarded
    }

    /// Gmin: RFC 3611 recommends 16.
    package static let minimumGap = 16

    package private(set) var received = 0
    package private(set) var lost = 0
    package private(set) var discarded = 0
    /// Runs of packets in a row that were not played, and the longest.
    package private(set) var runs = 0
    package private(set) var longestRun = 0

    /// Bursts that are over.
    private var bursts = 0
    private var burstPackets = 0
    private var burstMisses = 0
    /// The present stretch from one packet missed to the latest; a burst as soon as it has two.
    private var stretch = 0
    private var stretchMisses = 0
    /// Packets received since.
    private var sinceMiss = 0
    private var run = 0

    package init() {}

    /// Of numbers alone: each packet as if missed for itself.
    package init(received: Int, lost: Int, discarded: Int) {
        (self.received, self.lost, self.discarded) = (received, lost, discarded)
        runs = lost + discarded
        longestRun = min(runs, 1)
    }

    package mutating func note(_ outcome: Outcome) {
        switch outcome {
        case .received:
            received &+= 1
            run = 0
            guard stretchMisses > 0 else { return }
            sinceMiss += 1
            if sinceMiss >= Self.minimumGap { endStretch() }
        case .lost:
            lost &+= 1
            miss()
        case .discarded:
            discarded &+= 1
            miss()
        }
    }

    private mutating func miss() {
        if run == 0 { runs &+= 1 }
        run &+= 1
        longestRun = max(longestRun, run)
        stretch &+= sinceMiss &+ 1
        stretchMisses &+= 1
        sinceMiss = 0
    }

    private mutating func endStretch() {
        if stretchMisses > 1 {
            bursts &+= 1
            burstPackets &+= stretch
            burstMisses &+= stretchMisses
        }
        stretch = 0
        stretchMisses = 0
        sinceMiss = 0
    }

    // MARK: Figures

    package var expected: Int { received + lost + discarded }
    /// 0 to 1, of the packets that should have come.
    package var lossRate: Double { share(lost, of: expected) }
    package var discardRate: Double { share(discarded, of: expected) }
    /// Packets missed in a row, in the mean; 0 without any.
    package var meanRun: Double { share(lost + discarded, of: runs) }

    /// How much longer the runs are than if each packet were missed by chance alone (BurstR, ITU-T G.107 §7.5); 1 at least, where the
    /// model holds.
    package var burstRatio: Double {
        let missed = share(lost + discarded, of: expected)
        // By chance a run goes on with the probability of any loss, so it has 1 / (1 - p) packets in the mean.
        return max(meanRun * (1 - missed), 1)
    }

    /// As if the call ended now: at least `minimumGap` received packets are taken to follow (RFC 3611 §4.7.2).
    package var summary: Summary {
        var closed = self
        closed.endStretch()
        let gapPackets = expected - closed.burstPackets
        let gapMisses = lost + discarded - closed.burstMisses
        return Summary(
            bursts: closed.bursts, burstDensity: share(closed.burstMisses, of: closed.burstPackets),
            gapDensity: share(gapMisses, of: gapPackets), meanBurstPackets: share(closed.burstPackets, of: closed.bursts),
            // There is a gap before, between and after the bursts.
            meanGapPackets: share(gapPackets, of: closed.bursts + 1))
    }

    package struct Summary: Equatable, Sendable {
        package var bursts: Int
        /// 0 to 1: of the packets within bursts, those not played.
        package var burstDensity: Double
        package var gapDensity: Double
        package var meanBurstPackets: Double
        package var meanGapPackets: Double
    }

    private func share(_ part: Int, of whole: Int) -> Double {
        whole > 0 ? Double(part) / Double(whole) : 0
    }
}
