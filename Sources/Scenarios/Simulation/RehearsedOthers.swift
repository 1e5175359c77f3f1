import Timing

/// What a transfer by REFER comes to in a test.
package enum MockedTransfer: String, CaseIterable, Sendable { case done, refused, failed }

/// Those whom a scenario calls, without a network: each dial and each transfer takes the next end from a list.
///
/// They ring at once. Who answers does so after a second and talks for a minute; who does not lets it ring to the end; all else takes a
/// second.
struct RehearsedOthers: Sendable {
    /// When the lists are used up nobody answers, and transfers succeed.
    var dials: [DialEnd] = []
    var transfers: [MockedTransfer] = []
    private var coming: [(at: MonotonicTime, order: OrderID, event: ScenarioEvent)] = []

    var next: MonotonicTime? { coming.first?.at }

    /// The first event that is due.
    mutating func take(at now: MonotonicTime) -> ScenarioEvent? {
        guard let first = coming.first, first.at <= now else { return nil }
        return coming.removeFirst().event
    }

    mutating func dial(_ id: OrderID, _ order: DialOrder, at now: MonotonicTime) {
        let target = order.targets.first ?? ""
        let last = order.targets.last ?? ""
        let second = now + .seconds(1)
        coming = [(now, id, .dialProgress(id, ringing: true))]
        switch dials.isEmpty ? .noAnswer : dials.removeFirst() {
        case .ended:
            coming.append((second, id, .dialBridged(id, target: target)))
            coming.append((second + .seconds(60), id, .dialEnded(id, .ended(.seconds(60)), target: target)))
        case .busy: coming.append((second, id, .dialEnded(id, .busy(486), target: last)))
        case .rejected: coming.append((second, id, .dialEnded(id, .rejected(603), target: last)))
        case .unreachable: coming.append((second, id, .dialEnded(id, .unreachable(404), target: last)))
        case .noAnswer: coming.append((now + order.longest, id, .dialEnded(id, .noAnswer(nil), target: last)))
        }
    }

    mutating func transfer(_ id: OrderID, at now: MonotonicTime) {
        let outcome: TransferOutcome =
            switch transfers.isEmpty ? .done : transfers.removeFirst() {
            case .done: .done(status: 200)
            case .refused: .refused(status: 501)
            case .failed: .failed(status: 486)
            }
        coming = [(now + .seconds(1), id, .transferEnded(id, outcome))]
    }

    mutating func forget(_ id: OrderID) {
        coming.removeAll { $0.order == id }
    }
}
