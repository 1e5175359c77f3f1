import Synchronization

/// Bridges and the threads that they live on.
extension MediaThreads {
    /// Numbers an order about bridges: see `MediaWorker+Bridges`.
    func nextBridgeOrder() -> UInt64 {
        lastBridgeOrder.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Counts both sessions where the less busy of their threads is, and says which that is; nil when either is gone.
    func unite(_ one: MediaSessionID, _ other: MediaSessionID) -> MediaWorker? {
        state.withLock { state in
            guard let first = state.open[one]?.worker, let second = state.open[other]?.worker else { return nil }
            let (home, left) = state.load(of: second) < state.load(of: first) ? (second, first) : (first, second)
            if home != left {
                state.sessionsOfWorker[left] -= 1
                state.sessionsOfWorker[home] += 1
                state.open[one]?.worker = home
                state.open[other]?.worker = home
            }
            return workers[home]
        }
    }
}
