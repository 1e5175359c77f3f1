import RTP
import Testing

@testable import MediaPlane

/// When the next packet is looked for.
@Suite struct ArrivalForecastTests {
    private static let packet: Int64 = 20_000_000

    @Test func whatIsLateIsLookedForAtEveryTickAndWhoPausesLessOften() {
        var forecast = ArrivalForecast()
        #expect(forecast.next == 0 && forecast.look(after: 5_000_000_000, tick: 2_000_000) == 5_010_000_000)
        forecast.note(RTPTimestamp(UInt32.max - 100), samples: 160, arrival: 5_000_000_000)
        #expect(forecast.next == 5_020_000_000)
        #expect(forecast.look(after: 5_001_000_000, tick: 2_000_000) == 5_020_000_000)
        #expect(forecast.look(after: 5_020_000_000, tick: 2_000_000) == 5_022_000_000)
        #expect(forecast.look(after: 5_119_000_000, tick: 2_000_000) == 5_121_000_000)
        #expect(forecast.look(after: 5_120_000_000, tick: 2_000_000) == 5_130_000_000)
        forecast.reset()
        #expect(forecast.next == 0)
    }

    /// Packets that are late by 0…10 ms: the look is never later than the earliest one by more than a little, so that nobody waits.
    @Test func theEarliestPacketsMakeTheLine() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("theEarliestPacketsMakeTheLine seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var forecast = ArrivalForecast()
        var waits: [Int64] = []
        for index in 0..<2_000 {
            let due = 1_000_000_000 + Int64(index) * Self.packet
            let arrival = due + Int64.random(in: 0...10_000_000, using: &random)
            if index > 10 { waits.append(max(0, forecast.next - arrival)) }
            forecast.note(RTPTimestamp(UInt32(160 * index)), samples: 160, arrival: arrival)
        }
        waits.sort()
        #expect(waits[waits.count * 8 / 10] == 0, "most are found in the tick that they come in")
        // Several late ones in a row draw the line after them, which no packet can make up for but an early one.
        #expect(waits[waits.count * 99 / 100] < 5_000_000, "and the others soon after: \(waits[waits.count * 99 / 100])")
        #expect(waits[waits.count - 1] < 10_000_000)
    }

    @Test func aClockThatRunsSlowlyIsFollowed() {
        var forecast = ArrivalForecast()
        for index in 0..<3_000 {
            let arrival = 1_000_000_000 + Int64(index) * (Self.packet + 10_000)  // 500 ppm
            if index > 100 { #expect(abs(arrival - forecast.next) < 1_000_000) }
            forecast.note(RTPTimestamp(UInt32(160 * index)), samples: 160, arrival: arrival)
        }
    }

    @Test func lossesMoveNothing() {
        var forecast = ArrivalForecast()
        forecast.note(RTPTimestamp(0), samples: 160, arrival: 1_000_000_000)
        forecast.note(RTPTimestamp(800), samples: 160, arrival: 1_100_000_000)
        #expect(forecast.next == 1_120_000_000)
        forecast.note(RTPTimestamp(640), samples: 160, arrival: 1_101_000_000)
        #expect(forecast.next == 1_120_000_000, "an overtaken one")
    }

    @Test func aJumpBeginsAnotherLine() {
        var forecast = ArrivalForecast()
        forecast.note(RTPTimestamp(0), samples: 160, arrival: 1_000_000_000)
        forecast.note(RTPTimestamp(0x8000_0000), samples: 160, arrival: 1_020_000_000)
        #expect(forecast.next == 1_040_000_000)
        forecast.note(RTPTimestamp(9), samples: 480, arrival: 3_000_000_000)
        #expect(forecast.next == 3_060_000_000)
    }
}
