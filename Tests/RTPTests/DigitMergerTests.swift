import Testing
import Timing

@testable import RTP

@Suite struct DigitMergerTests {
    private func at(_ milliseconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(milliseconds) * 1_000_000) }

    @Test(arguments: DigitSource.allCases) func oneSourceAlone(source: DigitSource) {
        var merger = DigitMerger()
        #expect(merger.press("5", from: source, at: at(0)) == .told)
        // The same key twice quickly on one source is two presses.
        #expect(merger.press("5", from: source, at: at(85)) == .told)
        #expect(merger.press("6", from: source, at: at(170)) == .told)
        #expect(merger.press("5", from: source, at: at(255)) == .told)
    }

    // A gateway lets the tone through before it knows it for one, and sends the event 20 to 60 ms later.
    @Test(arguments: [20, 40, 60, 250]) func toneAheadOfItsEvent(lag: Int) {
        var merger = DigitMerger()
        #expect(merger.press("1", from: .inBand, isHeld: true, at: at(40)) == .told)
        #expect(merger.press("1", from: .telephoneEvent, at: at(40 + lag)) == .repeated(of: .inBand))
        merger.release("1", from: .inBand, at: at(140))
        // From now on the events are what counts, whichever comes first.
        #expect(merger.press("2", from: .inBand, at: at(1_000)) == .disbelieved)
        #expect(merger.press("2", from: .telephoneEvent, at: at(1_040)) == .told)
        #expect(merger.press("3", from: .telephoneEvent, at: at(2_000)) == .told)
        #expect(merger.press("3", from: .inBand, at: at(2_040)) == .repeated(of: .telephoneEvent))
    }

    @Test func toneLeftOverAtBothEnds() {
        var merger = DigitMerger()
        #expect(merger.press("7", from: .inBand, at: at(0)) == .told)
        merger.release("7", from: .inBand, at: at(10))
        #expect(merger.press("7", from: .telephoneEvent, at: at(50)) == .repeated(of: .inBand))
        #expect(merger.press("7", from: .inBand, at: at(180)) == .disbelieved)
        // Cut by the gateway it may be heard as another key.
        #expect(merger.press("8", from: .inBand, at: at(220)) == .disbelieved)
        #expect(merger.press("7", from: .telephoneEvent, at: at(260)) == .told)
    }

    @Test func eventLongAfterAToneIsAnotherPress() {
        var merger = DigitMerger()
        #expect(merger.press("1", from: .inBand, at: at(0)) == .told)
        #expect(merger.press("1", from: .telephoneEvent, at: at(301)) == .told)
    }

    // The event comes when the key is up, as some gateways have it.
    @Test func heldForLong() {
        var merger = DigitMerger()
        #expect(merger.press("#", from: .inBand, isHeld: true, at: at(0)) == .told)
        merger.release("#", from: .inBand, at: at(5_000))
        #expect(merger.press("#", from: .telephoneEvent, at: at(5_200)) == .repeated(of: .inBand))
        #expect(merger.press("#", from: .info, at: at(5_500)) == .repeated(of: .inBand))
        #expect(merger.press("#", from: .telephoneEvent, isHeld: true, at: at(9_000)) == .told)
        #expect(merger.press("#", from: .info, at: at(30_000)) == .repeated(of: .telephoneEvent))
    }

    @Test(arguments: [DigitSource.telephoneEvent, .inBand], [0, 100, 500, 600]) func lateInfo(first: DigitSource, lag: Int) {
        var merger = DigitMerger()
        #expect(merger.press("9", from: first, at: at(0)) == .told)
        #expect(merger.press("9", from: .info, at: at(lag)) == .repeated(of: first))
    }

    @Test func infoTooLateIsAnotherPress() {
        var merger = DigitMerger()
        #expect(merger.press("9", from: .telephoneEvent, at: at(0)) == .told)
        #expect(merger.press("9", from: .info, at: at(601)) == .told)
    }

    @Test func infoFirst() {
        var merger = DigitMerger()
        #expect(merger.press("4", from: .info, at: at(0)) == .told)
        #expect(merger.press("4", from: .telephoneEvent, at: at(300)) == .repeated(of: .info))
        #expect(merger.press("4", from: .inBand, at: at(310)) == .repeated(of: .info))
    }

    @Test func twiceQuicklyOnAllThree() {
        var merger = DigitMerger()
        #expect(merger.press("0", from: .telephoneEvent, at: at(0)) == .told)
        #expect(merger.press("0", from: .inBand, at: at(30)) == .repeated(of: .telephoneEvent))
        #expect(merger.press("0", from: .telephoneEvent, at: at(150)) == .told)
        #expect(merger.press("0", from: .inBand, at: at(180)) == .repeated(of: .telephoneEvent))
        #expect(merger.press("0", from: .info, at: at(500)) == .repeated(of: .telephoneEvent))
        #expect(merger.press("0", from: .info, at: at(650)) == .repeated(of: .telephoneEvent))
        #expect(merger.press("0", from: .telephoneEvent, at: at(700)) == .told)
    }

    // RFC 3261 §17.1.2.2: a lost INFO comes 0.5, 1.5 or 3.5 s late. A peer known to send both is given that time.
    @Test func infoThatHadToBeRepeated() {
        var merger = DigitMerger()
        #expect(merger.press("1", from: .telephoneEvent, at: at(0)) == .told)
        #expect(merger.press("1", from: .info, at: at(100)) == .repeated(of: .telephoneEvent))
        #expect(merger.press("2", from: .telephoneEvent, at: at(1_000)) == .told)
        #expect(merger.press("2", from: .info, at: at(4_600)) == .repeated(of: .telephoneEvent))
        // All packets of an event lost: INFO tells the key.
        #expect(merger.press("3", from: .info, at: at(6_000)) == .told)
    }

    @Test func giveUpOfSignalling() {
        var merger = DigitMerger()
        #expect(merger.press("1", from: .telephoneEvent, at: at(0)) == .told)
        for time in [1_000, 2_000, 3_900] { #expect(merger.press("2", from: .inBand, at: at(time)) == .disbelieved) }
        #expect(merger.press("3", from: .inBand, at: at(4_100)) == .told)
        #expect(merger.press("3", from: .telephoneEvent, at: at(4_150)) == .repeated(of: .inBand))
        #expect(merger.press("4", from: .inBand, at: at(9_000)) == .disbelieved)
    }

    @Test func senderChanged() {
        var merger = DigitMerger()
        #expect(merger.press("1", from: .telephoneEvent, isHeld: true, at: at(0)) == .told)
        merger.senderChanged()
        #expect(merger.press("1", from: .inBand, at: at(500)) == .told)
    }

    /// Peers that tell their keys in any set of ways, with delays that occur: each press is one digit, in order.
    @Test(arguments: 1...7, 1...40) func everyPressOnce(ways: Int, seed: Int) {
        var random = SeededGenerator(seed: UInt64(ways * 1_000 + seed))
        var reports: [(time: Int, digit: Character, source: DigitSource, isRelease: Bool)] = []
        var pressed: [Character] = []
        var start = 0
        var lastInfo = 0
        for _ in 0..<40 {
            // Few keys, so that many follow themselves.
            let digit: Character = ["1", "2", "#"][Int.random(in: 0...2, using: &random)]
            let length = Int.random(in: 50...150, using: &random)
            pressed.append(digit)
            if ways & 1 != 0 { reports.append((start + Int.random(in: 20...100, using: &random), digit, .telephoneEvent, false)) }
            if ways & 2 != 0 {
                lastInfo = max(lastInfo + 1, start + Int.random(in: 30...500, using: &random))
                reports.append((lastInfo, digit, .info, false))
            }
            if ways & 4 != 0 {
                let told = start + Int.random(in: 40...100, using: &random)
                reports.append((told, digit, .inBand, false))
                reports.append((max(start + length, told), digit, .inBand, true))
            }
            start += length + Int.random(in: 50...400, using: &random)
        }
        var merger = DigitMerger()
        var told: [Character] = []
        for report in reports.sorted(by: { $0.time < $1.time }) {
            if report.isRelease {
                merger.release(report.digit, from: report.source, at: at(report.time))
            } else if merger.press(report.digit, from: report.source, isHeld: report.source == .inBand, at: at(report.time)) == .told {
                told.append(report.digit)
            }
        }
        #expect(told == pressed)
    }
}
