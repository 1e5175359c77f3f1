import GRDB
import Glibc
import Testing

@testable import Credentials
@testable import Voicemail

@Suite struct LogInTests {
    let fixture: StoreFixture
    let box: MailboxAddress
    let caller = "sip:alice@example.com"

    init() throws {
        fixture = try StoreFixture()
        box = try .box("1001")
    }

    private func pin(_ text: String) throws -> PIN { try #require(PIN(text)) }

    @Test func theRightPINOpensAlsoAfterARestart() throws {
        let store = try fixture.open()
        try store.add(box, pin: pin("7391"))
        #expect(try store.mailbox(box)?.hasPIN == true)
        #expect(try store.verify("7391", of: box, by: caller) == .right)
        #expect(try store.verify("7392", of: box, by: caller) == .wrong)
        store.close()
        #expect(try fixture.open().verify("7391", of: box, by: caller) == .right)
    }

    @Test func noVerdictButRightOpens() throws {
        let store = try fixture.open()
        try store.add(box)
        #expect(try store.verify("7391", of: box, by: caller) == .noPIN)
        #expect(try store.verify("", of: box, by: caller) == .noPIN)
        #expect(try store.verify("7391", of: .box("9999"), by: caller) == .unknownBox)
        #expect(try store.verify("7391", ofNobody: "../../etc", by: caller) == .unknownBox)
        try store.setPIN(pin("7391"), of: box)
        try store.setDisabled(true, of: box)
        #expect(try store.verify("7391", of: box, by: caller) == .disabled)
    }

    @Test func tenWrongOnesLockAcrossCallersCallsAndRestarts() throws {
        var store = try fixture.open()
        try store.add(box, pin: pin("7391"))
        for number in 0..<10 { #expect(try store.verify("0815", of: box, by: "caller \(number)") == .wrong) }
        let until = StoreFixture.noon + 3_600
        #expect(try store.verify("7391", of: box, by: caller) == .locked(until: until))
        store.close()
        store = try fixture.open()
        fixture.advance(3_599)
        #expect(try store.verify("7391", of: box, by: caller) == .locked(until: until))
        fixture.advance(1)
        #expect(try store.verify("7391", of: box, by: caller) == .right)
    }

    @Test func aCallerIsLockedAlsoOnBoxesThatDoNotExist() throws {
        let store = try fixture.open()
        try store.add(box, pin: pin("7391"))
        for number in 0..<10 { #expect(try store.verify("0815", of: .box("99\(number)"), by: "mallory") == .unknownBox) }
        #expect(try store.verify("7391", of: box, by: "mallory") == .locked(until: StoreFixture.noon + 3_600))
        #expect(try store.verify("7391", of: box, by: caller) == .right)
    }

    @Test func anAdministratorsNewPINLiftsTheLock() throws {
        let store = try fixture.open()
        try store.add(box, pin: pin("7391"))
        for number in 0..<10 { _ = try store.verify("0815", of: box, by: "caller \(number)") }
        try store.setPIN(pin("4826"), of: box)
        #expect(try store.verify("4826", of: box, by: caller) == .right)
        #expect(try store.verify("7391", of: box, by: caller) == .wrong)
    }

    @Test func theOwnersNewPINFollowsTheRule() throws {
        let store = try fixture.open()
        try store.add(box, pin: pin("7391"))
        #expect(try store.changePIN(of: box, to: "1001") == .ownNumber)
        #expect(try store.changePIN(of: box, to: "12") == .tooShort)
        #expect(try store.changePIN(of: box, to: "4826") == nil)
        #expect(try store.verify("4826", of: box, by: caller) == .right)
    }

    @Test func withAnotherServerSecretNobodyHasAPINAndTheOldOneBringsThemBack() throws {
        var store = try fixture.open()
        try store.add(box, pin: pin("7391"))
        store.close()
        store = try fixture.open(secret: ServerSecret(octets: [UInt8](repeating: 1, count: 32)))
        #expect(try store.mailbox(box)?.hasPIN == false)
        #expect(try store.verify("7391", of: box, by: caller) == .noPIN)
        store.close()
        #expect(try fixture.open().verify("7391", of: box, by: caller) == .right)
    }

    @Test func aHashOfLowerCostIsRenewedAtLogIn() throws {
        let store = try fixture.open(cost: .standard)
        try store.add(box)
        let cheap = try PINHash(pin("7391"), secret: StoreFixture.secret, cost: StoreFixture.cheap)
        try store.index.write { try $0.execute(sql: "UPDATE mailbox SET pin = ?", arguments: [cheap.stored]) }
        #expect(try store.verify("0815", of: box, by: caller) == .wrong)
        func stored() throws -> String {
            try store.index.read { try String.fetchOne($0, sql: "SELECT pin FROM mailbox") } ?? ""
        }
        #expect(try stored() == cheap.stored)
        #expect(try store.verify("7391", of: box, by: caller) == .right)
        #expect(try stored().hasPrefix("$scrypt$ln=14,r=8,p=1,"))
        #expect(try store.verify("7391", of: box, by: caller) == .right)
    }

    @Test func aMailboxThatDoesNotExistCostsWhatOneThatDoesCosts() throws {
        let store = try fixture.open(cost: ScryptCost(logN: 11, blockSize: 8, parallelism: 1))
        try store.add(box, pin: pin("7391"))
        try store.add(.box("1002"))
        /// This thread's own: what else the machine does is no part of it.
        func processorTime() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        func cost(_ number: String) throws -> Duration {
            try (0..<3).map { _ in
                let address = try MailboxAddress.box(number)
                let start = processorTime()
                _ = try store.verify("0815", of: address, by: "caller \(number)")
                return processorTime() - start
            }.min() ?? .zero
        }
        let real = try cost("1001")
        for other in try [cost("1002"), cost("9999")] { #expect(other * 3 > real && real * 3 > other, "\(real) and \(other)") }
    }

    @Test func theStoredGuessesStayFewHoweverLongItGoes() throws {
        let store = try fixture.open()
        try store.add(box)
        for _ in 0..<30 {
            fixture.advance(400)
            _ = try store.verify("0815", of: box, by: caller)
        }
        let count = try store.index.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM guess") ?? 0 }
        #expect(count <= 10)
    }

    @Test func neitherPINNorSecretStandsInTheIndex() throws {
        let store = try fixture.open()
        try store.add(box, pin: pin("739173917391"))
        store.close()
        for name in StoreFixture.names(fixture.folder) where name.hasPrefix("index") {
            #expect(!StoreFixture.run("/bin/grep", "-q", "-a", "739173917391", fixture.folder + "/" + name))
        }
    }
}
