import Foundation
import MediaPlane
import Prompts
import SIP
import SIPDialogs
import Testing
import Timing

/// Whole calls as transcripts, in the manner of RFC 3665: each file under Flows is played and must come out to the letter.
///
/// After a wanted change `ANTIPHON_ACCEPT_FLOWS=1 swift test --filter FlowTests` writes down what came out; read the difference.
@Suite struct FlowTests {
    private static let folder = Shipped.here + "/Flows"
    static let files = FolderListing.files(under: folder, ending: ".flow")

    @Test func thereAreFlows() {
        #expect(Self.files.count >= 20)
    }

    @Test(arguments: files)
    func flow(file: String) throws {
        let path = Self.folder + "/" + file
        let transcript = FlowTranscript(try String(contentsOfFile: path, encoding: .utf8))
        try #require(!transcript.steps.isEmpty)
        let player = try FlowPlayer(transcript)
        var actual: [[String]] = []
        for step in transcript.steps { actual.append(player.play(step.input)) }
        if ProcessInfo.processInfo.environment["ANTIPHON_ACCEPT_FLOWS"] != nil {
            try transcript.rewritten(actual).write(toFile: path, atomically: true, encoding: .utf8)
            return
        }
        for (step, lines) in zip(transcript.steps, actual) {
            #expect(lines == step.expected, "after \(step.input)")
        }
        player.bench.expectNothingLeft()
    }
}

/// Plays the inputs of a transcript and writes down what comes out.
private final class FlowPlayer {
    let bench: SwitchboardBench
    private var names = FlowNames()
    private var latest: [String] = []

    init(_ transcript: FlowTranscript) throws {
        var callLimit = 100
        for case .setUp(let text) in transcript.steps.map(\.input) {
            if let number = text.split(separator: " ").last.flatMap({ Int($0) }) { callLimit = number }
        }
        bench = try SwitchboardBench(callLimit: callLimit)
    }

    func play(_ input: FlowTranscript.Step.Input) -> [String] {
        let start = bench.now
        switch input {
        case .setUp: break
        case .message(let lines): bench.receive(names.incoming(lines), from: Self.flow(lines))
        case .time(let text): bench.pass(.milliseconds(Self.milliseconds(text)))
        case .media(let text): happen(text)
        }
        return written(since: start)
    }

    private func happen(_ text: String) {
        switch text.split(separator: " ").first {
        case "played": bench.finishPlaying()
        case "digit": bench.press(String(text.dropFirst(6)))
        case "silent": bench.tell { [.silent($0.id)] }
        default: Issue.record("no such thing can happen: \(text)")
        }
    }

    private func written(since start: MonotonicTime) -> [String] {
        var lines: [String] = []
        var time = start
        for (moment, output) in bench.takeOutputs() {
            if moment != time {
                time = moment
                lines.append("~ \((moment - start).wholeMilliseconds)ms")
            }
            switch output {
            case .ordered(let order): lines.append("* " + order)
            case .sent(let bytes, let flow): lines += written(bytes, flow)
            }
        }
        return lines
    }

    private func written(_ bytes: [UInt8], _ flow: Flow) -> [String] {
        let text = names.outgoing(String(decoding: bytes, as: UTF8.self))
        let start = text.first ?? ""
        // A repetition is to the letter the one before: one line says it.
        if text == latest { return ["< again \(start)"] }
        latest = text
        let away = flow == SwitchboardBench.caller ? [] : ["< to \(flow.remote)"]
        return away + text.map { $0.isEmpty ? "<" : "< " + $0 }
    }

    /// A message comes from where its topmost Via says.
    private static func flow(_ lines: [String]) -> Flow {
        var flow = SwitchboardBench.caller
        guard let via = lines.first(where: { $0.hasPrefix("Via: SIP/2.0/UDP ") }), !via.contains("192.0.2.10:") else { return flow }
        let sentBy = via.dropFirst(17).prefix { $0 != ";" }.split(separator: ":")
        flow.remote = SocketEndpoint(host: String(sentBy.first ?? ""), port: sentBy.dropFirst().first.flatMap { UInt16($0) } ?? 5060)
        return flow
    }

    /// `500ms`, `32s`.
    private static func milliseconds(_ text: String) -> Int {
        if text.hasSuffix("ms") { return Int(text.dropLast(2)) ?? 0 }
        return (Int(text.dropLast()) ?? 0) * 1_000
    }
}
