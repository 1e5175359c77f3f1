import CSndfile
import Glibc
import Testing

@testable import AudioFiles

@Suite struct SoundDescriptorTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// libsndfile 1.2.0 closes a descriptor that it refuses; closing it again would close another thread's file.
    @Test func aRefusedDescriptorStaysOpen() throws {
        let path = try folder.write(Array("no sound".utf8), as: "text.wav")
        var descriptor = open(path, O_RDONLY)
        var format = SF_INFO()
        #expect(SoundDescriptor.open(&descriptor, mode: SFM_READ, format: &format) == nil)
        #expect(fcntl(descriptor, F_GETFD) >= 0)
        #expect(close(descriptor) == 0)
    }

    @Test func anOpenedDescriptorOutlivesTheSound() throws {
        let path = folder.file("tone.wav")
        try SoundFile.write(path, format: SF_FORMAT_WAV | SF_FORMAT_PCM_16, rate: 8_000, frames: [0, 0.5])
        var descriptor = open(path, O_RDONLY)
        var format = SF_INFO()
        let file = try #require(SoundDescriptor.open(&descriptor, mode: SFM_READ, format: &format))
        sf_close(file)
        #expect(fcntl(descriptor, F_GETFD) >= 0)
        #expect(close(descriptor) == 0)
    }
}
