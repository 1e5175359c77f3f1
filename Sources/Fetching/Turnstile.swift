/// Lets so many through at a time; the others wait in a row, which is bounded, and not for ever.
actor Turnstile {
    private struct Waiting {
        var number: UInt64
        var turn: CheckedContinuation<Bool, Never>
        var timer: Task<Void, Never>
    }

    private var free: Int
    private let longestRow: Int
    private var row: [Waiting] = []
    private var lastNumber: UInt64 = 0

    init(seats: Int, longestRow: Int) {
        free = seats
        self.longestRow = longestRow
    }

    var waiting: Int { row.count }

    /// True: a seat was taken, and `leave` gives it back. False: the row is too long, or the time is up.
    func enter(until deadline: ContinuousClock.Instant) async -> Bool {
        if free > 0 {
            free -= 1
            return true
        }
        guard row.count < longestRow else { return false }
        lastNumber &+= 1
        let number = lastNumber
        return await withCheckedContinuation { turn in
            let timer = Task { [weak self] in
                try? await Task.sleep(until: deadline, clock: .continuous)
                await self?.giveUp(number)
            }
            row.append(Waiting(number: number, turn: turn, timer: timer))
        }
    }

    func leave() {
        guard !row.isEmpty else {
            free += 1
            return
        }
        let next = row.removeFirst()
        next.timer.cancel()
        next.turn.resume(returning: true)
    }

    private func giveUp(_ number: UInt64) {
        guard let index = row.firstIndex(where: { $0.number == number }) else { return }
        row.remove(at: index).turn.resume(returning: false)
    }
}
