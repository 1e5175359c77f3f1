import Audio
import RTP

/// Listens for keys pressed as tones in what a peer says, along his time line: where telephone events (RFC 4733) were not negotiated.
struct KeyListener {
    /// A sender who pauses is taken for silent after this long, ns: a key that was let go of then is told.
    private static let patience: Int64 = 80_000_000
    /// Samples of that.
    private static let pause = 640

    private var detector = ToneDetector()
    /// Where the time line goes on, and when the last of it came.
    private var next: RTPTimestamp?
    private var heardAt: Int64 = 0

    /// Listens to a packet. What comes too late for its place is passed over: a tone put together wrongly is none. `tell` gets a key and
    /// whether it is down.
    mutating func listen(
        _ samples: UnsafeBufferPointer<Int16>, timestamp: RTPTimestamp, arrival: Int64, _ tell: (Character, Bool) -> Void
    ) {
        guard let start = samples.baseAddress else { return }
        if let next {
            let missing = next.distance(to: timestamp)
            if missing > 0 {
                detector.skip(missing) { Self.pass($0, to: tell) }
            } else if missing < 0, missing > -16_000 {
                return
            }
        }
        next = timestamp.advanced(by: samples.count)
        heardAt = arrival
        detector.listen(start, count: samples.count) { Self.pass($0, to: tell) }
    }

    /// Once a turn: nothing more may come after a key.
    mutating func turn(at now: Int64, _ tell: (Character, Bool) -> Void) {
        guard detector.isSuspicious, now - heardAt > Self.patience else { return }
        heardAt = now
        next = next?.advanced(by: Self.pause)
        detector.skip(Self.pause) { Self.pass($0, to: tell) }
    }

    /// Another source speaks from now on, whose time line has nothing to do with the old.
    mutating func reset(_ tell: (Character, Bool) -> Void) {
        if let key = detector.key { tell(key, false) }
        detector = ToneDetector()
        next = nil
    }

    private static func pass(_ event: ToneDetector.Event, to tell: (Character, Bool) -> Void) {
        switch event {
        case .down(let key, _): tell(key, true)
        case .up(let key, _, _): tell(key, false)
        case .suspected, .dismissed: break
        }
    }
}
