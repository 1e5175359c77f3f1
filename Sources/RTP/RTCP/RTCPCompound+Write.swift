extension RTCPCompound {
    /// Bytes that always suffice for `write`.
    package static let maximumLength = 28 + ReceptionReport.length + 4 + 4 + 2 + 255 + 4 + 8 + VoIPMetrics.length + 8

    /// Writes a compound packet and returns its length; 0 when `buffer` is too small.
    ///
    /// A sender report when `sent` is there (we sent since the last report), else a receiver report (RFC 3550 §6.4); then the
    /// CNAME, which every compound packet must carry (§6.1), cut at 255 bytes; then what is to be said of speech (RFC 3611 §4.7); then BYE when the session ends.
    package static func write(
        ssrc: SSRC, sent: SenderReport?, received: ReceptionReport?, canonicalName: [UInt8], metrics: VoIPMetrics? = nil,
        goodbye: Bool = false, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let nameLength = min(canonicalName.count, 255)
        // RFC 3550 §6.5: the list of items ends with a zero byte and is filled up to 32 bits.
        let descriptionLength = (4 + 4 + 2 + nameLength + 1 + 3) & ~3
        let reportLength = (sent == nil ? 8 : 28) + (received == nil ? 0 : ReceptionReport.length)
        let extendedLength = metrics == nil ? 0 : 8 + VoIPMetrics.length
        let total = reportLength + descriptionLength + extendedLength + (goodbye ? 8 : 0)
        guard let start = buffer.baseAddress, buffer.count >= total else { return 0 }

        header(start, count: received == nil ? 0 : 1, type: sent == nil ? receiverReportType : senderReportType, length: reportLength)
        start.store32(ssrc.rawValue, at: 4)
        var offset = 8
        if let sent {
            start.store32(sent.ntp.seconds, at: 8)
            start.store32(sent.ntp.fraction, at: 12)
            start.store32(sent.timestamp.rawValue, at: 16)
            start.store32(sent.packets, at: 20)
            start.store32(sent.octets, at: 24)
            offset = 28
        }
        if let received {
            received.write(into: start + offset)
            offset += ReceptionReport.length
        }

        let description = start + offset
        header(description, count: 1, type: descriptionType, length: descriptionLength)
        description.store32(ssrc.rawValue, at: 4)
        for index in 8..<descriptionLength { description.storeBytes(of: 0, toByteOffset: index, as: UInt8.self) }
        description.storeBytes(of: 1, toByteOffset: 8, as: UInt8.self)  // CNAME, RFC 3550 §6.5.1
        description.storeBytes(of: UInt8(nameLength), toByteOffset: 9, as: UInt8.self)
        for index in 0..<nameLength { description.storeBytes(of: canonicalName[index], toByteOffset: 10 + index, as: UInt8.self) }
        offset += descriptionLength

        if let metrics {
            header(start + offset, count: 0, type: extendedReportType, length: extendedLength)
            start.store32(ssrc.rawValue, at: offset + 4)
            metrics.write(into: start + offset + 8)
            offset += extendedLength
        }

        if goodbye {
            header(start + offset, count: 1, type: goodbyeType, length: 8)
            start.store32(ssrc.rawValue, at: offset + 4)
            offset += 8
        }
        return offset
    }

    private static func header(_ packet: UnsafeMutableRawPointer, count: UInt8, type: UInt8, length: Int) {
        packet.storeBytes(of: 0x80 | count, as: UInt8.self)
        packet.storeBytes(of: type, toByteOffset: 1, as: UInt8.self)
        packet.store16(UInt16(length / 4 - 1), at: 2)
    }
}
