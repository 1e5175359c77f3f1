import Testing
import Timing

@testable import RTP

@Suite struct TelephoneEventTests {
    /// A packet of a press on the wire, and when it comes.
    private struct Wire {
        var event: TelephoneEvent
        var marker: Bool
        var timestamp: UInt32
        var milliseconds: Int
    }

    private func press(
        _ digit: Character, at timestamp: UInt32, from start: Int, duration: Int = 800, packetTime: Int = 160
    ) -> [Wire] {
        guard
            var sender = TelephoneEventSender(
                digit: digit, duration: duration, packetTime: packetTime, startingAt: RTPTimestamp(timestamp))
        else { return [] }
        var wires: [Wire] = []
        while let packet = sender.next() {
            wires.append(
                Wire(
                    event: packet.event, marker: packet.marker, timestamp: packet.timestamp.rawValue,
                    milliseconds: start + wires.count * packetTime / 8))
        }
        return wires
    }

    private func hear(_ wires: [Wire]) -> String {
        var receiver = TelephoneEventReceiver()
        var digits = ""
        for wire in wires {
            var payload = [UInt8](repeating: 0, count: 4)
            payload.withUnsafeMutableBytes { if let start = $0.baseAddress { wire.event.write(into: start) } }
            let digit = payload.withUnsafeBytes {
                receiver.receive(
                    payload: $0, timestamp: RTPTimestamp(wire.timestamp), marker: wire.marker,
                    at: MonotonicTime(nanoseconds: Int64(wire.milliseconds) * 1_000_000))
            }
            if let digit { digits.append(digit) }
        }
        return digits
    }

    @Test func senderFollowsTheRFC() {
        let wires = press("5", at: 1_000, from: 0)
        #expect(wires.map(\.event.duration) == [160, 320, 480, 640, 800, 800, 800])
        #expect(wires.map(\.event.isEnd) == [false, false, false, false, true, true, true])
        #expect(wires.map(\.marker) == [true, false, false, false, false, false, false])
        #expect(wires.allSatisfy { $0.timestamp == 1_000 && $0.event.code == 5 })
        #expect(press("5", at: 0, from: 0, duration: 1).map(\.marker) == [true, false, false])
        #expect(TelephoneEventSender(digit: "x", duration: 800, startingAt: RTPTimestamp(0)) == nil)
    }

    @Test func everyKey() {
        var wires: [Wire] = []
        for (index, digit) in "0123456789*#ABCD".enumerated() { wires += press(digit, at: UInt32(index * 1_600), from: index * 200) }
        #expect(hear(wires) == "0123456789*#ABCD")
    }

    @Test func anyLossLeavesOneDigit() {
        let wires = press("7", at: 5_000, from: 0)
        for lost in 0..<(1 << wires.count) - 1 {
            #expect(hear(wires.enumerated().filter { lost >> $0.offset & 1 == 0 }.map(\.element)) == "7", "lost \(lost)")
        }
    }

    @Test func lostEndThenTheSameKeyAgain() {
        let first = press("1", at: 0, from: 0).filter { !$0.event.isEnd }
        #expect(hear(first + press("1", at: 1_200, from: 150)) == "11")
        // The start of the second is lost as well.
        #expect(hear(first + press("1", at: 1_200, from: 150).filter { !$0.marker }) == "11")
    }

    @Test func endRepeatedLongAfter() {
        let wires = press("9", at: 0, from: 0)
        var late = wires[wires.count - 1]
        late.milliseconds = 5_000
        #expect(hear(wires + [late]) == "9")
    }

    @Test func oldEventRetransmittedAfterTheNext() {
        let first = press("1", at: 0, from: 0)
        let second = press("2", at: 1_600, from: 200)
        #expect(hear(first + second.prefix(3) + [first[6]] + second.dropFirst(3) + [first[5]]) == "12")
    }

    @Test func chainWithoutPause() {
        // RFC 4733 §2.5.1.2: the next event starts where the last one ended.
        let wires = press("4", at: 0, from: 0) + press("4", at: 800, from: 100) + press("5", at: 1_600, from: 200)
        #expect(hear(wires) == "445")
    }

    @Test func longPressIsOneDigit() {
        let wires = press("8", at: 4_294_967_000, from: 0, duration: 200_000)
        #expect(Set(wires.map(\.timestamp)).count == 4)
        #expect(wires.filter(\.marker).count == 1)
        #expect(hear(wires) == "8")
        #expect(hear(wires.enumerated().filter { $0.offset % 3 != 0 }.map(\.element)) == "8")
    }

    @Test func oddDurations() {
        var wires = press("3", at: 0, from: 0)
        for (index, duration) in [0, 37, 37, 12, 0xFFFF, 1, 0].enumerated() { wires[index].event.duration = UInt16(duration) }
        #expect(hear(wires) == "3")
    }

    @Test func timestampMovedInEveryPacket() {
        var wires = press("6", at: 0, from: 0)
        for index in wires.indices { wires[index].timestamp = UInt32(160 * index) }
        #expect(hear(wires) == "6")
    }

    @Test func otherEventsAreIgnored() {
        var wires = press("1", at: 0, from: 0)
        for index in wires.indices { wires[index].event.code = 16 }
        #expect(hear(wires).isEmpty)
        var receiver = TelephoneEventReceiver()
        for count in 0..<4 {
            let bytes = [UInt8](repeating: 1, count: count)
            #expect(
                bytes.withUnsafeBytes { receiver.receive(payload: $0, timestamp: RTPTimestamp(0), marker: true, at: .zero) } == nil)
        }
    }

    /// Numbers typed through a network that loses, repeats and reorders, with one packet of each press getting through.
    @Test(arguments: [UInt64(11), 12, 13, 14]) func typingThroughABadNetwork(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let keys = Array("0123456789*#ABCD")
        for _ in 0..<200 {
            var typed = ""
            var wires: [Wire] = []
            var now = 0
            for _ in 0..<12 {
                let digit = keys[Int.random(in: 0..<16, using: &random)]
                let duration = Int.random(in: 320...4_000, using: &random)
                let packets = press(digit, at: UInt32(now * 8), from: now, duration: duration)
                var kept = packets.filter { _ in Int.random(in: 0..<100, using: &random) < 70 }
                if kept.isEmpty { kept = [packets[0]] }
                // Neighbours change places, and some come twice.
                for index in 1..<max(kept.count, 1) where Int.random(in: 0..<100, using: &random) < 10 { kept.swapAt(index, index - 1) }
                wires += kept.flatMap { Int.random(in: 0..<100, using: &random) < 10 ? [$0, $0] : [$0] }
                typed.append(digit)
                now += duration / 8 + Int.random(in: 60...300, using: &random)
            }
            #expect(hear(wires) == typed)
        }
    }
}
