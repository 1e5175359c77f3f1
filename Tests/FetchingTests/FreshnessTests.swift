import Testing

@testable import Fetching

@Suite struct FreshnessTests {
    @Test(
        arguments: [
            (nil, 0), ("max-age=60", 60), ("public, max-age=60", 60), ("MAX-AGE=60", 60), ("max-age=\"60\"", 60), ("max-age = 60", 60),
            ("max-age=-1", 0), ("max-age=", 0), ("max-age", 0), ("max-age=1.5", 0), ("max-age=99999999999999999999", 366 * 86_400),
            ("s-maxage=60", 0), ("no-cache, max-age=60", 0), ("no-cache=\"set-cookie\", max-age=60", 60),
            ("max-age=60, must-revalidate", 60),
            ("private, max-age=60", 60), (",,=,max-age=60,", 60),
        ] as [(String?, Int)])
    func secondsWithoutAsking(control: String?, seconds: Int) {
        #expect(Freshness(control: control).lifetime == seconds)
    }

    @Test func timeInOtherCachesCounts() {
        #expect(Freshness(control: "max-age=60", age: "45").lifetime == 15)
        #expect(Freshness(control: "max-age=60", age: " 99").lifetime == 0)
        #expect(Freshness(control: "max-age=60", age: "x").lifetime == 60)
    }

    @Test func whatMustNotBeKeptOrUsedUnasked() {
        #expect(Freshness(control: "no-store").isNotKept && !Freshness(control: "max-age=1").isNotKept)
        for control in ["no-cache", "must-revalidate", "max-age=5, MUST-REVALIDATE"] { #expect(Freshness(control: control).isStrict) }
        #expect(!Freshness(control: "max-age=5, public").isStrict)
    }
}
