extension SessionDescription {
    /// The text with CRLF line ends.
    package func serialised() -> [UInt8] {
        // The room is known beforehand: an array that grows, or is asked at each piece whether it must, takes several times as long.
        Array(capacity: maximumTextLength) { (text: inout OutputSpan<UInt8>) in
            text.append("v=0\r\no=")
            text.append(origin.username)
            text.append(" ")
            text.append(origin.sessionID)
            text.append(" ")
            text.append(origin.sessionVersion)
            text.append(" ")
            text.append(origin.address)
            text.append("\r\ns=")
            text.append(sessionName)
            text.append("\r\n")
            if let connection { text.append(line: connection) }
            for time in timing {
                text.append("t=")
                text.append(time)
                text.append("\r\n")
            }
            text.append(lines: attributes)
            for stream in media {
                text.append(line: stream)
                if let connection = stream.connection { text.append(line: connection) }
                text.append(lines: stream.attributes)
            }
        }
    }

    /// No less than the text takes: all that is variable in it, and room for what stands between.
    private var maximumTextLength: Int {
        var length = 64 + origin.username.utf8.count + origin.sessionID.utf8.count + origin.sessionVersion.utf8.count
        length += origin.address.text.utf8.count + sessionName.utf8.count + (connection?.text.utf8.count ?? 0)
        for time in timing { length += 4 + time.utf8.count }
        length += Self.maximumTextLength(attributes)
        for stream in media {
            // Two numbers of up to 5 and 20 digits, and a `c=` line.
            length += 64 + stream.kind.utf8.count + stream.transport.utf8.count + (stream.connection?.text.utf8.count ?? 0)
            for format in stream.formats { length += 1 + format.utf8.count }
            length += Self.maximumTextLength(stream.attributes)
        }
        return length
    }

    private static func maximumTextLength(_ attributes: [SessionAttribute]) -> Int {
        attributes.reduce(0) { $0 + 5 + $1.name.utf8.count + ($1.value?.utf8.count ?? 0) }
    }
}

extension OutputSpan where Element == UInt8 {
    fileprivate mutating func append(_ text: String) {
        // To walk a text's bytes through its view costs a decision at each of them. On Linux all texts have their bytes in one piece.
        _ = text.utf8.withContiguousStorageIfAvailable { append($0) }
    }

    fileprivate mutating func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        withUnsafeMutableBufferPointer { room, count in
            // Holds always, as the room was reckoned; it keeps a mistake there from writing elsewhere.
            guard bytes.count <= room.count - count else { return }
            // Most are a few bytes long: a loop is quicker than a call that copies blocks.
            for index in 0..<bytes.count { room[count + index] = bytes[index] }
            count += bytes.count
        }
    }

    fileprivate mutating func append(_ address: ConnectionAddress) {
        append(address.family == .ipv4 ? "IN IP4 " : "IN IP6 ")
        append(address.text)
    }

    fileprivate mutating func append(line connection: ConnectionAddress) {
        append("c=")
        append(connection)
        append("\r\n")
    }

    fileprivate mutating func append(lines attributes: [SessionAttribute]) {
        for attribute in attributes {
            append("a=")
            append(attribute.name)
            if let value = attribute.value {
                append(":")
                append(value)
            }
            append("\r\n")
        }
    }

    fileprivate mutating func append(line media: MediaDescription) {
        append("m=")
        append(media.kind)
        append(" ")
        append(String(media.port))
        if let count = media.portCount {
            append("/")
            append(String(count))
        }
        append(" ")
        append(media.transport)
        for format in media.formats {
            append(" ")
            append(format)
        }
        // Without any format, which only a description made by hand has, a blank ends the line as it would with one.
        if media.formats.isEmpty { append(" ") }
        append("\r\n")
    }
}
