import ArgumentParser
import Foundation
import SDP
import Server

struct SDPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sdp", abstract: "Look into session descriptions.", subcommands: [Explain.self])

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what the server would answer to an offer: each stream, codec, direction and address, and why.",
            discussion: "Exit status: 0 the offer is taken, 1 it is refused, 2 the file cannot be read.")

        @Argument(help: "The file with the offer; - for standard input.", completion: .file())
        var file: String

        @Option(name: .long, help: "The configuration file, for the media address, the codecs and encryption.")
        var config: String?

        @Flag(name: .long, help: "Print one JSON object.")
        var json = false

        func run() throws {
            let (configuration, findings, text) = Configuration.load(path: config)
            FindingsOutput.show(findings, texts: config.map { [$0: text] } ?? [:])
            guard !findings.hasErrors else { throw ExitCode(1) }
            let bytes: [UInt8]
            do {
                let data =
                    file == "-" ? FileHandle.standardInput.readData(ofLength: 65_536) : try Data(contentsOf: URL(fileURLWithPath: file))
                bytes = Array(data.prefix(65_536))
            } catch {
                Terminal.complain("antiphon: \(file): cannot be read: \(error.localizedDescription)")
                throw ExitCode(2)
            }
            let local = LocalMedia(
                address: configuration.mediaAddress, port: configuration.media.ports.lowerBound, sessionID: 1, sessionVersion: 1)
            let explanation = SDPExplanation(of: bytes, configuration.audioCapabilities, local: [local])
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                Terminal.say(String(decoding: try encoder.encode(explanation), as: UTF8.self))
            } else {
                Terminal.say(explanation.text)
            }
            if explanation.status != 200 { throw ExitCode(1) }
        }
    }
}
