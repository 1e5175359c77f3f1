/// Cuts the bytes of a stream into messages by Content-Length (RFC 3261 §18.3), with the keep-alives between them.
///
/// After an error the place of the next message is unknown: the connection must be closed.
package struct SIPStreamFramer: Sendable {
    package enum Frame: Equatable, Sendable {
        case message([UInt8])
        /// CRLF CRLF between messages: answer with `SIPStreamFramer.pong` (RFC 5626 §3.5.1 and §4.4.1).
        case keepAlive
    }

    /// The answer to a keep-alive: one CRLF.
    package static let pong: [UInt8] = [0x0D, 0x0A]

    private var buffer: [UInt8] = []
    /// Bytes of the buffer already given out.
    private var consumed = 0
    /// How far the end of the headers has been looked for, so that a slow sender costs no repeated scans.
    private var scanned = 0
    private var headerEnd: Int?
    private var failure: SIPParseError?

    package init() {}

    /// Bytes that wait for the rest of their message.
    package var pendingBytes: Int { buffer.count - consumed }

    /// Adds what was read. Call `next()` until nil after each append: that bounds the buffer to one message and one read.
    package mutating func append(_ bytes: some Collection<UInt8>) {
        guard failure == nil else { return }
        if consumed > 0, consumed == buffer.count || consumed > 32_768 {
            buffer.removeFirst(consumed)
            scanned -= consumed
            headerEnd = headerEnd.map { $0 - consumed }
            consumed = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame, nil when more bytes are needed; throws again and again once the stream is broken.
    package mutating func next() throws(SIPParseError) -> Frame? {
        if let failure { throw failure }
        do throws(SIPParseError) {
            return try cut()
        } catch {
            failure = error
            buffer = []
            consumed = 0
            throw error
        }
    }

    private mutating func cut() throws(SIPParseError) -> Frame? {
        guard headerEnd != nil || skipLineEnds() == false else { return .keepAlive }
        guard let end = try findHeaderEnd() else { return nil }
        let length = try contentLength(headersEnd: end)
        let total = end - consumed + length
        guard total <= SIPMessage.maximumSize else { throw SIPParseError("Message too large", at: SIPMessage.maximumSize) }
        guard pendingBytes >= total else { return nil }
        let message = Array(buffer[consumed..<consumed + total])
        consumed += total
        scanned = consumed
        headerEnd = nil
        return .message(message)
    }

    /// Skips CRLFs before a start-line; true when two of them make a keep-alive. One alone is the peer's pong.
    private mutating func skipLineEnds() -> Bool {
        while pendingBytes >= 2, buffer[consumed] == .cr, buffer[consumed + 1] == .lf {
            if pendingBytes >= 4, buffer[consumed + 2] == .cr, buffer[consumed + 3] == .lf {
                consumed += 4
                scanned = consumed
                return true
            }
            // A ping may arrive in two reads: wait for what follows the first CRLF.
            if pendingBytes < 4, pendingBytes == 2 || buffer[consumed + 2] == .cr { return false }
            consumed += 2
            scanned = consumed
        }
        return false
    }

    /// The offset behind the empty line.
    private mutating func findHeaderEnd() throws(SIPParseError) -> Int? {
        if let headerEnd { return headerEnd }
        // A lone CRLF in front is not yet the start of a message.
        if pendingBytes < 4 { return nil }
        let start = max(consumed, scanned)
        headerEnd = buffer.withUnsafeBufferPointer { bytes in
            var index = start
            while let line = bytes.lineEnd(from: index), line + 3 < bytes.count {
                if bytes[line + 2] == .cr, bytes[line + 3] == .lf { return line + 4 }
                index = line + 2
            }
            return nil
        }
        if let headerEnd { return headerEnd }
        scanned = max(start, buffer.count - 3)
        guard pendingBytes <= SIPMessage.maximumSize else { throw SIPParseError("Header section too large", at: pendingBytes) }
        return nil
    }

    /// RFC 3261 §20.14: over a stream the Content-Length MUST be there.
    private func contentLength(headersEnd end: Int) throws(SIPParseError) -> Int {
        var found: UInt64?
        var lineStart = consumed
        var index = consumed
        while let line = buffer.withUnsafeBufferPointer({ $0.lineEnd(from: index) }), line + 1 < end {
            index = line
            // A folded line belongs to the field above it.
            if index + 2 < end, buffer[index + 2] == 0x20 || buffer[index + 2] == 0x09 {
                index += 2
                continue
            }
            if let value = valueOfLength(lineStart..<index) {
                found = try ByteReader.reading(buffer, in: value) { (reader: inout ByteReader) throws(SIPParseError) -> UInt64 in
                    reader.skipWhitespace()
                    let number = try reader.number("Content-Length", upTo: UInt64(SIPMessage.maximumSize))
                    try reader.expectEnd("Content-Length")
                    guard found == nil || found == number else { throw reader.error("Content-Length differs from the first") }
                    return number
                }
            }
            index += 2
            lineStart = index
        }
        guard let found else { throw SIPParseError("Content-Length missing in a stream", at: end - consumed) }
        return Int(found)
    }

    private func valueOfLength(_ line: Range<Int>) -> Range<Int>? {
        guard let first = line.first, buffer[first].lowercased == UInt8(ascii: "c") || buffer[first].lowercased == UInt8(ascii: "l"),
            let colon = buffer[line].firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        var nameEnd = colon
        while nameEnd > line.lowerBound, buffer[nameEnd - 1].isWhitespace { nameEnd -= 1 }
        guard HeaderID(buffer, in: line.lowerBound..<nameEnd) == .contentLength else { return nil }
        return colon + 1..<line.upperBound
    }
}
