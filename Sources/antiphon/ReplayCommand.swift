import ArgumentParser
import Foundation
import Replay

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run a captured call through the receive path: how it sounded, and a picture of why.",
        discussion: """
            Reads pcap and pcapng. Without --stream the longest stream that can be decoded is replayed: its sound goes to a WAV file and
            a picture of arrival, playout delay and concealment to an SVG file, both named after the capture.
            Exit status: 0 done, 2 it cannot be.
            """)

    @Argument(help: "The capture file.", completion: .file())
    var capture: String

    @Flag(name: .long, help: "List the RTP streams of the capture, and write nothing.")
    var list = false

    @Option(name: .long, help: "The number of the stream, as listed.")
    var stream: Int?

    @Option(name: .long, help: "The stream's codec, where its payload type does not tell: pcmu, pcma …")
    var codec: String?

    @Option(name: .long, help: "The WAV file to write.", completion: .file())
    var out: String?

    @Option(name: .long, help: "The SVG file to write.", completion: .file())
    var picture: String?

    @Option(name: .long, help: "How far playout may lag behind the fastest packets, in milliseconds.")
    var delayLimit = 200

    @Flag(name: .long, help: "Replace files that exist.")
    var force = false

    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func run() throws {
        var replay = CaptureReplay(capture: capture)
        replay.stream = stream
        replay.codec = codec
        replay.sound = out
        replay.picture = picture
        replay.delayLimit = delayLimit
        replay.replaces = force
        do {
            if list {
                let survey = try replay.survey()
                try show(survey, text: survey.text)
            } else {
                let outcome = try replay.run()
                for note in outcome.survey.notes { Terminal.complain("antiphon: \(capture): \(note)") }
                try show(outcome, text: outcome.text)
            }
        } catch let failure as CaptureReplay.Failure {
            Terminal.complain("antiphon: \(failure)")
            throw ExitCode(2)
        }
    }

    private func show(_ value: some Encodable, text: String) throws {
        guard json else { return Terminal.say(text) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Terminal.say(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
