import Replay
import Testing

@Suite struct CaptureSurveyTests {
    @Test func streamsAreToldApartByAddressesAndSource() throws {
        var writer = CaptureWriter()
        for number in 0..<100 {
            writer.addRTP(CaptureWriter.sound(number), at: Double(number) * 20, sequence: number, timestamp: number * 160)
            writer.addRTP([1], at: Double(number) * 20 + 1, sequence: number, timestamp: number * 160, type: 0, ssrc: 2)
            if number < 50 { writer.addRTP([1], at: Double(number) * 20 + 2, sequence: number, timestamp: number * 160, to: 6_000) }
            // Neither RTCP nor something else that begins like RTP is a stream.
            writer.add([0x80, 200, 0, 6] + [UInt8](repeating: 0, count: 24), at: Double(number) * 20 + 3)
            writer.addRTP([9], at: Double(number) * 20 + 4, sequence: number * 7_919, timestamp: number, type: 34, ssrc: 9)
        }
        let survey = try CaptureSurvey(bytes: writer.file)
        #expect(survey.streams.map(\.codec) == ["PCMA", "PCMU", "PCMA"])
        #expect(survey.streams.map(\.packets) == [100, 100, 50])
        #expect(survey.streams.map(\.destination) == ["192.0.2.2:5004", "192.0.2.2:5004", "192.0.2.2:6000"])
        #expect(survey.streams.map(\.number) == [1, 2, 3])
        #expect(survey.longest?.number == 1 || survey.longest?.number == 2)
        #expect(survey.text.split(separator: "\n").count == 4)
        #expect(survey.text.contains("0000CAFE"))
    }

    @Test func anOfferInTheCaptureNamesTheCodec() throws {
        var writer = CaptureWriter()
        let description =
            "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5004 RTP/AVP 107 96\r\n"
            + "a=rtpmap:107 opus/48000/2\r\na=rtpmap:96 telephone-event/8000\r\n"
        writer.add(
            Array("INVITE sip:a@192.0.2.1 SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n\(description)".utf8), at: 0, from: 5_060,
            to: 5_060)
        for number in 0..<100 {
            writer.addRTP([1, 2], at: 100 + Double(number) * 20, sequence: number, timestamp: number * 960, type: 107)
        }
        let stream = try #require(try CaptureSurvey(bytes: writer.file).streams.first)
        #expect(stream.codec == "opus" && stream.codecSource == .description && stream.clockRate == 48_000)
        #expect(stream.jitterMilliseconds < 0.1)
    }

    @Test func theClockRateOfAnUnknownTypeIsReadOffItsStamps() throws {
        for rate in [8_000, 16_000, 48_000] {
            var writer = CaptureWriter()
            for number in 0..<100 {
                writer.addRTP([1, 2], at: Double(number) * 20, sequence: number, timestamp: number * rate / 50, type: 111)
            }
            let stream = try #require(try CaptureSurvey(bytes: writer.file).streams.first)
            #expect(stream.codec == nil && stream.clockRate == rate && !stream.isPlayable)
            #expect(stream.jitterMilliseconds < 0.1)
        }
    }

    @Test func lossAndJitterAreThoseOfRFC3550() throws {
        let survey = try CaptureSurvey(bytes: CaptureWriter.call(packets: 1_000) { $0 % 10 == 5 ? nil : $0 % 2 == 0 ? 0 : 8 }.file)
        let stream = try #require(survey.streams.first)
        #expect(stream.lost == 100 && stream.lossPercent == 10)
        // Every packet 8 ms off the one before, but for those around a loss.
        #expect((6...8).contains(stream.jitterMilliseconds))
        #expect(abs(stream.seconds - 19.988) < 0.02)
    }
}
