import CSndfile
import Glibc
import Testing

@testable import AudioFiles

@Suite struct AudioFileReaderTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test(arguments: [8_000, 11_025, 16_000, 22_050, 44_100, 48_000], [8_000, 16_000, 48_000])
    func aToneKeepsItsFormItsPlaceAndItsLengthAtAnyRate(fileRate: Int, rate: Int) throws {
        let path = folder.file("tone.wav")
        try SoundFile.write(
            path, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16, rate: fileRate, frames: SoundFile.tone(1_000, rate: fileRate, seconds: 1.003))
        let sound = try AudioFileReader.read(path, rate: rate)
        let frames = Int(Double(fileRate) * 1.003)
        #expect(sound.rate == rate)
        #expect(sound.samples.count == (frames * rate + fileRate - 1) / fileRate)
        // A shift by a single sample at 8 kHz would already bring this down to 3 dB: the delay is compensated.
        #expect(SoundFile.toneToError(sound.samples, 1_000, rate: rate) > 50)
    }

    @Test(arguments: [8_000, 11_025, 16_000, 48_000])
    func whatIsConvertedLaterIsWhatIsConvertedAtOnce(fileRate: Int) throws {
        let path = folder.file("later.wav")
        try SoundFile.write(
            path, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16, rate: fileRate, frames: SoundFile.tone(700, rate: fileRate, seconds: 1.01))
        let own = try AudioFileReader.read(path, rate: nil)
        #expect(own.rate == fileRate)
        #expect(own.converted(to: 8_000) == (try AudioFileReader.read(path, rate: 8_000)))
        #expect(own.converted(to: fileRate) == own)
    }

    /// 97 % of the narrower band is kept as it is, and nothing from above its edge folds back.
    @Test(arguments: [(16_000, 8_000), (48_000, 8_000), (48_000, 16_000), (44_100, 8_000)])
    func theBandIsKeptAndNothingFoldsBack(fileRate: Int, rate: Int) throws {
        for share in [0.1, 0.5, 0.9, 0.95, 0.97, 1.0, 1.01, 1.05, 1.3, 1.8] {
            let frequency = share * Double(rate) / 2
            let frames = SoundFile.tone(frequency, rate: fileRate, seconds: 0.5).map { Int16($0 * 32_767) }
            let sound = PCM(samples: frames, rate: fileRate).converted(to: rate).samples
            let middle = sound[(sound.count / 4)..<(sound.count * 3 / 4)]
            let power = middle.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(middle.count)
            let level = 10 * log10(max(power * 2, 1e-9)) - 20 * log10(0.5 * 32_767)
            // The samples' own 16 bits leave -84 dB of noise below a tone of half scale.
            if share <= 0.97 { #expect(abs(level) < 0.1, "\(share): \(level) dB") } else { #expect(level < -80, "\(share): \(level) dB") }
        }
    }

    @Test func aRateAboveTheHighestIsBroughtDown() throws {
        let path = folder.file("high.wav")
        try SoundFile.write(path, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16, rate: 96_000, frames: [Float](repeating: 0.1, count: 9_600))
        #expect(try AudioFileReader.read(path, rate: nil, highestRate: 48_000).rate == 48_000)
        #expect(try AudioFileReader.read(path, rate: nil, highestRate: 48_000).samples.count == 4_800)
        #expect(try AudioFileReader.read(path, rate: nil).rate == 96_000)
    }

    @Test func theEndIsNotCut() throws {
        // A click 10 samples before the end lies in the filter's tail.
        var frames = [Float](repeating: 0, count: 16_000)
        frames[15_980] = 0.9
        let path = folder.file("click.wav")
        try SoundFile.write(path, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16, rate: 16_000, frames: frames)
        let sound = try AudioFileReader.read(path, rate: 8_000)
        let loudest = sound.samples.indices.max { sound.samples[$0].magnitude < sound.samples[$1].magnitude }
        #expect(loudest == 7_990)
    }

    @Test(arguments: [
        ("8 bit", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 30.0), ("16 bit", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 80.0),
        ("24 bit", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 80.0), ("32 bit", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 80.0),
        ("float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 80.0), ("double", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 80.0),
        ("u-law", SF_FORMAT_WAV | SF_FORMAT_ULAW, 30.0), ("A-law", SF_FORMAT_WAV | SF_FORMAT_ALAW, 30.0),
        ("GSM", SF_FORMAT_WAV | SF_FORMAT_GSM610, 10.0), ("IMA ADPCM", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 10.0),
        ("AIFF", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 80.0), ("AU", SF_FORMAT_AU | SF_FORMAT_ULAW, 30.0),
        ("CAF", SF_FORMAT_CAF | SF_FORMAT_PCM_16, 80.0), ("RF64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 80.0),
        ("FLAC", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 80.0), ("Vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 10.0),
        ("Opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 10.0), ("MP3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 10.0),
    ])
    func everyFormatIsRead(name: String, format: Int, decibels: Double) throws {
        guard SoundFile.canWrite(format) else { return }
        let rate = name == "Opus" || name == "MP3" ? 48_000 : 8_000
        let path = folder.file("sound")
        try SoundFile.write(path, format: format, rate: rate, frames: SoundFile.tone(440, rate: rate, seconds: 1))
        let sound = try AudioFileReader.read(path, rate: rate)
        #expect(sound.samples.count >= rate - 1_000 && sound.samples.count <= rate + 3_000)
        #expect(SoundFile.toneToError(sound.samples, 440, rate: rate, skip: rate / 4) > decibels)
    }

    @Test func channelsAreMixedToTheirMean() throws {
        let path = folder.file("stereo.wav")
        let frames: [Float] = (0..<1_000).flatMap { _ in [Float(0.5), Float(-0.25)] }
        try SoundFile.write(path, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, rate: 8_000, channels: 2, frames: frames)
        #expect(try AudioFileReader.read(path, rate: 8_000).samples == [Int16](repeating: 4_096, count: 1_000))
    }

    @Test func sixteenBitSoundOfTheSameRateIsReadExactly() throws {
        let path = folder.file("exact.wav")
        let frames = (Int(Int16.min)...Int(Int16.max)).map { Float($0) / 32_768 }
        try SoundFile.write(path, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, rate: 8_000, frames: frames)
        #expect(try AudioFileReader.read(path, rate: 8_000).samples == Array(Int16.min...Int16.max))
    }

    @Test func whatIsNoNumberIsSilenceAndWhatIsTooLoudIsClipped() throws {
        let path = folder.file("wild.wav")
        try SoundFile.write(
            path, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, rate: 8_000, frames: [.nan, .infinity, -.infinity, 3e38, -3e38, 0.25])
        #expect(try AudioFileReader.read(path, rate: 8_000).samples == [0, 0, 0, .max, .min, 8_192])
        #expect(try AudioFileReader.read(path, rate: 16_000).samples.count == 12)
    }

    @Test func textIsNoAudio() throws {
        let path = try folder.write(Array("This is not a sound.\nNot at all, however often it is read.\n".utf8), as: "text.wav")
        let error = #expect(throws: AudioFileError.self) { try AudioFileReader.read(path, rate: 8_000) }
        #expect(error?.kind == .notAudio)
        #expect(error?.description.contains(path) == true)
        #expect(error?.description.contains("convert it") == true)
    }

    @Test func nothingAFolderAndAFifoAreRefused() throws {
        let empty = try folder.write([], as: "empty.wav")
        #expect(#expect(throws: AudioFileError.self) { try AudioFileReader.read(empty, rate: 8_000) }?.kind == .notAudio)
        #expect(#expect(throws: AudioFileError.self) { try AudioFileReader.read(folder.path, rate: 8_000) }?.kind == .notAFile)
        let absent = folder.file("absent.wav")
        #expect(#expect(throws: AudioFileError.self) { try AudioFileReader.read(absent, rate: 8_000) }?.kind == .notFound)
        let fifo = folder.file("fifo.wav")
        try #require(mkfifo(fifo, 0o600) == 0)
        #expect(#expect(throws: AudioFileError.self) { try AudioFileReader.read(fifo, rate: 8_000) }?.kind == .notAFile)
    }

    @Test(.enabled(if: getuid() != 0, "root may read everything"))
    func aFileWithoutPermissionSaysSo() throws {
        let path = try folder.write([1, 2, 3], as: "locked.wav", mode: 0o000)
        #expect(#expect(throws: AudioFileError.self) { try AudioFileReader.read(path, rate: 8_000) }?.kind == .noPermission)
    }

    @Test func aSoundLongerThanTheLimitIsRefused() throws {
        let path = folder.file("long.wav")
        try SoundFile.write(
            path, format: SF_FORMAT_WAV | SF_FORMAT_PCM_U8, rate: 2_000, frames: [Float](repeating: 0, count: 2_000 * 11))
        #expect(#expect(throws: AudioFileError.self) { try AudioFileReader.read(path, rate: 8_000, longestSeconds: 10) }?.kind == .tooLong)
        #expect(try AudioFileReader.read(path, rate: 8_000, longestSeconds: 11).samples.count == 88_000)
    }

    @Test func senselessRatesAreRefused() throws {
        let path = folder.file("slow.wav")
        try SoundFile.write(path, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16, rate: 1, frames: [0, 0.5, 0])
        #expect(#expect(throws: AudioFileError.self) { try AudioFileReader.read(path, rate: 8_000) }?.kind == .unsupportedRate)
        #expect(#expect(throws: AudioFileError.self) { try AudioFileReader.read(path, rate: 0) }?.kind == .unsupportedRate)
    }

    /// The lengths in the header are lies of every size; what is in the file is read.
    @Test(arguments: [0, 1, 2, 1_999, 2_001, 1 << 20, Int(Int32.max), Int(UInt32.max) - 36, Int(UInt32.max)])
    func theLengthInTheHeaderIsNotTrusted(claimed: Int) throws {
        let source = folder.file("source.wav")
        try SoundFile.write(
            source, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16, rate: 8_000, frames: [Float](repeating: 0.25, count: 1_000))
        var bytes = try ScratchFolder.bytes(source)
        for index in 0..<4 { bytes[40 + index] = UInt8(truncatingIfNeeded: claimed >> (8 * index)) }
        let path = try folder.write(bytes, as: "lie.wav")
        let sound = try AudioFileReader.read(path, rate: 8_000)
        // Too small a length is taken at its word; none makes more sound than there is.
        #expect(sound.samples.count == min(1_000, claimed / 2))
    }

    @Test(arguments: [
        SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
        SF_FORMAT_OGG | SF_FORMAT_OPUS, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
    ])
    func damagedFilesNeitherTrapNorHang(format: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("damagedFiles seed \(seed)")
        var random = SeededRandom(seed: seed)
        let source = folder.file("source")
        try SoundFile.write(source, format: format, rate: 8_000, frames: SoundFile.tone(300, rate: 8_000, seconds: 0.5))
        let good = try ScratchFolder.bytes(source)
        #expect(try AudioFileReader.read(source, rate: 8_000).samples.count > 3_000)
        for _ in 0..<50 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            }
            if Bool.random(using: &random) { bytes = Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &random))) }
            let path = try folder.write(bytes, as: "damaged")
            // Either is right; a trap or a hang is not.
            do { _ = try AudioFileReader.read(path, rate: 16_000) } catch { #expect(!error.problem.isEmpty) }
        }
    }
}
