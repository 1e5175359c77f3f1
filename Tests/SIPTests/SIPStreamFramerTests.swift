import SIP
import Testing

@Suite struct SIPStreamFramerTests {
    private let options = bytes("OPTIONS sip:a@b SIP/2.0\nl: 3\n\nabc")

    private func frames(_ chunks: [[UInt8]]) throws -> [SIPStreamFramer.Frame] {
        var framer = SIPStreamFramer()
        var frames: [SIPStreamFramer.Frame] = []
        for chunk in chunks {
            framer.append(chunk)
            while let frame = try framer.next() { frames.append(frame) }
        }
        return frames
    }

    @Test func messagesInOneReadAndByteByByte() throws {
        let stream = options + [13, 10, 13, 10] + options
        let expected: [SIPStreamFramer.Frame] = [.message(options), .keepAlive, .message(options)]
        #expect(try frames([stream]) == expected)
        #expect(try frames(stream.map { [$0] }) == expected)
    }

    @Test func singleLineEndIsNoKeepAlive() throws {
        #expect(try frames([[13, 10] + options]) == [.message(options)])
        #expect(try frames([[13, 10], options]) == [.message(options)])
        #expect(try frames([[13, 10], [13, 10], options]) == [.keepAlive, .message(options)])
        #expect(try frames([[13, 10, 13, 10, 13, 10, 13, 10]]) == [.keepAlive, .keepAlive])
    }

    @Test(arguments: [
        "X: 1", "Content-Length: x", "Content-Length: -1", "Content-Length: 70000", "l: 3\nContent-Length: 4",
        "Content-Length: 99999999999999999999",
    ])
    func badLengthBreaksTheStream(_ header: String) {
        var framer = SIPStreamFramer()
        framer.append(bytes("OPTIONS sip:a@b SIP/2.0\n\(header)\n\nabcd"))
        #expect(throws: SIPParseError.self) { try framer.next() }
        framer.append(options)
        #expect(throws: SIPParseError.self) { try framer.next() }
    }

    @Test func foldedLengthIsRead() throws {
        let folded = bytes("OPTIONS sip:a@b SIP/2.0\nContent-Length :\n 3\nX: y\n\nabc")
        #expect(try frames([folded + options]) == [.message(folded), .message(options)])
    }

    @Test func endlessHeadersAreRefused() {
        var framer = SIPStreamFramer()
        #expect(throws: SIPParseError.self) {
            for _ in 0..<1_000 {
                framer.append([UInt8](repeating: 65, count: 100))
                _ = try framer.next()
            }
        }
        #expect(framer.pendingBytes == 0)
    }
}
