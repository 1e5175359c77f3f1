import SIP
import Testing

@Suite struct RetryAfterTests {
    @Test(
        arguments: [
            ("18000;duration=3600", 18_000), ("120 (I'm in a meeting)", 120), ("0", 0), ("4294967295", .max), ("4294967296", .max),
            ("99999999999999999999999", .max), ("", nil), ("soon", nil), ("-1", nil), ("(x) 5", nil),
        ] as [(String, UInt32?)])
    func seconds(_ value: String, _ seconds: UInt32?) throws {
        #expect(try SIPMessage.parse(retargeted(["Retry-After: \(value)"])).retryAfter == seconds)
    }

    @Test func absent() throws {
        #expect(try SIPMessage.parse(retargeted([])).retryAfter == nil)
    }
}
