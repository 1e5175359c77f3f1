import Testing

@testable import Codecs

@Suite struct OpusTests {
    private func settings(rate: Int? = nil, _ change: (inout AudioEncoder.Settings) -> Void = { _ in }) -> AudioEncoder.Settings {
        var settings = AudioEncoder.Settings(sampleRate: rate)
        change(&settings)
        return settings
    }

    private func packets(_ sound: [Int16], _ length: Int, _ settings: AudioEncoder.Settings) throws -> [[UInt8]?] {
        let encoder = try #require(AudioEncoder(.opus, settings))
        return sound.packets(length).map { encoder.packet($0) }
    }

    @Test(arguments: [(8_000, 1_000.0), (16_000, 1_000), (16_000, 5_000), (48_000, 10_000)]) func tonesStay(rate: Int, frequency: Double)
        throws
    {
        let tone = TestVoice.tone(frequency, amplitude: 10_000, rate: rate, count: rate)
        let decoder = try #require(AudioDecoder(.opus, sampleRate: rate))
        let heard = try packets(tone, rate / 50, settings(rate: rate) { $0.bitrate = 64_000 }).flatMap { decoder.samples(try #require($0)) }
        // Opus follows the ear and not the wave: over short stretches it stays near.
        let window = rate / 10
        let ratio = TestVoice.signalToNoise(Array(tone[(rate / 2)..<(rate / 2 + window)]), Array(heard[(rate / 2)...]), delay: rate / 50)
        #expect(ratio > 9, "\(ratio) dB")
    }

    @Test func bitrateIsKept() throws {
        let sound = TestVoice.speech(rate: 16_000, seconds: 4)
        for bitrate in [12_000, 24_000, 48_000] {
            let octets = try packets(sound, 320, settings { $0.bitrate = bitrate }).reduce(0) { $0 + ($1?.count ?? 0) }
            #expect(octets * 8 / 4 < bitrate * 5 / 4, "\(octets * 2) for \(bitrate)")
            let equal = try packets(
                sound, 320,
                settings {
                    $0.bitrate = bitrate
                    $0.isConstantBitrate = true
                })
            #expect(Set(equal.map { $0?.count }) == [bitrate / 400])
        }
    }

    /// RFC 7587 §6.1: who plays at 8 kHz gets narrowband, which the packet's first octet says (RFC 6716 §3.1).
    @Test(arguments: [(8_000, 0...3), (16_000, 8...11)] as [(Int, ClosedRange<UInt8>)])
    func theBandIsThePeers(rate: Int, configurations: ClosedRange<UInt8>) throws {
        let sound = TestVoice.speech(rate: 48_000, seconds: 1)
        let sent = try packets(sound, 960, settings(rate: 48_000) { $0.playbackRate = rate })
        #expect(sent.compactMap { $0?.first }.allSatisfy { configurations.contains($0 >> 3) })
    }

    // MARK: Loss

    /// Every tenth packet is lost: how far what is heard in its place is from what would have been heard, in decibels below it.
    private func distances(loss percent: Int, rate: Int, length: Int) throws -> (
        recovered: Double, concealed: Double, copies: Int, lost: Int
    ) {
        let sound = TestVoice.speech(rate: rate, seconds: 6)
        let sent = try packets(sound, length, settings(rate: rate) { $0.expectedLoss = percent }).map { try #require($0) }
        let whole = try #require(AudioDecoder(.opus, sampleRate: rate))
        let recovering = try #require(AudioDecoder(.opus, sampleRate: rate))
        let concealing = try #require(AudioDecoder(.opus, sampleRate: rate))
        var (truth, recoveredError, concealedError, copies, lost) = (0.0, 0.0, 0.0, 0, 0)
        for (index, packet) in sent.enumerated() {
            let samples = whole.samples(packet)
            guard index % 10 == 5, index + 1 < sent.count else {
                _ = (recovering.samples(packet), concealing.samples(packet))
                continue
            }
            lost += 1
            if recovering.canRecover(sent[index + 1]) { copies += 1 }
            let recovered = try #require(recovering.recovered(length, from: sent[index + 1]))
            let concealed = try #require(concealing.concealed(length))
            truth += TestVoice.energy(samples)
            recoveredError += zip(samples, recovered).reduce(0) { $0 + Double(Int($1.0) - Int($1.1)) * Double(Int($1.0) - Int($1.1)) }
            concealedError += zip(samples, concealed).reduce(0) { $0 + Double(Int($1.0) - Int($1.1)) * Double(Int($1.0) - Int($1.1)) }
        }
        return (recoveredError / truth, concealedError / truth, copies, lost)
    }

    @Test(arguments: [(16_000, 20), (16_000, 40), (16_000, 60), (8_000, 20), (48_000, 20)])
    func copiesBringLostSoundBack(rate: Int, time: Int) throws {
        let length = rate * time / 1_000
        let found = try distances(loss: 20, rate: rate, length: length)
        #expect(found.copies * 10 >= found.lost * 6, "\(found)")
        #expect(found.recovered < 0.5 * found.concealed, "\(found)")
    }

    @Test func withoutExpectedLossThereAreNoCopies() throws {
        let found = try distances(loss: 0, rate: 16_000, length: 320)
        #expect(found.copies == 0 && found.lost > 20)
    }

    @Test func expectedLossCanChange() throws {
        let sound = TestVoice.speech(rate: 16_000, seconds: 4).packets(320)
        let encoder = try #require(AudioEncoder(.opus))
        let decoder = try #require(AudioDecoder(.opus))
        #expect(!sound[..<100].contains { decoder.canRecover(encoder.packet($0) ?? []) })
        encoder.expectLoss(percent: 15)
        #expect(sound[100...].filter { decoder.canRecover(encoder.packet($0) ?? []) }.count > 30)
        encoder.expectLoss(percent: 0)
        #expect(sound[..<100].filter { decoder.canRecover(encoder.packet($0) ?? []) }.count <= 1)
        // Out of range is brought into it.
        encoder.expectLoss(percent: .max)
        encoder.expectLoss(percent: .min)
        encoder.setBitrate(.min)
        encoder.setBitrate(.max)
        #expect(encoder.packet(sound[0]) != nil)
    }

    @Test func concealmentFadesAndHasLimits() throws {
        let decoder = try #require(AudioDecoder(.opus))
        for packet in try packets(TestVoice.speech(rate: 16_000, seconds: 0.2), 320, settings()) { _ = decoder.samples(packet ?? []) }
        let first = try #require(decoder.concealed(320))
        var last: [Int16] = []
        for _ in 0..<25 { last = try #require(decoder.concealed(320)) }
        #expect(TestVoice.energy(first) > 100 * TestVoice.energy(last))
        // 2.5 ms is the grain; a packet's 120 ms the most.
        #expect(decoder.concealed(40) != nil && decoder.concealed(1_920) != nil)
        #expect(decoder.concealed(41) == nil && decoder.concealed(1_960) == nil)
        var sample: Int16 = 0
        #expect(!decoder.conceal(0, into: &sample) && !decoder.conceal(-40, into: &sample) && !decoder.conceal(.min, into: &sample))
        #expect(!decoder.conceal(.max, into: &sample))
    }

    // MARK: Silence

    @Test func nothingIsSentInSilence() throws {
        let speech = TestVoice.speech(rate: 16_000, seconds: 1)
        let silence = [Int16](repeating: 0, count: 16_000 * 3)
        let encoder = try #require(AudioEncoder(.opus, settings { $0.usesDTX = true }))
        let talking = speech.packets(320).map { encoder.packet($0) }
        let resting = silence.packets(320).map { encoder.packet($0) }
        let again = speech.packets(320).map { encoder.packet($0) }
        #expect(talking.filter { $0 == nil }.count < 10)
        // RFC 7587 §3.1.3: an update now and then, every 400 ms.
        #expect((3...30).contains(resting[50...].filter { $0 != nil }.count), "\(resting[50...].filter { $0 != nil }.count)")
        #expect(again.filter { $0 == nil }.count < 10)
        // Without, every packet is sent.
        #expect(try packets(silence, 320, settings()).allSatisfy { $0 != nil })
    }

    @Test func resetForgets() throws {
        let sound = TestVoice.speech(rate: 16_000, seconds: 0.4)
        let encoder = try #require(AudioEncoder(.opus, settings { $0.expectedLoss = 10 }))
        let decoder = try #require(AudioDecoder(.opus))
        let first = sound.packets(320).compactMap { encoder.packet($0) }
        let heard = first.map { decoder.samples($0) }
        encoder.reset()
        decoder.reset()
        let second = sound.packets(320).compactMap { encoder.packet($0) }
        #expect(second == first)
        #expect(first.map { decoder.samples($0) } == heard)
    }

    // MARK: Packets of others

    /// RFC 6716 §3.2.5 allows 48 frames of 2.5 ms, and two channels, which are mixed to ours.
    @Test func formsOfPackets() throws {
        let decoder = try #require(AudioDecoder(.opus))
        // CELT, 2.5 ms at 48 kHz, 48 frames of no octets, in mono and in stereo.
        #expect(decoder.duration([0xE3, 48]) == 1_920 && decoder.samples([0xE3, 48]).count == 1_920)
        #expect(decoder.duration([0xE7, 48]) == 1_920 && decoder.samples([0xE7, 48]).count == 1_920)
        // 49 frames, none, a count that is missing, three of 60 ms.
        for packet in [[0xE3, 49], [0xE3, 0], [0xE3], [0x1B, 3]] as [[UInt8]] {
            #expect(decoder.duration(packet) == nil && decoder.samples(packet).isEmpty && !decoder.canRecover(packet))
        }
        // Two frames of equal size cannot share three octets (§3.2.3).
        #expect(decoder.samples([0x09, 1, 2, 3]).isEmpty)
        #expect(decoder.recovered(320, from: [0x09, 1, 2, 3]) == nil && decoder.recovered(320, from: []) == nil)
    }
}
