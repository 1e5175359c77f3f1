import Testing

@testable import Credentials

@Suite struct PINRuleTests {
    @Test(arguments: ["7391", "0815", "1357", "112233", "1212", "739173917391", "1243", "90909"])
    func aGoodPINIsTaken(pin: String) {
        #expect(PINRule.refusal(of: pin, number: "1001") == nil)
        #expect(PIN(pin) != nil)
    }

    @Test(arguments: [
        ("", PINRefusal.tooShort), ("123", .tooShort), ("1234567890123", .tooLong), ("12a4", .notDigits), ("12 4", .notDigits),
        ("١٢٣٤", .notDigits), ("１２３４", .notDigits), ("-123", .notDigits), ("1#34", .notDigits),
    ])
    func whatIsNoPINIsRefusedAlsoByTheType(pin: String, refusal: PINRefusal) {
        #expect(PINRule.refusal(of: pin) == refusal)
        #expect(PIN(pin) == nil)
    }

    @Test(arguments: [
        ("0000", PINRefusal.allTheSame), ("777777777777", .allTheSame), ("1234", .inSequence), ("4321", .inSequence),
        ("7890", .inSequence), ("0987", .inSequence), ("123456789012", .inSequence), ("1001", .ownNumber),
    ])
    func theFirstGuessesAreRefused(pin: String, refusal: PINRefusal) {
        #expect(PINRule.refusal(of: pin, number: "1001") == refusal)
        #expect(PIN(pin) != nil, "an administrator may set it")
    }

    @Test func theEndOfALongNumberIsRefusedAndAShortNumberHindersNobody() {
        #expect(PINRule.refusal(of: "4711", number: "+49 30 1234711") == .ownNumber)
        #expect(PINRule.refusal(of: "47112", number: "7112") == nil)
        #expect(PINRule.refusal(of: "7112", number: "12") == nil)
        #expect(PINRule.refusal(of: "1001", number: nil) == nil)
    }
}
