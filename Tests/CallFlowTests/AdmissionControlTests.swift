import Testing
import Timing

@testable import CallControl

@Suite struct AdmissionControlTests {
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)

    @Test func callsUpToTheLimit() {
        var admission = AdmissionControl(callLimit: 2)
        #expect(admission.admit(calls: 1, at: start) == .admitted)
        #expect(admission.admit(calls: 2, at: start) == .refused(retryAfter: 5, .full))
        #expect(admission.condition(calls: 2, at: start) == .refused(retryAfter: 5, .full))
    }

    @Test func aSecondsWorthAtOnceThenAsTimePasses() {
        var admission = AdmissionControl(callLimit: 1_000, callsPerSecond: 10)
        let burst = (0..<25).filter { _ in admission.admit(calls: 0, at: start) == .admitted }.count
        #expect(burst == 10)
        #expect(admission.admit(calls: 0, at: start + .milliseconds(50)) == .refused(retryAfter: 1, .rate))
        #expect(admission.admit(calls: 0, at: start + .milliseconds(160)) == .admitted)
        let later = (0..<25).filter { _ in admission.admit(calls: 0, at: start + .seconds(60)) == .admitted }.count
        #expect(later == 10, "what was not used does not pile up")
    }

    @Test func aLateLoopTakesNoneForASecond() {
        var admission = AdmissionControl(callLimit: 10)
        // One late timer is a busy moment of the machine.
        admission.observe(lag: .seconds(3), at: start)
        #expect(admission.admit(calls: 0, at: start) == .admitted)
        for _ in 0..<40 { admission.observe(lag: .milliseconds(20), at: start) }
        #expect(admission.admit(calls: 0, at: start) == .admitted)
        for _ in 0..<40 { admission.observe(lag: .milliseconds(600), at: start) }
        #expect(admission.admit(calls: 0, at: start + .milliseconds(999)) == .refused(retryAfter: 2, .lag))
        #expect(admission.admit(calls: 0, at: start + .seconds(1)) == .admitted)
    }

    @Test func aDrainingServerTakesOnlyWhatBelongsToOpenRooms() {
        var admission = AdmissionControl(callLimit: 10)
        admission.isDraining = true
        #expect(admission.admit(calls: 0, at: start) == .refused(retryAfter: 30, .draining))
        #expect(admission.admit(calls: 0, isExempt: true, at: start) == .admitted)
        #expect(admission.admit(calls: 10, isExempt: true, at: start) == .refused(retryAfter: 5, .full))
    }
}
