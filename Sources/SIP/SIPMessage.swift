/// A received message: its bytes, and where each header stands in them. Values are read when they are asked for.
package struct SIPMessage: Sendable {
    package enum StartLine: Hashable, Sendable {
        case request(SIPMethod)
        case response(StatusCode)
    }

    /// A piece of the message.
    package struct Slice: Hashable, Sendable {
        var offset: UInt32
        var length: UInt32

        /// A message is at most 64 KiB, so neither bound is cut.
        init(_ range: Range<Int>) {
            offset = UInt32(truncatingIfNeeded: range.lowerBound)
            length = UInt32(truncatingIfNeeded: range.count)
        }

        package var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }
    }

    package struct Field: Hashable, Sendable {
        package let id: HeaderID
        package let name: Slice
        package let value: Slice
    }

    package let bytes: [UInt8]
    package let startLine: StartLine
    /// The Request-URI or the reason phrase.
    package let startText: Slice
    package let fields: [Field]
    package let bodyRange: Slice

    /// The largest message accepted, in bytes.
    package static let maximumSize = 65_536
    /// The most header fields accepted.
    package static let maximumFields = 256

    package var method: SIPMethod? {
        if case .request(let method) = startLine { method } else { nil }
    }

    package var status: StatusCode? {
        if case .response(let status) = startLine { status } else { nil }
    }

    /// The reason phrase of a response; empty for a request.
    package var reasonPhrase: String { status == nil ? "" : text(startText) }
    /// The Request-URI as written; empty for a response.
    package var requestURIText: String { method == nil ? "" : text(startText) }

    /// The body with its media type; nil when it is empty.
    package var body: Body? {
        guard bodyRange.length > 0 else { return nil }
        return Body(contentType: value(of: .contentType) ?? "", bytes: Array(bytes[bodyRange.range]))
    }

    package func text(_ slice: Slice) -> String {
        bytes.text(in: slice.range)
    }

    /// A value in one line: folding is one space (RFC 3261 §7.3.1).
    package func unfolded(_ slice: Slice) -> String {
        let isFolded = bytes.withUnsafeBufferPointer { $0.firstIndex(of: .cr, in: slice.range) != nil }
        guard isFolded else { return text(slice) }
        let raw = bytes[slice.range]
        return raw.split(whereSeparator: { $0 == .cr || $0 == .lf }).enumerated().map { index, line in
            let text = String(decoding: line.drop { index > 0 && $0.isWhitespace }, as: UTF8.self)
            return text
        }.joined(separator: " ")
    }
}

extension SIPMessage {
    package func first(_ id: HeaderID) -> Field? { index(of: id).map { fields[$0] } }
    package func has(_ id: HeaderID) -> Bool { index(of: id) != nil }

    private func index(of id: HeaderID) -> Int? {
        fields.withUnsafeBufferPointer { fields in
            for index in 0..<fields.count where fields[index].id.rawValue == id.rawValue { return index }
            return nil
        }
    }

    /// The first value of a header, unfolded.
    package func value(of id: HeaderID) -> String? { first(id).map { unfolded($0.value) } }

    /// All values of a header, a comma list not taken apart.
    package func values(of id: HeaderID) -> [String] {
        var values: [String] = []
        for field in fields where field.id == id { values.append(unfolded(field.value)) }
        return values
    }

    /// The first value of a header by its name, in any case and form.
    package func value(named name: String) -> String? {
        let id = HeaderID(Array(name.utf8))
        if id != .other { return value(of: id) }
        return fields.first { $0.id == .other && text($0.name).equalsIgnoringCase(name) }.map { unfolded($0.value) }
    }

    /// All values of a header by its name, in any case and form.
    package func values(named name: String) -> [String] {
        let id = HeaderID(Array(name.utf8))
        if id != .other { return values(of: id) }
        return fields.filter { $0.id == .other && text($0.name).equalsIgnoringCase(name) }.map { unfolded($0.value) }
    }

    /// The elements of a header that is a comma list, over all its fields (RFC 3261 §7.3.1).
    package func elements(of id: HeaderID) throws(SIPParseError) -> [String] {
        var elements: [String] = []
        for field in fields where field.id == id {
            try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> Void in
                while let range = try reader.nextElement() { elements.append(unfolded(Slice(range))) }
            }
        }
        return elements
    }

    /// The Request-URI.
    package func requestURI() throws(SIPParseError) -> SIPURI {
        try ByteReader.reading(bytes, in: startText.range, SIPURI.parse)
    }

    /// The single address of a header such as From or To; nil when absent.
    package func address(of id: HeaderID) throws(SIPParseError) -> NameAddress? {
        guard let field = first(id) else { return nil }
        return try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> NameAddress? in
            let address = try NameAddress.parse(&reader)
            try reader.expectEnd(id.name)
            return address
        }
    }

    /// The addresses of a header that is a list, such as Contact or Record-Route.
    package func addresses(of id: HeaderID) throws(SIPParseError) -> [NameAddress] {
        var addresses: [NameAddress] = []
        for field in fields where field.id == id {
            try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> Void in
                repeat { addresses.append(try NameAddress.parse(&reader)) } while reader.takeSeparator(",")
                try reader.expectEnd(id.name)
            }
        }
        return addresses
    }

    /// The topmost Via; nil when there is none.
    package func topVia() throws(SIPParseError) -> Via? {
        guard let field = first(.via) else { return nil }
        return try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> Via? in
            let via = try Via.parse(&reader)
            reader.skipWhitespace()
            guard reader.isAtEnd || reader.current == UInt8(ascii: ",") else { throw reader.error("garbage after Via") }
            return via
        }
    }

    package func cseq() throws(SIPParseError) -> CSeq? {
        guard let field = first(.cseq) else { return nil }
        return try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> CSeq? in
            return try CSeq.parse(&reader)
        }
    }

    /// A header that is one number not above `limit`, such as Max-Forwards; nil when absent.
    package func number(of id: HeaderID, upTo limit: UInt64) throws(SIPParseError) -> UInt64? {
        guard let field = first(id) else { return nil }
        return try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> UInt64? in
            let number = try reader.number(id.name, upTo: limit)
            try reader.expectEnd(id.name)
            return number
        }
    }

    package func callID() throws(SIPParseError) -> String? {
        guard let field = first(.callID) else { return nil }
        // callid = word [ "@" word ]
        return try ByteReader.reading(bytes, in: field.value.range) { (reader: inout ByteReader) throws(SIPParseError) -> String? in
            _ = reader.run { $0.isWord || $0 == UInt8(ascii: "@") }
            guard reader.isAtEnd else {
                throw SIPParseError("Call-ID holds a character that is not allowed", at: field.value.range.lowerBound)
            }
            return text(field.value)
        }
    }
}
