extension RecordingWriter {
    /// The writer thread: swaps the queues out, writes, gives the blocks back, until stopped.
    func run() {
        // Swapped with the shared queue, so that neither grows on a media thread.
        var filled: [RecordingBlock] = []
        filled.reserveCapacity(shared.withLock { $0.pool.limit })
        var touched: [RecordingHandle] = []
        while true {
            let (orders, isStopping) = shared.wait(
                until: { $0.isStopping || !$0.orders.isEmpty },
                // Without an open recording nothing can be submitted: sleep until the next `open` signals.
                forAtMost: { $0.open.isEmpty ? nil : Self.pollMilliseconds },
                { state in
                    swap(&filled, &state.filled)
                    defer { state.orders = [] }
                    return (state.orders, state.isStopping)
                })
            for block in filled { write(block, touched: &touched) }
            updateHeaders(&touched)
            giveBack(filled)
            filled.removeAll(keepingCapacity: true)
            // All blocks submitted before an order came with it or earlier, and are written by now.
            for order in orders { pass(order) }
            if isStopping { break }
        }
        finishAll()
        finisher.stop()
    }

    private func write(_ block: RecordingBlock, touched: inout [RecordingHandle]) {
        guard let recording = block.recording, let file = recording.file, !recording.hasFailed else { return }
        do {
            try block.forEachSegment { segment, samples throws(AudioFileError) in
                try file.write(samples: samples, at: segment.fileOffset)
            }
        } catch {
            recording.fail(error)
            return
        }
        recording.samplesSinceHeader += block.sampleCount
        // The header may lag by half a second; the file's size never does, and the repair goes by that.
        guard recording.samplesSinceHeader >= recording.format.rate / 2, !recording.isListedForHeader else { return }
        recording.isListedForHeader = true
        touched.append(recording)
    }

    /// Once for each recording, however many of its blocks came at a time.
    private func updateHeaders(_ touched: inout [RecordingHandle]) {
        for recording in touched {
            recording.isListedForHeader = false
            recording.samplesSinceHeader = 0
            guard !recording.hasFailed, let file = recording.file else { continue }
            do {
                try file.updateHeader()
            } catch {
                recording.fail(error)
            }
        }
        touched.removeAll(keepingCapacity: true)
    }

    private func pass(_ order: FinishOrder) {
        _ = shared.withLock { $0.open.removeValue(forKey: ObjectIdentifier(order.recording)) }
        hand(order)
    }

    private func hand(_ order: FinishOrder) {
        var order = order
        order.file = order.recording.file
        order.recording.file = nil
        finisher.add(order)
    }

    /// At the end of the server every recording is finished as if its call had ended now.
    private func finishAll() {
        let (rest, orders) = shared.withLock { state in
            defer {
                state.open = [:]
                state.orders = []
                state.hasEnded = true
            }
            return (Array(state.open.values), state.orders)
        }
        for order in orders { hand(order) }
        let ordered = Set(orders.map { ObjectIdentifier($0.recording) })
        for recording in rest where !ordered.contains(ObjectIdentifier(recording)) {
            hand(FinishOrder(recording: recording))
        }
    }
}
