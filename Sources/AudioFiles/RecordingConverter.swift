import Synchronization
import Threads

/// The thread that makes other formats of finished recordings: one at a time, so that a long one delays no call's end but theirs.
final class RecordingConverter: Sendable {
    struct Order {
        var recording: FinishedRecording
        var format: KeptFormat
        var completion: (@Sendable (Result<FinishedRecording, AudioFileError>) -> Void)?
    }

    private struct Queue {
        var orders: [Order] = []
        var isStopping = false
    }

    private let queue = Monitor(Queue())
    private let isStopping = Atomic<Bool>(false)

    func add(_ order: Order) {
        queue.signal { $0.orders.append(order) }
    }

    /// What waits, and what is under way, stays as WAV: the server's end does not wait for encoders.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        queue.signal { $0.isStopping = true }
    }

    func run() {
        while true {
            let (orders, isLast) = queue.wait(
                until: { $0.isStopping || !$0.orders.isEmpty }, forAtMost: { _ in nil },
                { state in
                    defer { state.orders = [] }
                    return (state.orders, state.isStopping)
                })
            for order in orders { carryOut(order) }
            if isLast { return }
        }
    }

    private func carryOut(_ order: Order) {
        var recording = order.recording
        do throws(AudioFileError) {
            recording = try RecordingConversion.convert(recording, to: order.format) { isStopping.load(ordering: .relaxed) }
        } catch {
            recording.unconverted = "\(error)"
        }
        order.completion?(.success(recording))
    }
}
