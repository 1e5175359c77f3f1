/// A CSeq value: sequence number and method (RFC 3261 §20.16).
package struct CSeq: Hashable, Sendable {
    package var number: UInt32
    package var method: SIPMethod

    package init(number: UInt32, method: SIPMethod) {
        self.number = number
        self.method = method
    }

    package var text: String { "\(number) \(method.name)" }

    /// The same as bytes.
    func write(to bytes: inout [UInt8]) {
        bytes.append(number: Int(number))
        bytes.append(0x20)
        bytes.append(text: method.name)
    }

    static func parse(_ reader: inout ByteReader) throws(SIPParseError) -> CSeq {
        // RFC 3261 §8.1.1.5: the number MUST be less than 2**31.
        let number = try reader.number("CSeq", upTo: UInt64(Int32.max))
        let start = reader.position
        reader.skipWhitespace()
        guard reader.position > start else { throw reader.error("CSeq without method") }
        let method = SIPMethod(reader.text(try reader.token("CSeq method")))
        try reader.expectEnd("CSeq")
        return CSeq(number: UInt32(truncatingIfNeeded: number), method: method)
    }
}
