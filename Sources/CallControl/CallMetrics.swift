import Metrics

/// What a monitoring system is told, through whichever swift-metrics backend the process has set up (none by default).
struct CallMetrics {
    private let invited = Counter(label: "antiphon_calls_invited")
    private let answered = Counter(label: "antiphon_calls_answered")
    private let refused = Counter(label: "antiphon_calls_refused")
    private let active = Gauge(label: "antiphon_calls_active")
    private let packetsReceived = Counter(label: "antiphon_rtp_packets_received")
    private let packetsLost = Counter(label: "antiphon_rtp_packets_lost")

    /// Tells how the totals have changed since `old`.
    func report(_ totals: CallTotals, since old: CallTotals) {
        if totals.invited > old.invited { invited.increment(by: totals.invited - old.invited) }
        if totals.answered > old.answered { answered.increment(by: totals.answered - old.answered) }
        if totals.refused > old.refused { refused.increment(by: totals.refused - old.refused) }
        if totals.packetsReceived > old.packetsReceived { packetsReceived.increment(by: totals.packetsReceived - old.packetsReceived) }
        if totals.packetsLost > old.packetsLost { packetsLost.increment(by: totals.packetsLost - old.packetsLost) }
    }

    func report(active calls: Int) { active.record(calls) }
}
