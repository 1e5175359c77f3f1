import SIP
import Testing

@testable import SIPEvents

@Suite struct NotifyVerdictTests {
    /// RFC 6665 §4.2.2 and RFC 5057 §5.1, for every status there is.
    @Test func everyStatus() throws {
        let ending: Set<Int> = [404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]
        for code in 200...699 {
            let status = try #require(StatusCode(code))
            let (plain, passing) = (NotifyVerdict(status, retryAfter: nil), NotifyVerdict(status, retryAfter: 7))
            if code < 300 {
                #expect(plain == .accepted && passing == .accepted)
            } else {
                #expect(plain == .failed)
                #expect(passing == (ending.contains(code) ? .failed : .later(.seconds(7))), "\(code)")
            }
        }
    }

    @Test func pausesAreBounded() {
        #expect(NotifyVerdict(.serverError, retryAfter: 0) == .later(.seconds(1)))
        #expect(NotifyVerdict(.serverError, retryAfter: .max) == .later(.seconds(300)))
    }
}
