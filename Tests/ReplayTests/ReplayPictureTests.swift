import Foundation
import FoundationXML
import Testing

@testable import Replay

@Suite struct ReplayPictureTests {
    private final class Elements: NSObject, XMLParserDelegate {
        var names: [String: Int] = [:]
        var text = ""
        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
        ) { names[name, default: 0] += 1 }
        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    private func parse(_ svg: String) throws -> Elements {
        let elements = Elements()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = elements
        #expect(parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
        return elements
    }

    private func report() throws -> ReplayReport {
        let survey = try CaptureSurvey(bytes: CaptureWriter.call(packets: 50) { _ in 0 }.file)
        return ReplayReport(stream: try #require(survey.streams.first), codec: "PCMA", delayLimit: 200)
    }

    @Test func itIsXMLWhateverTheCaptureIsCalled() throws {
        let title = "a<b>&\"c\u{1}\u{FFFE} é.pcap"
        let elements = try parse(ReplayPicture(title: title, report: report(), trace: ReplayTrace()).svg)
        #expect(elements.names["svg"] == 1)
        #expect(elements.text.contains("a<b>&\"c?? é.pcap"))
    }

    @Test func itRefersToNothingOutside() throws {
        let svg = ReplayPicture(title: "x", report: try report(), trace: ReplayTrace()).svg
        #expect(svg.replacing("http://www.w3.org/2000/svg", with: "").contains("http") == false)
        for reference in ["href", "url(", "@import", "<script", "<image"] { #expect(!svg.contains(reference)) }
        #expect(svg.contains("prefers-color-scheme: dark"))
    }

    @Test func everythingThatHappenedIsMarked() throws {
        var trace = ReplayTrace()
        trace.duration = 10_000_000_000
        trace.arrivals = [
            .init(time: 1_000_000_000, delay: 5_000_000, fate: .accepted), .init(time: 2_000_000_000, delay: 250_000_000, fate: .late),
            .init(time: 3_000_000_000, delay: 0, fate: .duplicate), .init(time: 4_000_000_000, delay: 9_000_000_000, fate: .late),
        ]
        trace.losses = [5_000_000_000..<5_100_000_000]
        trace.conceal(6_000_000_000..<6_020_000_000)
        trace.conceal(6_020_000_000..<6_040_000_000)
        trace.steps = [7_000_000_000]
        trace.playout = [.init(time: 0, delay: 40_000_000), .init(time: 20_000_000, delay: 60_000_000)]
        #expect(trace.concealed.count == 1)
        let empty = try parse(ReplayPicture(title: "x", report: report(), trace: ReplayTrace()).svg)
        let full = try parse(ReplayPicture(title: "x", report: report(), trace: trace).svg)
        // Shade and lane of what was concealed, and the loss.
        #expect((full.names["rect"] ?? 0) == (empty.names["rect"] ?? 0) + 3)
    }

    @Test func aLongCallIsNoLargerThanThePixelsAllow() throws {
        var trace = ReplayTrace()
        var random = SeededGenerator(seed: 1)
        trace.duration = 800_000_000_000
        for number in 0..<40_000 {
            let time = Int64(number) * 20_000_000
            trace.arrivals.append(
                .init(
                    time: time, delay: Int64.random(in: 0...300_000_000, using: &random), fate: [.accepted, .late, .duplicate][number % 3]))
            trace.playout.append(.init(time: time, delay: Int64.random(in: 0...200_000_000, using: &random)))
            trace.losses.append(time..<time + 1)
            trace.conceal(time..<time + 10_000_000)
        }
        let svg = ReplayPicture(title: "x", report: try report(), trace: trace).svg
        #expect(svg.utf8.count < 2_500_000)
        _ = try parse(svg)
    }

    @Test(arguments: [(0.02, 15), (7, 15), (29.9, 15), (59, 8), (14_400, 15), (0.5, 8)]) func marksAreRoundAndFew(width: Double, count: Int)
    {
        let marks = PictureScale(values: 0...width, start: 0, end: 100).marks(atMost: count)
        #expect(marks.first == 0 && marks.count >= 3 && marks.count <= count + 1, "\(marks)")
        #expect(marks.allSatisfy { $0 <= width * 1.001 })
    }
}
