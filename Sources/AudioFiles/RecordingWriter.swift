import Threads

/// Writes all recordings from one background thread, and brings finished ones to disk on a second.
///
/// Media threads fill `RecordingBlock`s and submit them two to four times a second for each call; they never wait: both calls
/// they make only try the lock. The writer looks for blocks each `pollMilliseconds` instead of being woken by them, so a block
/// of 500 ms is in the kernel's hands, safe from a SIGKILL, well within a second of its first sample.
/// Waiting for the disk (fsync) stands on a thread of its own, so that one recording's end does not delay another's samples.
package final class RecordingWriter: Sendable {
    package static let pollMilliseconds = 100

    struct FinishOrder {
        var recording: RecordingHandle
        /// Taken out of the handle by the writer's thread, so that only one thread at a time has it.
        var file: RecordingFile?
        var trimTo: Int?
        var format = KeptFormat.wav
        var completion: (@Sendable (Result<FinishedRecording, AudioFileError>) -> Void)?
    }

    struct Shared {
        var pool: RecordingBlockPool
        var filled: [RecordingBlock] = []
        var orders: [FinishOrder] = []
        var open: [ObjectIdentifier: RecordingHandle] = [:]
        var threads: [BackgroundThread] = []
        var isStopping = false
        /// No order is looked at any more.
        var hasEnded = false
    }

    let shared: Monitor<Shared>
    let finisher = RecordingFinisher()

    /// `blockLimit` bounds the memory: 16,384 blocks of 4,000 samples are 131 MB, about 5 s of a dead disk at 1,000 recordings.
    package init(blockSamples: Int = RecordingBlock.defaultSampleCapacity, blockLimit: Int = 16_384) {
        var state = Shared(pool: RecordingBlockPool(blockSamples: blockSamples, limit: blockLimit))
        state.filled.reserveCapacity(state.pool.limit)
        shared = Monitor(state)
    }

    /// Starts the three threads; false when the system refuses them.
    package func start() -> Bool {
        guard let finishing = BackgroundThread(name: "rec-finish", body: { [finisher] in finisher.run() }) else { return false }
        guard let converting = BackgroundThread(name: "rec-convert", body: { [finisher] in finisher.converter.run() }) else {
            finisher.stop()
            finishing.join()
            return false
        }
        guard let writing = BackgroundThread(name: "rec-write", body: { [self] in run() }) else {
            finisher.stop()
            finishing.join()
            converting.join()
            return false
        }
        shared.withLock { $0.threads = [writing, finishing, converting] }
        return true
    }

    /// Writes all that was submitted, finishes what is still open, and returns when all is on disk. Nothing may follow.
    package func stop() {
        let threads = shared.signal { state in
            state.isStopping = true
            defer { state.threads = [] }
            return state.threads
        }
        for thread in threads { thread.join() }
    }

    /// Creates `path.part`; `path` appears when the recording is finished. Called on a control thread: it waits for the disk.
    ///
    /// `onFailure` is told once, from the writer's thread, when nothing more can be recorded (disk full, too slow, …).
    package func open(
        _ path: String, format: RecordingFormat, onFailure: (@Sendable (AudioFileError) -> Void)? = nil
    ) throws(AudioFileError) -> RecordingHandle {
        if shared.withLock({ $0.isStopping }) {
            throw AudioFileError(.closed, path: path, problem: "the server is stopping", remedy: "record after it has started again")
        }
        let recording = RecordingHandle(file: try RecordingFile(creating: path, format: format), onFailure: onFailure)
        let (missing, size) = shared.signal { state in
            state.open[ObjectIdentifier(recording)] = recording
            return (state.pool.shortfall(recordings: state.open.count), state.pool.blockSamples)
        }
        let made = (0..<missing).map { _ in RecordingBlock(sampleCapacity: size) }
        if !made.isEmpty { shared.withLock { $0.pool.giveBack(made) } }
        return recording
    }

    /// Takes up to `count` empty blocks from the pool, appends them and returns how many. For media threads: never
    /// waits, and allocates only while the disk is slow. Fewer than asked: try at the next tick; when a packet finds no room for
    /// several ticks, call `overrun`.
    package func takeBlocks(_ count: Int, into blocks: inout [RecordingBlock]) -> Int {
        shared.withLockIfFree { $0.pool.take(count, into: &blocks) } ?? 0
    }

    /// Hands filled blocks over, each belonging to the recording beside it, and empties `batch`, keeping its capacity.
    /// For media threads, once a tick: never waits. False when the lock is taken just now: `batch` is as it was, try at the next tick.
    package func submit(_ batch: inout [(block: RecordingBlock, recording: RecordingHandle)]) -> Bool {
        guard !batch.isEmpty else { return true }
        let accepted: Void? = shared.withLockIfFree { state in
            for (block, recording) in batch {
                block.recording = recording
                state.filled.append(block)
            }
        }
        guard accepted != nil else { return false }
        batch.removeAll(keepingCapacity: true)
        return true
    }

    /// Gives unused blocks back (a call that ended before its block held anything). For control threads.
    package func giveBack(_ blocks: [RecordingBlock]) {
        for block in blocks { block.reset() }
        shared.withLock { $0.pool.giveBack(blocks) }
    }

    /// No block was to be had for this recording: the disk is too slow. It fails; what was written is kept at its `finish`.
    package func overrun(_ recording: RecordingHandle) {
        recording.fail(
            AudioFileError(
                .tooSlow, path: recording.path, problem: "the disk does not keep up and the memory set aside for it is full",
                remedy: "record to a faster disk or allow fewer recordings at a time"))
    }

    /// Ends a recording after all blocks submitted before: header, fsync, final name. With `trimTo` what lies after that many
    /// samples is cut. `completion` is called on a background thread; a recording that failed earlier gives its error with what
    /// was `kept` under the final name. Another `format` than WAV is made of the finished file, on a thread of its own, before `completion`
    /// is called; where that fails the WAV stays, and `unconverted` says why.
    package func finish(
        _ recording: RecordingHandle, trimTo samples: Int? = nil, as format: KeptFormat = .wav,
        completion: @escaping @Sendable (Result<FinishedRecording, AudioFileError>) -> Void
    ) {
        let accepted = shared.signal { state in
            if state.hasEnded { return false }
            state.orders.append(FinishOrder(recording: recording, trimTo: samples, format: format, completion: completion))
            return true
        }
        if accepted { return }
        completion(
            .failure(
                AudioFileError(
                    .closed, path: recording.path, problem: "it was finished when the server stopped",
                    remedy: "finish recordings before stopping")))
    }
}
