/// Compound RTCP packets (RFC 3550 §6.1): a sender or receiver report, then the CNAME, then perhaps BYE.
package enum RTCPCompound {
    /// What a compound packet says, item by item.
    package enum Item: Equatable, Sendable {
        case senderReport(SenderReport)
        /// A receiver report came; its blocks follow.
        case receiverReport(from: SSRC)
        /// One report block, made by `from` about the source it names.
        case reception(ReceptionReport, from: SSRC)
        case canonicalName(SSRC)
        case goodbye(SSRC)
        /// One VoIP metrics block of an extended report, made by `from`.
        case voipMetrics(VoIPMetrics, from: SSRC)
        /// A packet type that is not read here.
        case other(UInt8)
    }

    static let senderReportType: UInt8 = 200
    static let receiverReportType: UInt8 = 201
    static let descriptionType: UInt8 = 202
    static let goodbyeType: UInt8 = 203
    /// RFC 3611 §2.
    static let extendedReportType: UInt8 = 207

    /// Hands each item of a datagram to `visit`, without allocating. False, with nothing visited, when the datagram fails
    /// the checks of RFC 3550 A.2: version 2 in every packet, first a report and unpadded, lengths that add up exactly.
    @discardableResult
    package static func parse(_ datagram: UnsafeRawBufferPointer, visit: (Item) -> Void) -> Bool {
        guard isValid(datagram) else { return false }
        var offset = 0
        while offset < datagram.count {
            let length = packetLength(datagram, at: offset)
            let padded = datagram[offset] & 0x20 != 0
            let padding = padded ? Int(datagram[offset + length - 1]) : 0
            read(datagram, from: offset, to: offset + max(length - padding, 4), visit: visit)
            offset += length
        }
        return true
    }

    private static func isValid(_ datagram: UnsafeRawBufferPointer) -> Bool {
        // RFC 3550 A.2: the first packet is SR or RR without padding. RFC 5506 lets other types come alone; no peer of ours asked for it.
        guard datagram.count >= 8, datagram[0] & 0xE0 == 0x80, datagram[1] == senderReportType || datagram[1] == receiverReportType
        else { return false }
        var offset = 0
        while offset < datagram.count {
            guard datagram.count - offset >= 4, datagram[offset] >> 6 == 2 else { return false }
            let length = packetLength(datagram, at: offset)
            guard datagram.count - offset >= length else { return false }
            offset += length
        }
        return true
    }

    private static func packetLength(_ datagram: UnsafeRawBufferPointer, at offset: Int) -> Int {
        4 * (Int(datagram.bigEndian16(at: offset + 2)) + 1)
    }

    private static func read(_ datagram: UnsafeRawBufferPointer, from start: Int, to end: Int, visit: (Item) -> Void) {
        let count = Int(datagram[start] & 0x1F)
        let type = datagram[start + 1]
        switch type {
        case senderReportType where end - start >= 28:
            let sender = SSRC(datagram.bigEndian32(at: start + 4))
            visit(
                .senderReport(
                    SenderReport(
                        ssrc: sender,
                        ntp: NTPTimestamp(seconds: datagram.bigEndian32(at: start + 8), fraction: datagram.bigEndian32(at: start + 12)),
                        timestamp: RTPTimestamp(datagram.bigEndian32(at: start + 16)),
                        packets: datagram.bigEndian32(at: start + 20), octets: datagram.bigEndian32(at: start + 24))))
            readBlocks(datagram, count: count, from: start + 28, to: end, by: sender, visit: visit)
        case receiverReportType where end - start >= 8:
            let sender = SSRC(datagram.bigEndian32(at: start + 4))
            visit(.receiverReport(from: sender))
            readBlocks(datagram, count: count, from: start + 8, to: end, by: sender, visit: visit)
        case descriptionType where count > 0 && end - start >= 8:
            visit(.canonicalName(SSRC(datagram.bigEndian32(at: start + 4))))
        case goodbyeType:
            for index in 0..<count where start + 8 + 4 * index <= end {
                visit(.goodbye(SSRC(datagram.bigEndian32(at: start + 4 + 4 * index))))
            }
        case extendedReportType where end - start >= 8:
            readExtendedBlocks(datagram, from: start + 8, to: end, by: SSRC(datagram.bigEndian32(at: start + 4)), visit: visit)
        default:
            visit(.other(type))
        }
    }

    private static func readBlocks(
        _ datagram: UnsafeRawBufferPointer, count: Int, from start: Int, to end: Int, by sender: SSRC, visit: (Item) -> Void
    ) {
        for index in 0..<count {
            let offset = start + index * ReceptionReport.length
            guard offset + ReceptionReport.length <= end else { return }
            visit(.reception(ReceptionReport(datagram, at: offset), from: sender))
        }
    }

    /// RFC 3611 §3: blocks of a type, a byte of its own and a length in words less one; those of unknown types are passed over (§5.1).
    private static func readExtendedBlocks(
        _ datagram: UnsafeRawBufferPointer, from start: Int, to end: Int, by sender: SSRC, visit: (Item) -> Void
    ) {
        var offset = start
        while offset + 4 <= end {
            let length = packetLength(datagram, at: offset)
            guard offset + length <= end else { return }
            if datagram[offset] == VoIPMetrics.blockType, length == VoIPMetrics.length {
                visit(.voipMetrics(VoIPMetrics(datagram, at: offset), from: sender))
            }
            offset += length
        }
    }
}
