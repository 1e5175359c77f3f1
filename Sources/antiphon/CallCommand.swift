import ArgumentParser
import AudioFiles
import CallControl
import Codecs
import Glibc
import Logging
import MediaPlane
import SDP
import SIP
import SIPDialogs
import Server
import Telephone
import Timing

struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "A test telephone: place one call, play, record, press keys.",
        discussion: """
            URI is sip:USER@HOST[:PORT] with an IP address, or just a number, which is dialled at 127.0.0.1:5060.
            Exit status: 0 when the call was answered, 1 when not.
            """)

    @Argument(help: "Whom to call: sip:601@127.0.0.1:5060, or 601.")
    var uri: String

    @Option(name: .long, help: "An audio file to play to the other side once the call is answered.")
    var play: String?

    @Option(name: .long, help: "Write what is heard to this WAV file.")
    var record: String?

    @Option(name: .long, help: "Keys to press after the answer; a comma waits half a second: 1,2#")
    var dtmf: String?

    @Option(name: .long, help: "Seconds before the keys are pressed.")
    var wait: Double = 1

    @Option(name: .long, help: "Hang up after this many seconds of ringing, and of talking, unless the other side does.")
    var duration: Double = 60

    @Flag(name: .long, help: "SIP over TCP instead of UDP.")
    var tcp = false

    @Option(name: .long, help: .init(stringLiteral: CodecList.help))
    var codec = CodecList()

    @Option(name: .long, help: "Encrypt the sound: off, optional (where the other side has it) or required.")
    var srtp = MediaEncryption.off

    @Flag(name: .long, help: "Print the outcome as one JSON object.")
    var json = false

    func run() async throws {
        let target = try TelephoneTarget(uri)
        let transport: TransportKind = tcp ? .tcp : .udp
        var capabilities = AudioCapabilities(codecs: codec.codecs)
        capabilities.encryption = srtp
        capabilities.voipMetrics = true
        let rig = try await TelephoneRig(
            address: target.localAddress, transport: transport, ports: 30_000...31_999, product: Configuration.product + " telephone",
            capabilities: capabilities, log: Logger(label: "telephone", factory: { _ in SwiftLogNoOpLogHandler() }))
        let outcome: CallOutcome
        do {
            outcome = try await talk(over: rig, to: target)
        } catch {
            await rig.stop()
            throw error
        }
        await rig.stop()
        Terminal.say(json ? outcome.json : outcome.description)
        if !outcome.isAnswered { throw ExitCode(1) }
    }

    private func talk(over rig: TelephoneRig, to target: TelephoneTarget) async throws -> CallOutcome {
        var outcome = CallOutcome(uri: target.uri.text)
        // What cannot be read is found before anybody is called.
        _ = try play.map { try AudioFileReader.read($0, rate: SoundForm.tickRate) }
        let (events, feed) = AsyncStream.makeStream(of: SoftPhone.Event.self)
        guard let flow = rig.flow(to: target.uri) else { throw ValidationError("\(uri): the host must be an IP address") }
        let started = MonotonicTime.now()
        let call = try await rig.with { telephone, now in
            try telephone.call(target.uri, via: flow, at: now) { event in feed.yield(event) }
        }
        // Until it is answered, the time to wait is the time to ring.
        var timers = [hangUp(call, rig: rig)]
        var recording: RecordingHandle?
        // The last reference to what plays stays here until the call is over.
        var track: PlaybackTrack?
        for await event in events {
            switch event {
            case .progressed(let status): tell("\(status)")
            case .answered:
                outcome.isAnswered = true
                outcome.setUp = MonotonicTime.now() - started
                let agreed = try await rig.with { telephone, _ in
                    (codec: telephone.codec(of: call), form: telephone.form(of: call), encryption: telephone.encryption(of: call))
                }
                (outcome.codec, outcome.encryption) = (agreed.codec?.shortName, agreed.encryption)
                tell(
                    "answered after \(Int(outcome.setUp.wholeMilliseconds)) ms in \(outcome.codec ?? "no codec")"
                        + (outcome.encryption.map { ", encrypted with \($0)" } ?? ""))
                if let record { recording = try open(record, rate: agreed.form?.rate ?? SoundForm.tickRate, on: rig) }
                track = try agreed.form.flatMap { form in try play.map { try self.track($0, form: form) } }
                try await begin(call, rig: rig, track: track, recording: recording)
                for timer in timers { timer.cancel() }
                timers = plan(call, rig: rig)
            case .key(let key):
                outcome.keys.append(key)
                tell("key \(key)")
            case .playFinished: tell("\(play ?? "") played")
            case .keysSent: tell("keys sent")
            case .recorded: break
            case .ended(let reason, let statistics):
                outcome.end = reason
                outcome.statistics = statistics
                outcome.length = MonotonicTime.now() - started - outcome.setUp
                feed.finish()
            }
        }
        for timer in timers { timer.cancel() }
        withExtendedLifetime(track) {}
        if let recording { outcome.recorded = try await finish(recording, on: rig) }
        return outcome
    }

    private func tell(_ text: String) {
        if !json { Terminal.say(text) }
    }

    private func open(_ path: String, rate: Int, on rig: TelephoneRig) throws -> RecordingHandle {
        guard access(path, F_OK) != 0 || unlink(path) == 0 else { throw ValidationError("\(path) cannot be replaced") }
        return try rig.recorder.open(path, format: RecordingFormat(rate: rate))
    }

    /// A file at the rate of the call's sound.
    private func track(_ path: String, form: SoundForm) throws -> PlaybackTrack {
        PlaybackTrack([EncodedAudio(encoding: try AudioFileReader.read(path, rate: form.rate).samples, form: form)])
    }

    private func begin(_ call: CallHandle, rig: TelephoneRig, track: PlaybackTrack?, recording: RecordingHandle?) async throws {
        try await rig.with { telephone, _ in
            guard let media = telephone.media(of: call) else { return }
            if let recording { media.record(RecordingTapOrder(handle: recording, maximum: 14_400_000, silence: nil)) }
            if let track { media.play(track, as: PlaybackID(1)) }
        }
    }

    /// Keys after a while, and the end.
    private func plan(_ call: CallHandle, rig: TelephoneRig) -> [Task<Void, Never>] {
        var timers = [hangUp(call, rig: rig)]
        if let dtmf {
            timers.append(
                Task { [wait] in
                    guard (try? await Task.sleep(for: .seconds(wait))) != nil else { return }
                    try? await rig.with { telephone, _ in telephone.media(of: call)?.send(keys: Array(dtmf)) }
                })
        }
        return timers
    }

    private func hangUp(_ call: CallHandle, rig: TelephoneRig) -> Task<Void, Never> {
        Task { [duration] in
            guard (try? await Task.sleep(for: .seconds(duration))) != nil else { return }
            try? await rig.with { telephone, now in telephone.hangUp(call, at: now) }
        }
    }

    private func finish(_ recording: RecordingHandle, on rig: TelephoneRig) async throws -> FinishedRecording {
        try await withCheckedThrowingContinuation { continuation in
            rig.recorder.finish(recording) { continuation.resume(with: $0) }
        }
    }
}
