import AudioFiles
import Capture
import Codecs
import Glibc
import MediaPlane

/// One replay from the capture file to the sound file and the picture.
package struct CaptureReplay {
    /// Why it cannot be done: what, where, and how to mend it.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var description: String

        init(_ description: String) { self.description = description }
    }

    package var capture: String
    /// As numbered by the listing; the longest where nil.
    package var stream: Int?
    /// A codec's name as in SDP, for payload types that nothing explains.
    package var codec: String?
    /// File names; derived from the capture's where nil.
    package var sound: String?
    package var picture: String?
    /// Milliseconds that playout may lag behind the fastest packets.
    package var delayLimit = 200
    /// Whether files that exist are replaced.
    package var replaces = false

    /// What was made.
    package struct Outcome: Encodable, Sendable {
        package var report: ReplayReport
        /// Not part of the JSON, which is about one stream.
        package var survey: CaptureSurvey
        package var sound: String
        package var picture: String

        private enum CodingKeys: String, CodingKey { case report, sound, picture }

        /// For people.
        package var text: String { "\(report.text)\nwrote \(sound) and \(picture)" }
    }

    package static let delayLimits = 20...500

    package init(capture: String) { self.capture = capture }

    package func survey() throws(Failure) -> CaptureSurvey {
        do {
            return try CaptureSurvey(path: capture)
        } catch {
            throw Failure("\(capture): \(error)")
        }
    }

    /// Reads the capture twice and writes both files.
    package func run() throws(Failure) -> Outcome {
        guard Self.delayLimits.contains(delayLimit) else {
            let limits = Self.delayLimits
            throw Failure("a delay limit of \(delayLimit) ms is not possible; give one from \(limits.lowerBound) to \(limits.upperBound)")
        }
        let survey = try survey()
        let chosen = try choose(from: survey)
        let codec = try codec(of: chosen)
        let names = (sound: sound ?? derivedName("wav"), picture: picture ?? derivedName("svg"))
        try check(names.sound)
        try check(names.picture)
        guard names.sound != names.picture else { throw Failure("\(names.sound): sound and picture cannot share one file; name another") }
        guard var playout = OfflinePlayout.of(codec, maximumDelay: delayLimit) else {
            throw Failure("\(capture): there is no memory for a decoder of \(codec.encodingName)")
        }
        let packets: CapturedStream
        do {
            packets = try CapturedStream(chosen, reader: CaptureReader(path: capture))
        } catch {
            throw Failure("\(capture): \(error)")
        }
        var replay = StreamReplay(
            packets, codec: codec, report: ReplayReport(stream: chosen, codec: codec.encodingName, delayLimit: delayLimit))
        do {
            try write(names.sound, &replay, &playout)
        } catch {
            // The unfinished file would stand in the next attempt's way.
            unlink(names.sound + ".part")
            throw Failure("\(error)")
        }
        let title = capture.split(separator: "/").last.map(String.init) ?? capture
        try write(ReplayPicture(title: title, report: replay.report, trace: replay.trace).svg, to: names.picture)
        return Outcome(report: replay.report, survey: survey, sound: names.sound, picture: names.picture)
    }

    private func choose(from survey: CaptureSurvey) throws(Failure) -> StreamDescription {
        guard let longest = survey.longest else {
            let notes = survey.counts.notes.map { "; \($0)" }.joined()
            throw Failure(
                "\(capture): no RTP stream in \(survey.frames) frames\(notes); check that the capture has the media and not only SIP")
        }
        guard let stream else { return longest }
        guard let chosen = survey.streams.first(where: { $0.number == stream }) else {
            throw Failure("\(capture): there is no stream \(stream), the streams are 1 to \(survey.streams.count); --list shows them")
        }
        return chosen
    }

    private static var knownCodecs: String {
        var names: [String] = []
        for codec in AudioCodec.allCases where !names.contains(codec.encodingName.lowercased()) {
            names.append(codec.encodingName.lowercased())
        }
        return names.joined(separator: ", ")
    }

    /// By its name; of two with one name, the one with the stream's clock, where that is known.
    private static func named(_ name: String, clockRate: Int) -> AudioCodec? {
        let named = AudioCodec.allCases.filter { $0.encodingName.lowercased() == name.lowercased() }
        return named.first { $0.clockRate == clockRate } ?? named.first
    }

    private func codec(of chosen: StreamDescription) throws(Failure) -> AudioCodec {
        let known = Self.knownCodecs
        if let codec {
            guard let named = Self.named(codec, clockRate: chosen.clockRate)
            else {
                throw Failure("codec \(codec) is not known; these are: \(known)")
            }
            return named
        }
        if let name = chosen.codec, let codec = AudioCodec(encodingName: name, clockRate: chosen.clockRate) {
            return codec
        }
        throw undecodable(chosen, known: known)
    }

    private func undecodable(_ chosen: StreamDescription, known: String) -> Failure {
        let what = chosen.codec ?? "of an unknown codec"
        return Failure(
            "\(capture): stream \(chosen.number) is \(what) (payload type \(chosen.payloadType)), which is not decoded here; "
                + "choose another with --stream, or name its true codec with --codec (\(known))")
    }

    /// `call.pcap` gives `call.wav`, and `call-2.wav` when stream 2 was asked for.
    private func derivedName(_ suffix: String) -> String {
        var name = capture
        let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        if let dot = name[start...].lastIndex(of: "."), dot > start { name = String(name[..<dot]) }
        return name + (stream.map { "-\($0)" } ?? "") + "." + suffix
    }

    private func check(_ path: String) throws(Failure) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard replaces else { throw Failure("\(path): exists already; name another file, or give --force to replace it") }
        var source = stat()
        // Never the capture itself, by whatever name.
        if stat(capture, &source) == 0, stat(path, &status) == 0, (source.st_dev, source.st_ino) == (status.st_dev, status.st_ino) {
            throw Failure("\(path): is the capture itself; name another file")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure("\(path): is not a regular file; name another") }
    }

    private func write(_ path: String, _ replay: inout StreamReplay, _ playout: inout OfflinePlayout) throws(AudioFileError) {
        if replaces { unlink(path) }
        let rate = playout.sampleRate
        let file = try RecordingFile(
            creating: path, format: RecordingFormat(rate: rate, longestSeconds: 3_600 * (CapturedStream.longestHours + 1)))
        var offset = 0
        try replay.run(&playout) { samples throws(AudioFileError) in
            try file.write(samples: samples, at: offset)
            offset += samples.count
        }
        _ = try file.finish()
    }

    private func write(_ text: String, to path: String) throws(Failure) {
        func failure(_ what: String) -> Failure {
            Failure("\(path): \(what): \(String(cString: strerror(errno))); name a file that can be written")
        }
        if replaces { unlink(path) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot be created") }
        defer { close(descriptor) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure("cannot be written") }
            bytes = bytes.dropFirst(written)
        }
    }
}
