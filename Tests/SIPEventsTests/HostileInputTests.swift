import SIP
import SIPDialogs
import SIPEvents
import Testing
import Timing

/// Mangled SUBSCRIBEs, REFERs and answers to NOTIFYs: nothing may trap, all tables stay bounded, and in the end they are empty.
@Suite struct HostileInputTests {
    private func mangled(_ original: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[index] = Array(";,:<>\"\\@ \r\n?=%0-".utf8).randomElement(using: &random) ?? 0
            case 2: bytes.insert(Array(";,:<>\"\\@ \r\n?=%9-".utf8).randomElement(using: &random) ?? 0, at: index)
            default: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...12, using: &random)))
            }
        }
        return bytes
    }

    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func nothingTraps(_ seed: UInt64) {
        print("hostile seed \(seed)")
        var random = SeededRandom(seed: seed)
        var settings = Notifier.Settings()
        settings.limit = 20
        let refer = ReferBench()
        let bench = refer.bench
        bench.notifier = Notifier(settings: settings, random: { 4 })
        let subscribe = ["Event: conference;id=1", "Expires: 60", "Accept: application/*", "Record-Route: <sip:p;lr>"]
        var (accepted, tag) = (0, "x")
        for sequence in 1...10_000 {
            let call = "c\(sequence % 40)"
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1: bench.receive(mangled(bench.request("SUBSCRIBE", call: call, sequence: sequence, subscribe), using: &random))
            case 2: bench.receive(mangled(bench.request("SUBSCRIBE", call: call, sequence: sequence, tag: tag, subscribe), using: &random))
            case 3:
                bench.receive(
                    mangled(
                        bench.request("REFER", call: call, sequence: sequence, ["Refer-To: <sip:a@b>", "Refer-Sub: true"]), using: &random))
                refer.take()
            case 4: refer.tell([.ringing, .ok, .busyHere].randomElement(using: &random) ?? .ok)
            case 5, 6:
                for notify in bench.sent where notify.method == .notify {
                    bench.receive(mangled(EventBench.response(to: notify, 200, ["Retry-After: 1", "Contact: <sip:a@b>"]), using: &random))
                }
                refer.take()
            default: refer.pass(.milliseconds(Int.random(in: 0...3_000, using: &random)))
            }
            for message in bench.sent where message.status == .ok {
                accepted += 1
                tag = (try? message.envelope().toTag) ?? tag
            }
            bench.sent.removeAll { $0.status != nil || Bool.random(using: &random) }
            #expect(bench.notifier.subscriptionCount <= 20)
        }
        #expect(accepted > 500, "enough gets through: \(accepted)")
        refer.pass(.seconds(90_000))
        #expect(bench.notifier.tableCount == 0 && refer.subscription?.isOver == true)
    }
}
