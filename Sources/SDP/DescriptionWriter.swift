/// Puts the lines of a description together, as bytes from the start: text that grows piece by piece costs several times as much.
struct DescriptionWriter {
    private(set) var bytes: [UInt8] = []

    init() {
        // An ordinary answer fits; others grow.
        bytes.reserveCapacity(512)
    }

    /// A line of one field.
    mutating func line(_ type: StaticString, _ value: String) {
        append(type)
        append(value)
        endLine()
    }

    mutating func origin(_ origin: SessionDescription.Origin) {
        append("o=")
        append(origin.username)
        append(" ")
        append(origin.sessionID)
        append(" ")
        append(origin.sessionVersion)
        append(" ")
        address(origin.address)
        endLine()
    }

    mutating func connection(_ connection: ConnectionAddress) {
        append("c=")
        address(connection)
        endLine()
    }

    mutating func attributes(_ attributes: [SessionAttribute]) {
        for attribute in attributes {
            append("a=")
            append(attribute.name)
            if let value = attribute.value {
                append(":")
                append(value)
            }
            endLine()
        }
    }

    mutating func media(_ media: MediaDescription) {
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
        append(" ")
        for (index, format) in media.formats.enumerated() {
            if index > 0 { append(" ") }
            append(format)
        }
        endLine()
    }

    private mutating func address(_ address: ConnectionAddress) {
        append(address.family == .ipv4 ? "IN IP4 " : "IN IP6 ")
        append(address.text)
    }

    private mutating func endLine() { append("\r\n") }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
