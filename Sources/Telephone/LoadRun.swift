import Audio
import CallControl
import Codecs
import MediaPlane
import SDP
import SIP
import SIPDialogs
import Synchronization
import Timing

/// Many calls at a time: places them at a rate, counts for a while once all are up, hangs up, sums up.
package final class LoadRun: Sendable {
    private struct Tally {
        var up = 0
        var failed = 0
        var lost = 0
        var closed = 0
        var setUps: [Duration] = []
        var failures: [String: Int] = [:]
        var handles: [CallHandle] = []
        var codecs: [String: Int] = [:]
        var sequenceGaps = 0
        var longestGap = 0.0
        var isHangingUp = false
    }

    private let rig: TelephoneRig
    private let target: SIPURI
    private let calls: Int
    private let rate: Double
    private let duration: Double
    private let key: String?
    private let tally = Mutex(Tally())
    private let tracks: [SoundForm: PlaybackTrack]

    /// `rate` in calls a second, `duration` in seconds.
    package init(rig: TelephoneRig, target: SIPURI, calls: Int, rate: Double, duration: Double, key: String?) {
        self.rig = rig
        self.target = target
        self.calls = calls
        self.rate = rate
        self.duration = duration
        self.key = key
        let sounds = SoundForm.allCases.map { ($0, ToneGenerator.samples(.dial, rate: $0.rate, milliseconds: 10_000)) }
        tracks = Dictionary(
            uniqueKeysWithValues: sounds.map { ($0, PlaybackTrack([EncodedAudio(encoding: $1, form: $0)], rounds: nil)) }
        )
    }

    /// `progress` gets a line about twice a second.
    package func run(progress: @Sendable (String) -> Void) async throws -> LoadResult {
        try await place(progress: progress)
        await settle(progress: progress)
        _ = await rig.plane.measureSpacing()
        let began = MonotonicTime.now()
        if let key { try await press(key) }
        try await watch(from: began, progress: progress)
        let spacing = await rig.plane.measureSpacing() ?? SpacingHistogram()
        let window = MonotonicTime.now() - began
        let up = tally.withLock { $0.up - $0.lost }
        try await hangUp(progress: progress)
        return tally.withLock { tally in
            LoadResult(
                calls: calls, up: up, failed: tally.failed, lost: tally.lost, failures: tally.failures, codecs: tally.codecs,
                window: window, spacing: spacing,
                sequenceGaps: tally.sequenceGaps, longestGap: tally.longestGap, setUps: tally.setUps.sorted())
        }
    }

    private func place(progress: @Sendable (String) -> Void) async throws {
        guard let flow = rig.flow(to: target) else { throw LoadFailure(description: "\(target) has no IP address") }
        let began = MonotonicTime.now()
        var placed = 0
        while placed < calls {
            let due = min(calls, Int((MonotonicTime.now() - began).inSeconds * rate) + 1)
            if placed < due {
                let number = due - placed
                try await rig.with { [self] telephone, now in
                    for _ in 0..<number { try place(on: telephone, flow: flow, at: now) }
                }
                placed = due
            }
            report(progress, "calling")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func place(on telephone: SoftPhone, flow: Flow, at now: MonotonicTime) throws {
        let handle = Mutex<CallHandle?>(nil)
        let made = try telephone.call(target, via: flow, at: now) { [self, unowned telephone] event in
            switch event {
            case .answered:
                tally.withLock { tally in
                    tally.up += 1
                    tally.setUps.append(MonotonicTime.now() - now)
                }
                guard let call = handle.withLock({ $0 }), let form = telephone.form(of: call), let track = tracks[form] else { return }
                if let codec = telephone.codec(of: call) { tally.withLock { $0.codecs[codec.shortName, default: 0] += 1 } }
                telephone.media(of: call)?.play(track, as: PlaybackID(1))
            case .ended(let reason, let statistics): ended(reason, statistics)
            case .progressed, .key, .playFinished, .keysSent, .recorded: break
            }
        }
        handle.withLock { $0 = made }
        tally.withLock { $0.handles.append(made) }
    }

    private func ended(_ reason: String, _ statistics: SessionStatistics?) {
        tally.withLock { tally in
            tally.closed += 1
            if let statistics, statistics.packetsReceived > 0 {
                tally.sequenceGaps += statistics.packetsLost
                tally.longestGap = max(tally.longestGap, statistics.longestGapMilliseconds)
            }
            guard !tally.isHangingUp else { return }
            if statistics.map({ $0.packetsReceived == 0 }) ?? true { tally.failed += 1 } else { tally.lost += 1 }
            tally.failures[reason, default: 0] += 1
        }
    }

    /// Until every call is answered or has failed, and a second more for the media to settle.
    private func settle(progress: @Sendable (String) -> Void) async {
        let limit = MonotonicTime.now() + .seconds(35)
        while MonotonicTime.now() < limit, tally.withLock({ $0.up + $0.failed < calls }) {
            report(progress, "waiting for answers")
            try? await Task.sleep(for: .milliseconds(100))
        }
        try? await Task.sleep(for: .seconds(1))
    }

    private func press(_ key: String) async throws {
        let handles = tally.withLock { $0.handles }
        try await rig.with { telephone, _ in
            for handle in handles { telephone.media(of: handle)?.send(keys: Array(key)) }
        }
    }

    private func watch(from began: MonotonicTime, progress: @Sendable (String) -> Void) async throws {
        while true {
            let left = duration - (MonotonicTime.now() - began).inSeconds
            guard left > 0 else { return }
            report(progress, "measuring, \(Int(left.rounded(.up))) s left")
            try await Task.sleep(for: .seconds(min(left, 0.5)))
        }
    }

    private func hangUp(progress: @Sendable (String) -> Void) async throws {
        let handles = tally.withLock { tally in
            tally.isHangingUp = true
            return tally.handles
        }
        // Not all in one burst: 500 a second.
        for start in stride(from: 0, to: handles.count, by: 25) {
            try await rig.with { telephone, now in
                for handle in handles[start..<min(start + 25, handles.count)] { telephone.hangUp(handle, at: now) }
            }
            report(progress, "hanging up")
            try await Task.sleep(for: .milliseconds(50))
        }
        let limit = MonotonicTime.now() + .seconds(5)
        while MonotonicTime.now() < limit, tally.withLock({ $0.closed < calls }) { try await Task.sleep(for: .milliseconds(50)) }
    }

    private func report(_ progress: @Sendable (String) -> Void, _ phase: String) {
        progress(tally.withLock { "\(phase): \($0.up) of \(calls) up, \($0.failed) failed, \($0.lost) lost" })
    }
}

/// Why a load run could not begin.
package struct LoadFailure: Error, CustomStringConvertible {
    package let description: String
}
