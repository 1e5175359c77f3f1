import AudioFiles
import Testing
import Timing

@testable import CallControl
@testable import MediaPlane

/// Calls that record, with the real writer and real files. Nothing sleeps: the tests wait for the writer's word.
@Suite struct RecordingCallTests {
    private let folder: ScratchFolder
    private let bench: SwitchboardBench

    init() throws {
        folder = try ScratchFolder()
        bench = try SwitchboardBench(recordings: folder.path)
        try #require(bench.recorder.start())
    }

    private func speech(_ samples: Int) -> [Int16] { (0..<samples).map { Int16(truncatingIfNeeded: $0 % 2_000 * 8) } }

    /// Calls the front door and goes to its recorder, up to where the tone has sounded.
    // The number is an attempt to leave the folder of recordings.
    private func callRecorder() throws -> CallerDouble {
        let caller = try #require(bench.call(CallerDouble(number: "100", user: "..%2F..%2Fetc%2Fa%20b")))
        bench.finishPlaying()
        bench.press("3")
        #expect(bench.takeOrders() == ["play main-menu", "stop playing", "play record-after-tone"])
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play (400 ms)"], "the tone")
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["record for 30000 ms, until 5000 ms of silence"])
        return caller
    }

    @Test func whatWasSaidIsPlayedBack() throws {
        let caller = try callRecorder()
        #expect(bench.speak(speech(3_900)) && bench.speak(speech(3_900)))
        bench.press("#")
        #expect(bench.takeOrders() == ["stop recording"])
        try #require(bench.awaitBackground(), "the file is finished")
        #expect(bench.takeOrders() == ["play you-said (300 ms) (975 ms)"])
        #expect(folder.names.count == 1 && folder.names[0].hasPrefix("100-etcab-") && folder.names[0].hasSuffix(".wav"))
        let file = try AudioFileReader.read(folder.path + "/" + folder.names[0], rate: 8_000)
        #expect(file.samples == speech(3_900) + speech(3_900))
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["play main-menu"])
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
        bench.recorder.stop()
    }

    @Test func silenceEndsItAndIsNamed() throws {
        let caller = try callRecorder()
        bench.tell { session in
            session.recordedSamples = 40_000
            session.endRecording(.silence)
            return []
        }
        try #require(bench.awaitBackground())
        #expect(bench.takeOrders() == ["play recording-silent"])
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
        bench.recorder.stop()
    }

    @Test func aWordTooShortIsNamed() throws {
        let caller = try callRecorder()
        #expect(bench.speak(speech(3_999)))
        bench.press("#")
        try #require(bench.awaitBackground())
        #expect(bench.takeOrders() == ["stop recording", "play recording-too-short"])
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
        bench.recorder.stop()
    }

    @Test func aCallerWhoHangsUpWhileRecordingKeepsTheFile() throws {
        let caller = try callRecorder()
        #expect(bench.speak(speech(4_000)))
        bench.receive(caller.request("BYE"))
        #expect(bench.switchboard.callCount == 1, "the call stays until its recording is whole")
        #expect(bench.takeOrders() == ["stop recording"])
        try #require(bench.awaitBackground())
        #expect(bench.switchboard.callCount == 0 && folder.names.count == 1)
        #expect(bench.takeOrders() == ["close 20000", "release 20000"])
        #expect(try AudioFileReader.read(folder.path + "/" + folder.names[0], rate: 8_000).samples == speech(4_000))
        bench.expectNothingLeft()
        bench.recorder.stop()
    }

    @Test func aRecordingThatEndsLateStillHoldsItsCall() throws {
        let caller = try callRecorder()
        #expect(bench.speak(speech(4_000)))
        bench.session?.endsRecordingLate = true
        bench.receive(caller.request("BYE"))
        bench.pass(.seconds(11))
        #expect(bench.switchboard.callCount == 1, "the scenario has given up waiting, but the file is not whole")
        #expect(bench.takeOrders() == ["stop recording"])
        bench.tell { session in
            session.endRecording(.stopped)
            return []
        }
        try #require(bench.awaitBackground())
        #expect(bench.takeOrders() == ["close 20000", "release 20000"] && folder.names.count == 1)
        bench.expectNothingLeft()
        bench.recorder.stop()
    }

    @Test func aCallerWhoHangsUpDuringTheToneLeavesNoCall() throws {
        let caller = try #require(bench.call(CallerDouble(number: "603")))
        #expect(bench.session?.playing?.track.tickCount == 3_200, "the tone")
        bench.receive(caller.request("BYE"))
        try #require(bench.awaitBackground())
        bench.expectNothingLeft()
        bench.recorder.stop()
    }

    @Test func poundEndsTheRecordingOf603AndTheHandlerNamesTheFile() throws {
        let caller = try #require(bench.call(CallerDouble(number: "603")))
        bench.finishPlaying()
        #expect(bench.takeOrders() == ["record for 60000 ms"])
        #expect(bench.speak(speech(4_000)) && bench.speak(speech(4_000)))
        bench.press("5")
        #expect(bench.takeOrders() == [], "only pound ends it")
        bench.press("#")
        try #require(bench.awaitBackground())
        #expect(bench.takeOrders() == ["stop recording", "play you-said (300 ms) (1000 ms)"])
        bench.receive(caller.request("BYE"))
        bench.expectNothingLeft()
        #expect(bench.trace.messages.contains { $0.hasPrefix("scenario: recorded 1") && $0.hasSuffix(folder.names[0]) })
        bench.recorder.stop()
    }

    @Test func aFolderThatCannotBeWrittenIsATechnicalTrouble() throws {
        let bench = try SwitchboardBench(recordings: folder.path + "/not/there")
        let caller = try #require(bench.call(CallerDouble(number: "603")))
        #expect(bench.takeOrders() == [])
        #expect(bench.trace.messages.contains("cannot record"))
        bench.finishPlaying()
        bench.pass(.seconds(1))
        bench.receive(caller.request("BYE"))
        bench.pass(.seconds(32))
        bench.expectNothingLeft()
        bench.recorder.stop()
        self.bench.recorder.stop()
    }
}
