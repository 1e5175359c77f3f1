import Audio
import Codecs
import Glibc
import Testing

@testable import MediaPlane

/// One frame of a room in every form that its members hear.
@Suite struct RoomMixTests {
    private static func add(_ level: Int16, to mix: inout RoomMix) -> Int? {
        mix.narrow.place.update(repeating: level, count: AudioFrame.samples)
        // Told apart from the other rate's.
        mix.widePlace?.update(repeating: 2 * level, count: RoomMix.wideFrame)
        return mix.addVoice()
    }

    private static func samples(_ octets: UnsafePointer<UInt8>, _ form: SoundForm) -> [Int16] {
        var result = [Int16](repeating: 0, count: AudioFrame.samples * form.samplesPerTick)
        form.decode(octets, ticks: AudioFrame.samples, into: &result)
        return result
    }

    private static func everybody(_ form: SoundForm, _ mix: inout RoomMix) -> [Int16] {
        var limiters = RoomMix.Limiters()
        return samples(mix.everybody(form, &limiters), form)
    }

    private static func everybody(but voice: Int, _ form: SoundForm, _ mix: borrowing RoomMix) -> [Int16] {
        var limiter = Limiter()
        let place = UnsafeMutablePointer<UInt8>.allocate(capacity: AudioFrame.samples * form.octetsPerTick)
        defer { place.deallocate() }
        mix.everybody(but: voice, form, &limiter, into: place)
        return samples(place, form)
    }

    @Test func eachHearsTheSumOfHisOwnRate() throws {
        var mix = RoomMix(capacity: 3)
        for _ in 0..<2 {
            mix.begin(isWide: true)
            let first = try #require(Self.add(100, to: &mix))
            _ = Self.add(1_000, to: &mix)
            #expect(Self.everybody(.wide, &mix) == [Int16](repeating: 2_200, count: 320))
            #expect(Self.everybody(.linear, &mix) == [Int16](repeating: 1_100, count: 160))
            for codec in SampledCodec.allCases {
                let heard = Self.everybody(.sampled(codec), &mix)
                #expect(heard.allSatisfy { abs($0 - 1_100) <= 32 }, "\(codec)")
                #expect(Self.everybody(but: first, .sampled(codec), mix).allSatisfy { abs($0 - 1_000) <= 32 }, "\(codec)")
            }
            #expect(Self.everybody(but: first, .wide, mix) == [Int16](repeating: 2_000, count: 320))
            #expect(Self.everybody(but: first, .linear, mix) == [Int16](repeating: 1_000, count: 160))
        }
    }

    @Test func sharedFormsAreMadeOnceAFrame() throws {
        var mix = RoomMix(capacity: 3)
        mix.begin(isWide: true)
        _ = Self.add(500, to: &mix)
        let before = SoundForm.allCases.map { Self.everybody($0, &mix) }
        _ = Self.add(700, to: &mix)
        #expect(SoundForm.allCases.map { Self.everybody($0, &mix) } == before)
        mix.begin(isWide: true)
        for form in SoundForm.allCases { #expect(Self.everybody(form, &mix).allSatisfy { abs($0) <= 8 }, "\(form)") }
    }

    @Test func withoutWideMembersThereIsNoWideSum() throws {
        var mix = RoomMix(capacity: 3)
        mix.begin(isWide: true)
        _ = Self.add(700, to: &mix)
        mix.begin(isWide: false)
        #expect(mix.widePlace == nil)
        let voice = try #require(Self.add(500, to: &mix))
        #expect(mix.wide.count == 0 || mix.narrow.count == 1)
        // Who became wide after the round had begun.
        #expect(Self.everybody(.wide, &mix).allSatisfy { $0 == 0 })
        #expect(Self.everybody(but: voice, .wide, mix).allSatisfy { $0 == 0 })
        #expect(Self.everybody(.linear, &mix) == [Int16](repeating: 500, count: 160))
    }

    @Test func chimesSoundAtBothRates() {
        var room = RoomState(id: MediaRoomID(number: 1), settings: MediaRoomSettings())
        room.add(chime: (0..<1_600).map { Int16(8_000 * sin(2 * .pi * 1_000 * Double($0) / 8_000)) })
        var mix = RoomMix(capacity: 2)
        var heard: (narrow: [Int16], wide: [Int16]) = ([], [])
        for _ in 0..<10 {
            mix.begin(isWide: true)
            room.mixChimes(into: mix)
            heard.narrow += Self.everybody(.linear, &mix)
            heard.wide += Self.everybody(.wide, &mix)
        }
        let wanted = 20 * log10(8_000 / 32_767.0)
        #expect(abs(level(of: 1_000, in: Array(heard.narrow)[...]) - wanted) < 0.1)
        #expect(abs(level(of: 1_000, in: Array(heard.wide[320...])[...], rate: 16_000) - wanted) < 0.1)
        #expect(level(of: 7_000, in: Array(heard.wide[320...])[...], rate: 16_000) < wanted - 50)
    }
}
