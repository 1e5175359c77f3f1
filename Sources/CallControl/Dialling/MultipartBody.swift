import SIP

/// A body of several parts (RFC 2046 §5.1), as far as a signed part is passed on in one: parts are kept byte by byte.
enum MultipartBody {
    /// More parts than this are not looked at.
    private static let partLimit = 16

    /// The part that bears this Content-ID, with its headers; nil when there is none.
    static func part(_ contentID: String, of body: Body) -> [UInt8]? {
        guard let boundary = boundary(of: body.contentType) else { return nil }
        return parts(of: body.bytes, boundary).first { self.contentID(of: $0) == contentID }.map { Array($0) }
    }

    /// `body` and a part that has its own headers. `boundary` must occur in neither.
    static func joined(_ body: Body, _ part: [UInt8], boundary: String) -> Body {
        var bytes = Array("--\(boundary)\r\nContent-Type: \(body.contentType)\r\n\r\n".utf8)
        bytes += body.bytes
        bytes += Array("\r\n--\(boundary)\r\n".utf8)
        bytes += part
        bytes += Array("\r\n--\(boundary)--\r\n".utf8)
        return Body(contentType: "multipart/mixed;boundary=\(boundary)", bytes: bytes)
    }

    /// The boundary of a multipart type, 1 to 70 characters (RFC 2046 §5.1.1).
    static func boundary(of contentType: String) -> String? {
        guard contentType.lowercased().filter({ $0 != " " && $0 != "\t" }).hasPrefix("multipart/") else { return nil }
        var rest = contentType[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[semicolon...].dropFirst().drop { $0 == " " || $0 == "\t" }
            guard rest.prefix(8).lowercased() == "boundary" else { continue }
            let value = rest.dropFirst(8).drop { $0 == " " || $0 == "\t" }
            guard value.first == "=" else { continue }
            let text = value.dropFirst().drop { $0 == " " || $0 == "\t" }
            let boundary =
                text.first == "\"" ? text.dropFirst().prefix { $0 != "\"" } : text.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
            return (1...70).contains(boundary.utf8.count) ? String(boundary) : nil
        }
        return nil
    }

    /// What stands between two delimiters: lines that begin with two hyphens and the boundary. The line break before a delimiter is its own.
    private static func parts(of bytes: [UInt8], _ boundary: String) -> [ArraySlice<UInt8>] {
        let delimiter = Array("--\(boundary)".utf8)
        var parts: [ArraySlice<UInt8>] = []
        var start: Int?
        var line = bytes.startIndex
        while line < bytes.endIndex, parts.count < partLimit {
            let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.endIndex
            if bytes[line..<end].starts(with: delimiter) {
                let after = bytes[line..<end].dropFirst(delimiter.count)
                let isLast = after.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")])
                // Of another, longer boundary.
                if isLast || after.allSatisfy({ [9, 10, 13, 32].contains($0) }) {
                    if let start { parts.append(bytes[start..<max(start, withoutBreak(bytes, before: line))]) }
                    start = end
                    if isLast { break }
                }
            }
            line = end
        }
        return parts
    }

    private static func withoutBreak(_ bytes: [UInt8], before line: Int) -> Int {
        var end = line
        if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return end
    }

    /// Without its angle brackets (RFC 2392 §2).
    private static func contentID(of part: ArraySlice<UInt8>) -> String? {
        for line in part.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let text = String(decoding: line, as: UTF8.self).filter { $0 != "\r" && $0 != " " && $0 != "\t" && $0 != "\r\n" }
            // The headers end here.
            if text.isEmpty { return nil }
            guard text.prefix(11).lowercased() == "content-id:" else { continue }
            let name = text.dropFirst(11)
            return name.first == "<" && name.last == ">" ? String(name.dropFirst().dropLast()) : String(name)
        }
        return nil
    }
}
