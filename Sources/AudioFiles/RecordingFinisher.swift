import Threads

/// The thread that waits for the disk: header, fsync, close and final name of each recording that ended.
final class RecordingFinisher: Sendable {
    private struct Queue {
        var orders: [RecordingWriter.FinishOrder] = []
        var isStopping = false
    }

    private let queue = Monitor(Queue())
    let converter = RecordingConverter()

    func add(_ order: RecordingWriter.FinishOrder) {
        queue.signal { $0.orders.append(order) }
    }

    func stop() {
        queue.signal { $0.isStopping = true }
    }

    func run() {
        while true {
            let (orders, isStopping) = queue.wait(
                until: { $0.isStopping || !$0.orders.isEmpty }, forAtMost: { _ in nil },
                { state in
                    defer { state.orders = [] }
                    return (state.orders, state.isStopping)
                })
            for order in orders {
                let result = finish(order)
                if order.format != .wav, case .success(let recording) = result {
                    converter.add(.init(recording: recording, format: order.format, completion: order.completion))
                } else {
                    order.completion?(result)
                }
            }
            // `stop` comes after the last `add`, so what was seen with it is all there is.
            if isStopping { return converter.stop() }
        }
    }

    private func finish(_ order: RecordingWriter.FinishOrder) -> Result<FinishedRecording, AudioFileError> {
        let recording = order.recording
        guard let file = order.file else {
            return .failure(AudioFileError(.closed, path: recording.path, problem: "it was finished before", remedy: "finish it once"))
        }
        do {
            if let samples = order.trimTo { try file.trim(to: samples) }
            let finished = try file.finish()
            guard var failure = recording.failure else { return .success(finished) }
            failure.kept = finished
            return .failure(failure)
        } catch {
            // The first failure is the cause; this one most likely follows from it.
            var failure = recording.failure ?? error
            failure.kept = error.kept
            return .failure(failure)
        }
    }
}
