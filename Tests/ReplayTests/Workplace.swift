import AudioFiles
import Foundation
import Replay

/// A folder for one test, gone with it.
final class Workplace {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("replay-\(UInt64.random(in: 0 ... .max))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ bytes: [UInt8], _ name: String = "call.pcap") throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func replay(_ writer: CaptureWriter, limit: Int = 200, codec: String? = nil) throws -> (
        report: ReplayReport, sound: [Int16], picture: String
    ) {
        var replay = CaptureReplay(capture: try write(writer.file))
        replay.delayLimit = limit
        replay.codec = codec
        replay.replaces = true
        let outcome = try replay.run()
        return (
            outcome.report, try AudioFileReader.read(outcome.sound, rate: nil).samples,
            try String(contentsOfFile: outcome.picture, encoding: .utf8)
        )
    }
}
