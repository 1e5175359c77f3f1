import AudioFiles
import Codecs
import Logging
import MediaPlane
import Scenarios
import Timing

/// Recordings, from the scenario's order to the finished file.
///
/// ```
///  opening ──► beeping ──► running ──► finishing ──► recordingFinished
/// ```
extension Switchboard {
    func record(_ order: RecordingOrder, on call: Call) {
        guard call.media != nil, call.recording == nil else {
            return finished(order.id, of: call, .failed("there is no media to record yet"), path: "", samples: 0, heardSpeech: false)
        }
        call.recording = Call.ActiveRecording(order: order)
        discardDrafts(of: call)
        let owner = RecordingOwner(
            path: settings.recordings + "/" + recordingName(call), caller: call.caller, mailbox: call.mailbox?.address)
        let handle = call.handle
        // What came at 16 kHz is kept so.
        let rate = call.media?.form?.rate ?? SoundForm.tickRate
        background.run { [self] in
            let opened = openRecording(order, owner, rate: rate)
            background.comeBack { [self] in
                guard let call = calls[handle], call.recording?.order.id == order.id else { return }
                recordingOpened(opened, on: call)
                drain(call)
            }
        }
    }

    /// Called on a background thread: it waits for the disk.
    private func openRecording(_ order: RecordingOrder, _ owner: RecordingOwner, rate: Int) -> Result<OpenedRecording, RecordingRefusal> {
        let place: PreparedRecording
        do {
            place = try prepare(order.purpose, for: owner)
        } catch {
            return .failure(RecordingRefusal(description: "\(error)", isDiskFull: error.kind == .diskFull))
        }
        let longest = min(Int(order.max.inSeconds), place.message?.longestSeconds ?? .max)
        do {
            let handle = try recorder.open(place.path, format: RecordingFormat(rate: rate, longestSeconds: longest + 10))
            return .success(OpenedRecording(handle: handle, place: place, longest: .seconds(longest)))
        } catch {
            // Nothing half-done stays in the mailbox.
            if let pending = place.message { try? messages?.discard(pending.id) }
            return .failure(RecordingRefusal(description: "\(error)", isDiskFull: error.kind == .diskFull))
        }
    }

    private func recordingOpened(_ opened: Result<OpenedRecording, RecordingRefusal>, on call: Call) {
        guard let active = call.recording else { return }
        switch opened {
        case .failure(let error):
            log.error("cannot record", metadata: ["id": "\(call.callID)", "reason": "\(error)"])
            call.recording = nil
            if error.isDiskFull { turnAway(call, because: "disk full") }
            finished(active.order.id, of: call, .failed("\(error)"), path: "", samples: 0, heardSpeech: false)
        case .success(let opened):
            let handle = opened.handle
            call.pendingMessage = opened.place.message
            if opened.place.isGreetingDraft { call.greetingDraft = opened.place.path }
            call.recording?.order.max = min(active.order.max, opened.longest)
            guard !active.isStopping else { return finish(handle, call, end: .stopped, samples: 0, speech: 0) }
            guard active.order.beep, let form = call.media?.form else { return startTap(call, handle) }
            let beep = PlaybackTrack([composer.tone(.beep, .milliseconds(400), form: form)])
            start(.success(beep), play: nil, on: call)
            // `start` has just set it.
            if let id = call.playback?.playback { call.recording?.stage = .beeping(handle, id) }
        }
    }

    func startTap(_ call: Call, _ handle: RecordingHandle) {
        guard let order = call.recording?.order else { return }
        call.recording?.stage = .running(handle)
        call.media?.session.record(
            RecordingTapOrder(
                handle: handle, maximum: Int(order.max.wholeMilliseconds), silence: order.silence.map { Int($0.wholeMilliseconds) }))
    }

    func stopRecording(_ id: RecordingID, of call: Call) {
        guard let active = call.recording, active.order.id == id, !active.isStopping else { return }
        call.recording?.isStopping = true
        switch active.stage {
        case .opening, .finishing: break
        case .running: call.media?.session.stopRecording()
        case .beeping(let handle, _):
            stopPlayback(of: call)
            finish(handle, call, end: .stopped, samples: 0, speech: 0)
        }
    }

    func recordingEnded(_ call: Call, _ result: RecordingTapResult) {
        guard case .running(let handle) = call.recording?.stage else { return }
        let end: RecordingEnd
        switch result.end {
        case .maximum: end = .maximum
        case .silence: end = .silence
        case .stopped: end = call.isOver ? .hangUp : .stopped
        case .storageTooSlow: end = .failed(handle.failure.map { "\($0)" } ?? "the disk does not keep up")
        }
        if result.end == .storageTooSlow, !handle.hasFailed { recorder.overrun(handle) }
        finish(handle, call, end: end, samples: result.samples, speech: result.samplesToLastSpeech)
    }

    private func finish(_ handle: RecordingHandle, _ call: Call, end: RecordingEnd, samples: Int, speech: Int) {
        guard let order = call.recording?.order else { return }
        call.recording?.stage = .finishing
        // A little of the room after the last word; the silence that ended the recording says nothing.
        let trimmed = order.trim && speech > 0 ? min(samples, speech + handle.format.rate / 4) : nil
        let callHandle = call.handle
        // Messages and greetings are the mailboxes', and stay what those know.
        let format = call.pendingMessage == nil && call.greetingDraft == nil ? settings.recordingsFormat : .wav
        recorder.finish(handle, trimTo: trimmed, as: format) { [self] result in
            background.comeBack { [self] in
                guard let call = calls[callHandle], call.recording?.order.id == order.id else { return }
                call.recording = nil
                switch result {
                case .success(let file):
                    if let reason = file.unconverted {
                        log.error("a recording stays WAV", metadata: ["id": "\(call.callID)", "reason": "\(reason)"])
                    }
                    finished(order.id, of: call, end, path: file.path, samples: file.samples, rate: file.rate, heardSpeech: speech > 0)
                case .failure(let error):
                    log.error("recording failed", metadata: ["id": "\(call.callID)", "reason": "\(error)"])
                    let kept = error.kept
                    finished(
                        order.id, of: call, .failed("\(error)"), path: kept?.path ?? "", samples: kept?.samples ?? 0,
                        rate: handle.format.rate, heardSpeech: speech > 0)
                }
                drain(call)
            }
        }
    }

    private func finished(
        _ id: RecordingID, of call: Call, _ end: RecordingEnd, path: String, samples: Int, rate: Int = SoundForm.tickRate, heardSpeech: Bool
    ) {
        let name = path.split(separator: "/").last.map { String($0.prefix { $0 != "." }) } ?? ""
        let result = RecordingResult(
            id: name, duration: .milliseconds(Int64(samples) * 1_000 / Int64(rate)), path: path, heardSpeech: heardSpeech)
        call.pendingEvents.append(.recordingFinished(id, result, end: end))
    }

    /// `<number>-<caller>-<random>.wav`: letters and digits of peers only, so that no name leaves the folder.
    private func recordingName(_ call: Call) -> String {
        func safe(_ text: String) -> String {
            String(
                text.unicodeScalars.filter { $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) }.prefix(32)
                    .map(Character.init))
        }
        return "\(safe(call.dialled.name))-\(safe(call.caller))-\(String(random.next(), radix: 36)).wav"
    }
}

/// A recording whose file is open.
private struct OpenedRecording: Sendable {
    var handle: RecordingHandle
    var place: PreparedRecording
    /// What there is room for.
    var longest: Duration
}

/// Why nothing can be recorded, in words for the log.
private struct RecordingRefusal: Error, CustomStringConvertible {
    let description: String
    let isDiskFull: Bool
}
