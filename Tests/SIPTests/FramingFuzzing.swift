import SIP

/// What must hold for any bytes of a stream: however the network cuts them, the same messages come out. The first four bytes choose
/// the cuts.
enum FramingFuzzing {
    private struct Result: Equatable {
        var frames: [SIPStreamFramer.Frame] = []
        var isBroken = false
        var pending = 0
    }

    static func check(_ bytes: [UInt8]) throws(Surprise) {
        guard bytes.count > 4 else { return }
        let stream = bytes[4...]
        let whole = try read([stream])
        var cuts = bytes.prefix(4).reduce(UInt64(1)) { $0 << 8 | UInt64($1) }
        var chunks: [ArraySlice<UInt8>] = []
        var rest = stream
        while !rest.isEmpty {
            cuts = cuts &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let length = Int(cuts >> 33 & 0x7F) >> Int(bytes[0] & 7)
            chunks.append(rest.prefix(length + 1))
            rest = rest.dropFirst(length + 1)
        }
        let cut = try read(chunks)
        try Surprise.unless(cut == whole, "cut: \(cut) whole: \(whole)")
        if stream.count <= 2_000 {
            let single = try read(stream.map { [$0] })
            try Surprise.unless(single == whole, "byte by byte: \(single) whole: \(whole)")
        }
        for case .message(let message) in whole.frames {
            // A parser that saw another end than the framer would let a sender hide a message in a body.
            guard let parsed = try? SIPMessage.parse(message) else { continue }
            try Surprise.unless(parsed.bodyRange.range.upperBound == message.count, "the parser sees a shorter message")
            let number = try? parsed.number(of: .contentLength, upTo: UInt64(SIPMessage.maximumSize))
            try Surprise.unless(number == UInt64(parsed.bodyRange.range.count), "the parser sees another length")
        }
    }

    private static func read(_ chunks: [some Collection<UInt8>]) throws(Surprise) -> Result {
        var framer = SIPStreamFramer()
        var result = Result()
        for chunk in chunks where !result.isBroken {
            framer.append(chunk)
            do throws(SIPParseError) {
                while let frame = try framer.next() { result.frames.append(frame) }
            } catch {
                result.isBroken = true
            }
            try Surprise.unless(framer.pendingBytes <= SIPMessage.maximumSize + chunk.count, "\(framer.pendingBytes) bytes wait")
        }
        result.pending = framer.pendingBytes
        return result
    }
}
